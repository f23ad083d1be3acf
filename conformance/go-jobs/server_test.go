// Package gojobs asks for asynchronous jobs as a client in Go does: its net/http, its multipart writer, structs with
// pointers for what may be absent, and its parser of times.
//
// STANDIN_BIN names another binary than the debug build.
package gojobs

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

const ready = "standin listening on "

// The address of the server that all tests share.
var address string

// Those of whoever runs the tests, and their CI, reach no server.
var theirs = regexp.MustCompile(`(?i)^((STANDIN|OPENAI|AZURE|ANTHROPIC)_.*|CI|(HTTP|HTTPS|ALL|NO)_PROXY)$`)

// A job as a client reads it: what is absent is nil.
type job struct {
	ID          string          `json:"id"`
	Status      string          `json:"status"`
	ExpiresAt   *time.Time      `json:"expires_at,omitempty"`
	CreatedAt   time.Time       `json:"created_at"`
	CompletedAt *time.Time      `json:"completed_at,omitempty"`
	StatusCode  *int            `json:"status_code,omitempty"`
	Result      json.RawMessage `json:"result,omitempty"`
	Error       *failure        `json:"error,omitempty"`
}

// An error as a client reads it.
type failure struct {
	EventID        *string `json:"event_id,omitempty"`
	Type           *string `json:"type,omitempty"`
	IsBifrostError *bool   `json:"is_bifrost_error"`
	StatusCode     *int    `json:"status_code,omitempty"`
	Error          *struct {
		Type    *string `json:"type,omitempty"`
		Code    *string `json:"code,omitempty"`
		Message string  `json:"message"`
	} `json:"error"`
	ExtraFields *struct {
		Provider    string `json:"provider"`
		RequestType string `json:"request_type"`
	} `json:"extra_fields"`
}

// An answer, read to its end.
type answer struct {
	*http.Response
	body []byte
}

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
	command := exec.Command(binary, "serve", "--port", "0")
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
	keys := `[{"id": "one", "value": "sk-bf-one"}, {"id": "two", "value": "sk-bf-two"}]`
	request, err := http.NewRequest("PUT", address+"/_standin/virtual-keys", strings.NewReader(keys))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	set, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	set.Body.Close()
	if set.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("the keys are not taken: %s", set.Status)
	}

	code := m.Run()
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		return code, err
	}
	return code, command.Wait()
}

// call sends a body with header fields: a name, its value, the next name.
func call(t *testing.T, method, path string, body []byte, header ...string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	for at := 0; at < len(header); at += 2 {
		request.Header.Set(header[at], header[at+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response, read}
}

func post(t *testing.T, path string, body any, header ...string) answer {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return call(t, "POST", path, data, header...)
}

func get(t *testing.T, path string, header ...string) answer {
	t.Helper()
	return call(t, "GET", path, nil, header...)
}

// read reads an answer with this status, into structs that know all of its members.
func read[T any](t *testing.T, answer answer, status int) T {
	t.Helper()
	if answer.StatusCode != status {
		t.Fatalf("%s %s: %s: %s", answer.Request.Method, answer.Request.URL.Path, answer.Status, answer.body)
	}
	var value T
	if err := json.Unmarshal(answer.body, &value); err != nil {
		t.Fatalf("%v: %s", err, answer.body)
	}
	return value
}

// refused reads an error object with this status and gives its message.
func refused(t *testing.T, answer answer, status int) string {
	t.Helper()
	told := read[failure](t, answer, status)
	if told.IsBifrostError == nil || told.Error == nil || told.ExtraFields == nil {
		t.Fatalf("it lacks a member: %s", answer.body)
	}
	if told.StatusCode == nil || *told.StatusCode != status {
		t.Fatalf("its status is another one: %s", answer.body)
	}
	return told.Error.Message
}

// submitted is the job that a body becomes.
func submitted(t *testing.T, path string, body any, header ...string) job {
	t.Helper()
	return read[job](t, post(t, "/v1/async/"+path, body, header...), http.StatusAccepted)
}

// polled is a job as it is now; its status and that of HTTP fit.
func polled(t *testing.T, path, id string, header ...string) job {
	t.Helper()
	answer := get(t, "/v1/async/"+path+"/"+id, header...)
	var value job
	switch answer.StatusCode {
	case http.StatusAccepted:
		value = read[job](t, answer, http.StatusAccepted)
		if value.Status != "pending" && value.Status != "processing" {
			t.Fatalf("202 with %s", value.Status)
		}
	case http.StatusOK:
		value = read[job](t, answer, http.StatusOK)
		if value.Status != "completed" && value.Status != "failed" {
			t.Fatalf("200 with %s", value.Status)
		}
	default:
		t.Fatalf("%s: %s", answer.Status, answer.body)
	}
	if value.ID != id {
		t.Fatalf("%s is not %s", value.ID, id)
	}
	return value
}

// ended polls until a job has ended.
func ended(t *testing.T, path, id string, header ...string) job {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if value := polled(t, path, id, header...); value.CompletedAt != nil {
			return value
		}
	}
	t.Fatalf("%s does not end", id)
	return job{}
}
