package gosdks

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"
)

func response(t *testing.T, one object) (responses.ResponseNewParams, []option.RequestOption) {
	return responses.ResponseNewParams{
		Model: one.model(t),
		Input: responses.ResponseNewParamsInputUnion{OfString: openai.String(one.says)},
	}, options(one)
}

// ended runs a test for each response that did not fail: an error goes before the end of one that did, and is the
// end for the SDK.
func ended(t *testing.T, test func(t *testing.T, one object)) {
	for _, one := range objects("responses") {
		if one.name != "failed" {
			t.Run(one.name, func(t *testing.T) { test(t, one) })
		}
	}
}

func responseEvents(t *testing.T, one object) []responses.ResponseStreamEventUnion {
	t.Helper()
	body, options := response(t, one)
	stream := oai.Responses.NewStreaming(within(t), body, options...)
	events := []responses.ResponseStreamEventUnion{}
	for stream.Next() {
		events = append(events, stream.Current())
	}
	if err := stream.Err(); err != nil {
		t.Fatal(err)
	}
	if len(events) == 0 {
		t.Fatal("no events")
	}
	return events
}

// accumulated is what the accumulator makes of events; it is written for WebSockets, whose events are the same.
func accumulated(t *testing.T, events []responses.ResponseStreamEventUnion) *responses.ResponseAccumulator {
	t.Helper()
	accumulator := &responses.ResponseAccumulator{}
	for _, event := range events {
		var same responses.ResponsesServerEventUnion
		if err := json.Unmarshal([]byte(event.RawJSON()), &same); err != nil {
			t.Fatal(err)
		}
		if err := accumulator.AddEvent(same); err != nil {
			t.Fatalf("%v: %s", err, event.RawJSON())
		}
	}
	return accumulator
}

func TestResponsesWhole(t *testing.T) {
	each(t, "responses", func(t *testing.T, one object) {
		body, options := response(t, one)
		answer, err := oai.Responses.New(within(t), body, options...)
		if err != nil {
			t.Fatal(err)
		}
		// One that is made in the background is not done before it was asked for.
		for polls := 0; answer.Status == "queued" || answer.Status == "in_progress"; polls++ {
			if polls == 5 {
				t.Fatal("never done")
			}
			if answer, err = oai.Responses.Get(within(t), answer.ID, responses.ResponseGetParams{}); err != nil {
				t.Fatal(err)
			}
		}
		sameJSON(t, decoded(t, answer.RawJSON()), decoded(t, string(one.response)))
	})
}

func TestResponsesFailed(t *testing.T) {
	body, options := response(t, objectOf(t, "responses", "failed"))
	stream := oai.Responses.NewStreaming(within(t), body, options...)
	for stream.Next() {
		if event := stream.Current(); event.Type != "response.created" && event.Type != "response.in_progress" {
			t.Errorf("%s before the error", event.Type)
		}
	}
	if err := stream.Err(); err == nil || !strings.Contains(err.Error(), "The model stumbled.") {
		t.Errorf("%v", err)
	}
}

func TestResponsesAccumulated(t *testing.T) {
	ended(t, func(t *testing.T, one object) {
		events := responseEvents(t, one)
		for at, event := range events {
			if event.SequenceNumber != int64(at) {
				t.Errorf("event %d has number %d", at, event.SequenceNumber)
			}
		}
		last := events[len(events)-1]
		if expected := fmt.Sprint("response.", one.decoded(t)["status"]); last.Type != expected {
			t.Errorf("%s is last, not %s", last.Type, expected)
		}
		got, err := accumulated(t, events).ReconstructedResponse()
		if err != nil {
			t.Fatal(err)
		}
		sameJSON(t, decoded(t, got.RawJSON()), decoded(t, string(one.response)))
	})
}

// Without the events that hold whole items, what is left is what their pieces say.
func TestResponsesPieces(t *testing.T) {
	ended(t, func(t *testing.T, one object) {
		events := responseEvents(t, one)
		events = events[:len(events)-1]
		events = slices.DeleteFunc(events, func(event responses.ResponseStreamEventUnion) bool {
			return event.Type == "response.output_item.done" || event.Type == "response.content_part.done"
		})
		got := accumulated(t, events).DetailedSnapshot().Output
		stored := one.decoded(t)["output"].([]any)
		if len(got) != len(stored) {
			t.Fatalf("%d items, not %d", len(got), len(stored))
		}
		for at, item := range stored {
			item := item.(map[string]any)
			for _, key := range []string{"id", "type", "role", "call_id", "name", "arguments", "input"} {
				// The output of some items is under these names too, and is not sent in pieces.
				if value, there := item[key]; there && isText(value) {
					sameJSON(t, decoded(t, string(got[at].Item[key])), value)
				}
			}
			if item["type"] == "message" {
				sameJSON(t, pieces(t, got[at]), item["content"])
			}
		}
	})
}

func isText(value any) bool {
	_, text := value.(string)
	return text
}

// pieces are the parts of a message, with their annotations.
func pieces(t *testing.T, item responses.ResponseAccumulatedDetails) []any {
	t.Helper()
	parts := []any{}
	for at := range int64(len(item.Content)) {
		part := map[string]any{}
		for key, value := range item.Content[at] {
			part[key] = decoded(t, string(value))
		}
		if indexed, there := item.Annotations[at]; there {
			annotations := []any{}
			for place := range int64(len(indexed)) {
				annotations = append(annotations, decoded(t, string(indexed[place])))
			}
			part["annotations"] = annotations
		}
		parts = append(parts, part)
	}
	return parts
}

func TestResponsesAskedForAgain(t *testing.T) {
	one := objectOf(t, "responses", "function-calls")
	events := responseEvents(t, one)
	id := one.decoded(t)["id"].(string)
	// The SDK asks for a stream in the body of its GET, where nobody looks.
	asked := option.WithQuery("stream", "true")
	stream := oai.Responses.GetStreaming(within(t), id, responses.ResponseGetParams{StartingAfter: openai.Int(4)}, asked)
	rest := []string{}
	for stream.Next() {
		rest = append(rest, stream.Current().RawJSON())
	}
	if err := stream.Err(); err != nil {
		t.Fatal(err)
	}
	expected := []string{}
	for _, event := range events[5:] {
		expected = append(expected, event.RawJSON())
	}
	if !slices.Equal(rest, expected) {
		t.Errorf("got %q, expected %q", rest, expected)
	}
}
