// Goprobe runs the real go-vcr for standin's interoperability tests.
//
//	goprobe load FILE [v3]     cassette on disk -> interactions as JSON
//	goprobe save FILE [v3]     interactions as JSON -> cassette on disk
//	goprobe survives v3|v4     interactions as JSON -> which of them that engine reads back from its own output
//	goprobe replay FILE        go-vcr's recorder answers each recorded request in turn -> answers as JSON
//
// JSON goes in on standard input and comes out on standard output. Bodies are base64, because a Go string
// holds any bytes and a JSON string does not. "v3" is gopkg.in/yaml.v3, which go-vcr used up to 4.0.2;
// otherwise it is go-vcr's own engine, go.yaml.in/yaml/v4.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"strings"

	yamlv4 "go.yaml.in/yaml/v4"
	"gopkg.in/dnaeon/go-vcr.v4/pkg/cassette"
	"gopkg.in/dnaeon/go-vcr.v4/pkg/recorder"
	yamlv3 "gopkg.in/yaml.v3"
)

// interaction is go-vcr's own, with every field under its Go name, and the bodies beside it.
type interaction struct {
	Request      cassette.Request
	RequestBody  []byte
	Response     cassette.Response
	ResponseBody []byte
}

type answer struct {
	Status  int
	Reason  string
	Headers http.Header
	Body    []byte
}

type engine struct {
	marshal   func(any) ([]byte, error)
	unmarshal func([]byte, any) error
}

var engines = map[string]engine{
	"v3": {yamlv3.Marshal, yamlv3.Unmarshal},
	"v4": {
		func(value any) ([]byte, error) { return yamlv4.Marshal(value) },
		func(data []byte, into any) error { return yamlv4.Unmarshal(data, into) },
	},
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "goprobe:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return errors.New("usage: goprobe load|save|survives|replay ...")
	}
	command, subject, version := args[0], args[1], "v4"
	if len(args) > 2 {
		version = args[2]
	}
	if _, known := engines[version]; !known {
		return fmt.Errorf("no engine %q", version)
	}
	switch command {
	case "load":
		return load(subject, version)
	case "save":
		return save(subject, version)
	case "survives":
		return survives(engines[subject])
	case "replay":
		return replay(subject)
	default:
		return fmt.Errorf("no command %q", command)
	}
}

// name is the cassette's: go-vcr appends the extension by itself.
func name(file string) (string, error) {
	name, found := strings.CutSuffix(file, ".yaml")
	if !found {
		return "", fmt.Errorf("%s: go-vcr reads and writes *.yaml only", file)
	}
	return name, nil
}

func open(file, version string) (*cassette.Cassette, error) {
	name, err := name(file)
	if err != nil {
		return nil, err
	}
	if version == "v4" {
		return cassette.Load(name)
	}
	// What cassette.Load does, with the engine it had before.
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	loaded := cassette.New(name)
	return loaded, engines[version].unmarshal(data, loaded)
}

func load(file, version string) error {
	loaded, err := open(file, version)
	if err != nil {
		return err
	}
	list := []interaction{}
	for _, one := range loaded.Interactions {
		out := interaction{one.Request, []byte(one.Request.Body), one.Response, []byte(one.Response.Body)}
		out.Request.Body, out.Response.Body = "", ""
		list = append(list, out)
	}
	data, err := json.Marshal(list)
	// The escape is what Go makes of a byte that is not UTF-8; U+FFFD itself it writes as it is.
	if err == nil && bytes.Contains(data, []byte(`\ufffd`)) {
		err = fmt.Errorf("%s: a field beside the bodies is not UTF-8, and JSON cannot hold it", file)
	}
	if err == nil {
		_, err = os.Stdout.Write(data)
	}
	return err
}

func save(file, version string) error {
	var list []interaction
	if err := json.NewDecoder(os.Stdin).Decode(&list); err != nil {
		return err
	}
	name, err := name(file)
	if err != nil {
		return err
	}
	saved := cassette.New(name)
	saved.MarshalFunc = engines[version].marshal
	for _, one := range list {
		saved.AddInteraction(recorded(one))
	}
	return saved.Save()
}

func recorded(one interaction) *cassette.Interaction {
	one.Request.Body, one.Response.Body = string(one.RequestBody), string(one.ResponseBody)
	return &cassette.Interaction{Request: one.Request, Response: one.Response}
}

func survives(engine engine) error {
	var list []interaction
	if err := json.NewDecoder(os.Stdin).Decode(&list); err != nil {
		return err
	}
	verdicts := []bool{}
	for _, one := range list {
		verdicts = append(verdicts, roundTrips(engine, recorded(one)))
	}
	return json.NewEncoder(os.Stdout).Encode(verdicts)
}

func roundTrips(engine engine, one *cassette.Interaction) bool {
	// A whole cassette: the indentation decides what a block scalar means.
	before, after := cassette.New("before"), cassette.New("after")
	before.AddInteraction(one)
	data, err := engine.marshal(before)
	if err != nil || engine.unmarshal(data, after) != nil || len(after.Interactions) != 1 {
		return false
	}
	got := after.Interactions[0]
	return got.Request.Body == one.Request.Body && same(got.Request.Headers, one.Request.Headers) &&
		got.Response.Body == one.Response.Body && same(got.Response.Headers, one.Response.Headers)
}

func same(one, other http.Header) bool {
	return len(one)+len(other) == 0 || reflect.DeepEqual(one, other)
}

func replay(file string) error {
	name, err := name(file)
	if err != nil {
		return err
	}
	requests, err := cassette.Load(name)
	if err != nil {
		return err
	}
	vcr, err := recorder.New(name,
		recorder.WithMode(recorder.ModeReplayOnly),
		recorder.WithSkipRequestLatency(true),
		recorder.WithMatcher(matches),
	)
	if err != nil {
		return err
	}
	client := vcr.GetDefaultClient()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answers := []answer{}
	for at, one := range requests.Interactions {
		given, err := send(client, one.Request)
		if err != nil {
			return fmt.Errorf("interaction %d: %w", at, err)
		}
		answers = append(answers, given)
	}
	if err := vcr.Stop(); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(answers)
}

func matches(request *http.Request, recorded cassette.Request) bool {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return false
	}
	request.Body = io.NopCloser(strings.NewReader(string(body)))
	return request.Method == recorded.Method && request.URL.String() == recorded.URL && string(body) == recorded.Body
}

func send(client *http.Client, recorded cassette.Request) (answer, error) {
	request, err := http.NewRequest(recorded.Method, recorded.URL, strings.NewReader(recorded.Body))
	if err != nil {
		return answer{}, err
	}
	response, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Status, response.Header, body}, err
}
