package gojobs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"regexp"
	"sync"
	"testing"
	"time"
)

type object map[string]any

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

var chat = object{"model": "openai/gpt-4o-mini", "messages": []object{{"role": "user", "content": "Say hello."}}}

// Each type with a JSON body, and what its result is to have at least one of.
var types = []struct {
	path, of string
	body     object
}{
	{"completions", "choices", object{"model": "openai/gpt-3.5-turbo-instruct", "prompt": "Say hello."}},
	{"chat/completions", "choices", chat},
	{"responses", "output", object{"model": "openai/gpt-4o-mini", "input": "Say hello."}},
	{"embeddings", "data", object{"model": "openai/text-embedding-3-small", "input": "hello"}},
	{"audio/speech", "", object{"model": "openai/tts-1", "input": "hello", "voice": "alloy"}},
	{"images/generations", "data", object{"model": "openai/gpt-image-1", "prompt": "an otter"}},
	{"rerank", "results", object{"model": "cohere/rerank-v3.5", "query": "otters", "documents": []object{{"text": "an otter"}}}},
	{"ocr", "pages", object{"model": "mistral/mistral-ocr-latest", "document": object{"type": "document_url", "document_url": "https://example.com/a.pdf"}}},
}

func TestASubmissionIsPending(t *testing.T) {
	for _, each := range types {
		t.Run(each.path, func(t *testing.T) {
			value := submitted(t, each.path, each.body)
			if !uuid.MatchString(value.ID) || value.Status != "pending" {
				t.Errorf("%+v", value)
			}
			if value.ExpiresAt != nil || value.CompletedAt != nil || value.StatusCode != nil || value.Result != nil || value.Error != nil {
				t.Errorf("it has more than it knows: %+v", value)
			}
			if value.CreatedAt.Location() != time.UTC || value.CreatedAt.Year() < 2024 {
				t.Errorf("it was made at %v", value.CreatedAt)
			}
			// At once: whatever it is by now, the two statuses fit.
			polled(t, each.path, value.ID)
		})
	}
}

func TestResults(t *testing.T) {
	for _, each := range types {
		t.Run(each.path, func(t *testing.T) {
			value := ended(t, each.path, submitted(t, each.path, each.body).ID)
			if value.Status != "completed" || value.StatusCode == nil || *value.StatusCode != 200 || value.Error != nil {
				t.Fatalf("%+v", value)
			}
			if value.CompletedAt.Before(value.CreatedAt) || value.ExpiresAt.Sub(*value.CompletedAt) != time.Hour {
				t.Errorf("made %v, ended %v, kept until %v", value.CreatedAt, value.CompletedAt, value.ExpiresAt)
			}
			var result map[string]json.RawMessage
			if err := json.Unmarshal(value.Result, &result); err != nil {
				t.Fatal(err)
			}
			if each.of == "" {
				var audio []byte // encoding/json reads base64 into bytes.
				if err := json.Unmarshal(result["audio"], &audio); err != nil || len(audio) == 0 {
					t.Errorf("%v: %.80s", err, value.Result)
				}
				return
			}
			var list []json.RawMessage
			if err := json.Unmarshal(result[each.of], &list); err != nil || len(list) == 0 {
				t.Errorf("%v: %.200s", err, value.Result)
			}
		})
	}
}

