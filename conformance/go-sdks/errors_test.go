package gosdks

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/openai/openai-go/v3"

	anthropicoption "github.com/anthropics/anthropic-sdk-go/option"
	openaioption "github.com/openai/openai-go/v3/option"
)

// How often an SDK asks before it gives up.
var attempts = map[int]int{
	400: 1, 401: 1, 402: 1, 403: 1, 404: 1, 413: 1, 422: 1,
	408: 3, 409: 3, 429: 3, 500: 3, 502: 3, 503: 3, 529: 3,
}

// failures are the rules of this file, and of endpoints without stored objects.
func failures() []map[string]any {
	// The SDKs wait half a second and more where nothing says how long.
	failure := func(status int, fault any, headers ...string) map[string]any {
		fields := map[string]any{"retry-after-ms": "1"}
		for at := 0; at < len(headers); at += 2 {
			fields[headers[at]] = headers[at+1]
		}
		return map[string]any{"status": status, "error": fault, "headers": fields}
	}
	rule := func(says, key string, value any) map[string]any {
		return map[string]any{"match": map[string]any{"contains": "<" + says + ">"}, key: value}
	}
	own := map[string]any{"type": "their_type", "code": "their_code", "message": "Their words", "param": "their_param"}
	rules := []map[string]any{
		rule("own", "answer", failure(400, own)),
		rule("then", "answers", []any{failure(503, true), failure(503, true), "At last."}),
		rule("do", "answer", failure(400, true, "x-should-retry", "true")),
		rule("do not", "answer", failure(500, true, "x-should-retry", "false")),
		{"endpoint": "speech", "answer": map[string]any{"audio": "SUQzIHNvdW5k"}},
	}
	for status := range attempts {
		rules = append(rules, rule(fmt.Sprint(status), "answer", failure(status, true)))
	}
	return rules
}

func askOpenAI(ctx context.Context, says string, options ...openaioption.RequestOption) (string, error) {
	answer, err := oai.Chat.Completions.New(ctx, openai.ChatCompletionNewParams{
		Model:    "gpt-4.1",
		Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("<" + says + ">")},
	}, options...)
	if err != nil {
		return "", err
	}
	return answer.Choices[0].Message.Content, nil
}

func askAnthropic(ctx context.Context, says string, options ...anthropicoption.RequestOption) (string, error) {
	answer, err := claude.Messages.New(ctx, anthropic.MessageNewParams{
		Model:     "claude-haiku-4-5",
		MaxTokens: 9,
		Messages:  []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock("<" + says + ">"))},
	}, options...)
	if err != nil {
		return "", err
	}
	return answer.Content[0].Text, nil
}

// asked is how many calls the journal has since the last time.
func asked(t *testing.T) int {
	t.Helper()
	var journal struct{ Entries []any }
	control(t, "GET", "journal", &journal)
	control(t, "DELETE", "journal", nil)
	return len(journal.Entries)
}

func session(t *testing.T) string {
	t.Helper()
	var begun struct{ ID string }
	control(t, "POST", "sessions", &begun)
	return begun.ID
}

func TestOpenAIErrors(t *testing.T) {
	for status, expected := range attempts {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			control(t, "DELETE", "journal", nil)
			_, err := askOpenAI(within(t), fmt.Sprint(status))
			var fault *openai.Error
			if !errors.As(err, &fault) {
				t.Fatalf("%T: %v", err, err)
			}
			if fault.StatusCode != status || fault.Message == "" || fault.Type == "" {
				t.Errorf("%d: %s", fault.StatusCode, fault.RawJSON())
			}
			id := fault.Response.Header.Get("x-request-id")
			if !regexp.MustCompile(`^req_[0-9a-f]{32}$`).MatchString(id) {
				t.Errorf("the request's id is %q", id)
			}
			if count := asked(t); count != expected {
				t.Errorf("%d attempts, not %d", count, expected)
			}
		})
	}
}

func TestOpenAIOwnWords(t *testing.T) {
	_, err := askOpenAI(within(t), "own")
	var fault *openai.Error
	if !errors.As(err, &fault) {
		t.Fatalf("%T: %v", err, err)
	}
	got := []any{fault.Type, fault.Code, fault.Message, fault.Param}
	sameJSON(t, got, []any{"their_type", "their_code", "Their words", "their_param"})
}

func TestOpenAIRetries(t *testing.T) {
	control(t, "DELETE", "journal", nil)
	got, err := askOpenAI(within(t), "then", openaioption.WithHeader("x-standin-session", session(t)))
	if count := asked(t); got != "At last." || count != 3 {
		t.Errorf("%q after %d attempts: %v", got, count, err)
	}
	_, err = askOpenAI(within(t), "do")
	if count := asked(t); err == nil || count != 3 {
		t.Errorf("%d attempts: %v", count, err)
	}
	_, err = askOpenAI(within(t), "do not")
	if count := asked(t); err == nil || count != 1 {
		t.Errorf("%d attempts: %v", count, err)
	}
}

func TestAnthropicErrors(t *testing.T) {
	types := map[int]string{
		400: "invalid_request_error", 401: "authentication_error", 402: "billing_error", 403: "permission_error",
		404: "not_found_error", 429: "rate_limit_error", 500: "api_error", 529: "overloaded_error",
	}
	for status, expected := range attempts {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			control(t, "DELETE", "journal", nil)
			_, err := askAnthropic(within(t), fmt.Sprint(status))
			var fault *anthropic.Error
			if !errors.As(err, &fault) {
				t.Fatalf("%T: %v", err, err)
			}
			body := decoded(t, fault.RawJSON()).(map[string]any)
			if fault.StatusCode != status || body["type"] != "error" || body["request_id"] != fault.RequestID {
				t.Errorf("%d %s: %s", fault.StatusCode, fault.RequestID, fault.RawJSON())
			}
			if !regexp.MustCompile(`^req_011`).MatchString(fault.RequestID) {
				t.Errorf("the request's id is %q", fault.RequestID)
			}
			if name, known := types[status]; known && string(fault.Type()) != name {
				t.Errorf("its type is %q, not %q", fault.Type(), name)
			}
			if count := asked(t); count != expected {
				t.Errorf("%d attempts, not %d", count, expected)
			}
		})
	}
}

func TestAnthropicRetries(t *testing.T) {
	control(t, "DELETE", "journal", nil)
	got, err := askAnthropic(within(t), "then", anthropicoption.WithHeader("x-standin-session", session(t)))
	if count := asked(t); got != "At last." || count != 3 {
		t.Errorf("%q after %d attempts: %v", got, count, err)
	}
	_, err = askAnthropic(within(t), "do")
	if count := asked(t); err == nil || count != 3 {
		t.Errorf("%d attempts: %v", count, err)
	}
	_, err = askAnthropic(within(t), "do not")
	if count := asked(t); err == nil || count != 1 {
		t.Errorf("%d attempts: %v", count, err)
	}
}
