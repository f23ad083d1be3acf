// Package gosdks holds standin's stored objects against the official Go SDKs.
//
// STANDIN_BIN names another binary than the debug build.
package gosdks

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/openai/openai-go/v3"

	anthropicoption "github.com/anthropics/anthropic-sdk-go/option"
	openaioption "github.com/openai/openai-go/v3/option"
)

const ready = "standin listening on "

// The address of the server that all tests share, and clients of it.
var (
	address string
	oai     openai.Client
	claude  anthropic.Client
)

// Those of whoever runs the tests, and their CI, reach no server and no SDK.
var theirs = regexp.MustCompile(`(?i)^((STANDIN|OPENAI|AZURE|ANTHROPIC)_.*|CI|(HTTP|HTTPS|ALL|NO)_PROXY)$`)

func TestMain(m *testing.M) {
	code, err := served(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func served(m *testing.M) (int, error) {
	binary := os.Getenv("STANDIN_BIN")
	if binary == "" {
		binary = filepath.Join("..", "..", "target", "debug", "standin")
	}
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); theirs.MatchString(name) {
			os.Unsetenv(name)
		}
	}
	folder, err := os.MkdirTemp("", "standin-go-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "mocks.json")
	if err := writeRules(file); err != nil {
		return 0, err
	}
	command := exec.Command(binary, "serve", "--port", "0", "--pace", "none", "--mocks", file)
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := command.Start(); err != nil {
		return 0, err
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, ready) {
		return 0, fmt.Errorf("standin does not start: %q: %w", line, err)
	}
	address = strings.TrimSpace(strings.TrimPrefix(line, ready))
	oai = openai.NewClient(openaioption.WithBaseURL(address+"/v1"), openaioption.WithAPIKey("none"))
	claude = anthropic.NewClient(anthropicoption.WithBaseURL(address), anthropicoption.WithAPIKey("none"))

	code := m.Run()
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		return code, err
	}
	return code, command.Wait()
}

func writeRules(file string) error {
	rules := failures()
	for _, endpoint := range []string{
		"chat", "completions", "responses", "messages", "embeddings", "images", "transcriptions", "moderations",
	} {
		for _, one := range objects(endpoint) {
			rules = append(rules, map[string]any{
				"name":     endpoint + "/" + one.name,
				"endpoint": endpoint,
				"match":    map[string]any{"contains": one.says},
				"response": one.response,
			})
		}
	}
	data, err := json.Marshal(map[string]any{"mocks": rules})
	if err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o600)
}

// control sends a request to the control API, and reads its answer into a value where there is one.
func control(t *testing.T, method, path string, into any) {
	t.Helper()
	request, err := http.NewRequest(method, address+"/_standin/"+path, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("content-type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 300 {
		t.Fatalf("%s %s: %s", method, path, answer.Status)
	}
	if into != nil {
		if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
			t.Fatal(err)
		}
	}
}

// within is the context of a test's calls: a stream that does not end fails.
func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}