// form is a form as Go writes it.
func form(t *testing.T, file string, fields ...string) (string, []byte) {
	t.Helper()
	var body bytes.Buffer
	writer := multipart.NewWriter(&body)
	for at := 0; at < len(fields); at += 2 {
		if err := writer.WriteField(fields[at], fields[at+1]); err != nil {
			t.Fatal(err)
		}
	}
	if file != "" {
		part, err := writer.CreateFormFile(file, "a file.wav")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write([]byte("RIFF\r\n--\r\nWAVE")); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return writer.FormDataContentType(), body.Bytes()
}

func TestForms(t *testing.T) {
	for _, each := range []struct {
		path, file, of string
		fields         []string
	}{
		{"audio/transcriptions", "file", "text", []string{"model", "openai/whisper-1", "language", "en"}},
		{"images/edits", "image", "data", []string{"model", "openai/gpt-image-1", "prompt", "a hat"}},
		{"images/edits", "image[]", "data", []string{"model", "openai/gpt-image-1", "prompt", "a hat", "n", "2"}},
		{"images/variations", "image", "data", []string{"model", "openai/dall-e-2"}},
	} {
		t.Run(each.path+" "+each.file, func(t *testing.T) {
			path := "/v1/async/" + each.path
			content, body := form(t, each.file, each.fields...)
			value := read[job](t, call(t, "POST", path, body, "Content-Type", content), http.StatusAccepted)
			value = ended(t, each.path, value.ID)
			var result map[string]json.RawMessage
			if err := json.Unmarshal(value.Result, &result); err != nil || result[each.of] == nil {
				t.Fatalf("%v: %+v", err, value)
			}
			content, body = form(t, each.file, each.fields[2:]...)
			if said := refused(t, call(t, "POST", path, body, "Content-Type", content), 400); said != "model is required" {
				t.Error(said)
			}
			content, body = form(t, "", each.fields...)
			if said := refused(t, call(t, "POST", path, body, "Content-Type", content), 400); said != "file is required" && said != "at least one image is required" {
				t.Error(said)
			}
		})
	}
}

func TestWhatIsRefusedAtOnce(t *testing.T) {
	messages := chat["messages"]
	for _, each := range []struct {
		path string
		body object
		said string
	}{
		{"chat/completions", object{"messages": messages}, "model should be in provider/model format"},
		{"chat/completions", object{"model": "gpt-4o", "messages": messages}, "model should be in provider/model format"},
		{"chat/completions", object{"model": "openai/gpt-4o", "messages": []object{}}, "messages is required for chat completion"},
		{"chat/completions", object{"model": "openai/gpt-4o", "messages": messages, "stream": true}, "stream is not supported for async chat completions"},
		{"completions", object{"model": "openai/x", "prompt": "a", "stream": true}, "stream is not supported for async text completions"},
		{"responses", object{"model": "openai/gpt-4o", "input": "a", "stream": true}, "stream is not supported for async responses"},
		{"audio/speech", object{"model": "openai/tts-1", "input": "a", "voice": "alloy", "stream_format": "sse"}, "stream is not supported for async speech"},
		{"images/generations", object{"model": "openai/gpt-image-1", "prompt": "a", "stream": true}, "stream is not supported for async image generations"},
		{"embeddings", object{"model": "openai/text-embedding-3-small"}, "input is required for embeddings"},
		{"rerank", object{"model": "cohere/rerank-v3.5", "query": "a", "documents": []object{}}, "documents are required for rerank"},
		{"ocr", object{"model": "mistral/mistral-ocr-latest"}, "document type is required for ocr"},
	} {
		// An unknown key is looked at last.
		for _, header := range [][]string{nil, {"X-Bf-Vk", "sk-bf-nobody"}} {
			if said := refused(t, post(t, "/v1/async/"+each.path, each.body, header...), 400); said != each.said {
				t.Errorf("%s: %q is not %q", each.path, said, each.said)
			}
		}
	}
	if said := refused(t, post(t, "/v1/async/chat/completions", chat, "X-Bf-Vk", "sk-bf-nobody"), 400); said != "virtual key not found" {
		t.Error(said)
	}
}

func TestPathsAndMethods(t *testing.T) {
	id := submitted(t, "chat/completions", chat).ID
	refused(t, post(t, "/v1/async/chat/completions/"+id, chat), http.StatusMethodNotAllowed)
	refused(t, get(t, "/v1/async/chat/completions"), http.StatusMethodNotAllowed)
	refused(t, get(t, "/v1/async/nothing"), http.StatusNotFound)
	for _, path := range []string{"chat/completions/nope", "chat/completions/00000000-0000-4000-8000-000000000000", "embeddings/" + id} {
		if said := refused(t, get(t, "/v1/async/"+path), http.StatusNotFound); said != "job not found or expired" {
			t.Errorf("%s: %s", path, said)
		}
	}
}

// Go writes header fields sorted by their names: X-Goog-Api-Key is the last of these.
func TestKeysInGosOrderOfHeaders(t *testing.T) {
	id := submitted(t, "chat/completions", chat, "X-Goog-Api-Key", "sk-bf-two", "X-Bf-Vk", "sk-bf-one", "Authorization", "Bearer sk-bf-two").ID
	for _, header := range [][]string{{"X-Bf-Vk", "sk-bf-one"}, {"Authorization", "Bearer sk-bf-one"}, {"X-Api-Key", "sk-bf-one"}, {"X-Goog-Api-Key", "sk-bf-one"}} {
		polled(t, "chat/completions", id, header...)
	}
	var bodies []string
	for _, header := range [][]string{nil, {"X-Bf-Vk", "sk-bf-two"}, {"X-Bf-Vk", "sk-bf-nobody"}, {"X-Goog-Api-Key", "sk-bf-two"}} {
		answer := get(t, "/v1/async/chat/completions/"+id, header...)
		refused(t, answer, http.StatusNotFound)
		bodies = append(bodies, string(answer.body))
	}
	for _, body := range bodies {
		if body != bodies[0] {
			t.Errorf("they can be told apart: %s%s", bodies[0], body)
		}
	}
	public := submitted(t, "chat/completions", chat, "Authorization", "Bearer sk-proj-any").ID
	polled(t, "chat/completions", public, "X-Bf-Vk", "sk-bf-two")
}

func TestTheTimeOfAResult(t *testing.T) {
	for header, seconds := range map[string]float64{"60": 60, "1": 1, "0": 3600, "-1": 3600, "not-a-number": 3600, "1.5": 3600} {
		id := submitted(t, "embeddings", types[3].body, "X-Bf-Async-Job-Result-Ttl", header).ID
		for deadline := time.Now().Add(30 * time.Second); ; {
			answer := get(t, "/v1/async/embeddings/"+id, "Prefer", "wait=10")
			if answer.StatusCode == http.StatusOK {
				value := read[job](t, answer, http.StatusOK)
				if kept := value.ExpiresAt.Sub(*value.CompletedAt).Seconds(); kept != seconds {
					t.Errorf("%s: kept for %v s", header, kept)
				}
				break
			}
			if time.Now().After(deadline) {
				t.Fatal("it does not end")
			}
		}
	}
	id := ended(t, "embeddings", submitted(t, "embeddings", types[3].body, "X-Bf-Async-Job-Result-Ttl", "60").ID).ID
	call(t, "POST", "/_standin/jobs/advance", []byte(`{"by": "61s"}`))
	refused(t, get(t, "/v1/async/embeddings/"+id), http.StatusNotFound)
}

func TestFailedJobsAreToldWith200(t *testing.T) {
	value := ended(t, "chat/completions", submitted(t, "chat/completions", chat, "X-Standin-Async", "status=503").ID)
	if value.Status != "failed" || value.StatusCode == nil || *value.StatusCode != 503 || value.Result != nil {
		t.Fatalf("%+v", value)
	}
	if value.Error == nil || value.Error.Error == nil || value.Error.Error.Message == "" || value.Error.ExtraFields.RequestType != "chat_completion" {
		t.Errorf("%+v", value.Error)
	}
}

func TestProvidersPaths(t *testing.T) {
	for _, each := range []struct {
		path string
		body object
	}{
		{"/openai/v1/responses", object{"model": "gpt-4o-mini", "input": "Say hello."}},
		{"/anthropic/v1/messages", object{"model": "claude-haiku-4-5", "max_tokens": 64, "messages": chat["messages"]}},
	} {
		made := read[struct{ ID string }](t, post(t, each.path, each.body, "X-Bf-Async", "true", "X-Standin-Async", "polls=1"), http.StatusOK)
		if !uuid.MatchString(made.ID) {
			t.Fatalf("%+v", made)
		}
		for range 2 {
			answer := post(t, each.path, each.body, "X-Bf-Async-Id", made.ID)
			if answer.StatusCode != http.StatusOK || answer.Header.Get("X-Bf-Async-Id") != made.ID {
				t.Fatalf("%s: %s", answer.Status, answer.body)
			}
		}
		answer := post(t, each.path, each.body, "X-Bf-Async-Id", "00000000-0000-4000-8000-000000000000")
		if answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", answer.Status, answer.body)
		}
		stream := object{"stream": true}
		for name, value := range each.body {
			stream[name] = value
		}
		if answer := post(t, each.path, stream, "X-Bf-Async", "true"); answer.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s", answer.Status, answer.body)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	var mutex sync.Mutex
	seen := map[string]bool{}
	for at := range 100 {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			t.Parallel()
			body := object{"model": "openai/gpt-4o-mini", "messages": []object{{"role": "user", "content": fmt.Sprint("Number ", at)}}}
			id := submitted(t, "chat/completions", body).ID
			if status := ended(t, "chat/completions", id).Status; status != "completed" {
				t.Error(status)
			}
			mutex.Lock()
			defer mutex.Unlock()
			if seen[id] {
				t.Errorf("%s is there twice", id)
			}
			seen[id] = true
		})
	}
}
