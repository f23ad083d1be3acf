package gosdks

import (
	"encoding/json"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

// What the accumulator leaves out: it adds up roles, texts, refusals, calls of functions, logprobs and usage.
var notAccumulated = []string{
	".Choices[].Message.Annotations",
	".Choices[].Message.Audio",
	".Choices[].Message.FunctionCall",
	// Custom calls: their name and their input.
	".Choices[].Message.ToolCalls[].Custom",
	".Metadata",
	".Moderation",
}

func chat(t *testing.T, one object) (openai.ChatCompletionNewParams, []option.RequestOption) {
	return openai.ChatCompletionNewParams{
		Model:    one.model(t),
		Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(one.says)},
	}, options(one)
}

func TestChatWhole(t *testing.T) {
	each(t, "chat", func(t *testing.T, one object) {
		body, options := chat(t, one)
		answer, err := oai.Chat.Completions.New(within(t), body, options...)
		if err != nil {
			t.Fatal(err)
		}
		got := decoded(t, answer.RawJSON())
		sameJSON(t, got, withCountedUsage(t, one, got))
	})
}

func TestChatAccumulated(t *testing.T) {
	each(t, "chat", func(t *testing.T, one object) {
		body, options := chat(t, one)
		whole, err := oai.Chat.Completions.New(within(t), body, options...)
		if err != nil {
			t.Fatal(err)
		}
		for _, usage := range []bool{true, false} {
			body.StreamOptions.IncludeUsage = openai.Bool(usage)
			stream := oai.Chat.Completions.NewStreaming(within(t), body, options...)
			accumulator := openai.ChatCompletionAccumulator{}
			for stream.Next() {
				if !accumulator.AddChunk(stream.Current()) {
					t.Fatalf("refused: %s", stream.Current().RawJSON())
				}
			}
			if err := stream.Err(); err != nil {
				t.Fatal(err)
			}
			expected := *whole
			if !usage {
				expected.Usage = openai.CompletionUsage{}
			}
			same(t, accumulator.ChatCompletion, expected, notAccumulated...)
		}
	})
}

// What the accumulator leaves out is in the chunks, once and whole, or in pieces.
func TestChatChunks(t *testing.T) {
	each(t, "chat", func(t *testing.T, one object) {
		body, options := chat(t, one)
		stream := oai.Chat.Completions.NewStreaming(within(t), body, options...)
		deltas := map[int64][]openai.ChatCompletionChunkChoiceDelta{}
		for stream.Next() {
			for _, choice := range stream.Current().Choices {
				deltas[choice.Index] = append(deltas[choice.Index], choice.Delta)
			}
		}
		if err := stream.Err(); err != nil {
			t.Fatal(err)
		}
		var stored struct {
			Choices []struct{ Message map[string]json.RawMessage }
		}
		if err := json.Unmarshal(one.response, &stored); err != nil {
			t.Fatal(err)
		}
		for at, choice := range stored.Choices {
			if len(deltas[int64(at)]) < 2 {
				t.Fatalf("choice %d has %d chunks", at, len(deltas[int64(at)]))
			}
			for key, value := range choice.Message {
				checkMember(t, key, value, deltas[int64(at)])
			}
		}
	})
}

func checkMember(t *testing.T, key string, value json.RawMessage, deltas []openai.ChatCompletionChunkChoiceDelta) {
	t.Helper()
	type delta = openai.ChatCompletionChunkChoiceDelta
	switch key {
	case "role", "content", "refusal":
		return // accumulated
	case "annotations":
		if string(value) == "[]" {
			return // real streams say nothing of none
		}
	case "audio":
		stored := decoded(t, string(value)).(map[string]any)
		got := map[string]any{
			"id":         text(deltas, func(one delta) string { return one.Audio.ID }),
			"data":       text(deltas, func(one delta) string { return one.Audio.Data }),
			"transcript": text(deltas, func(one delta) string { return one.Audio.Transcript }),
			"expires_at": float64(deltas[len(deltas)-2].Audio.ExpiresAt),
		}
		sameJSON(t, got, stored)
		return
	case "function_call":
		stored := decoded(t, string(value)).(map[string]any)
		got := map[string]any{
			"name":      text(deltas, func(one delta) string { return one.FunctionCall.Name }),
			"arguments": text(deltas, func(one delta) string { return one.FunctionCall.Arguments }),
		}
		sameJSON(t, got, stored)
		return
	case "tool_calls":
		checkCalls(t, value, deltas)
		return
	}
	seen := 0
	for _, delta := range deltas {
		if field, there := delta.JSON.ExtraFields[key]; there {
			seen++
			sameJSON(t, decoded(t, field.Raw()), decoded(t, string(value)))
		}
	}
	if seen != 1 {
		t.Errorf("%s is there %d times", key, seen)
	}
}

// checkCalls puts together calls of any kind: openers have all but the text that the others add to.
func checkCalls(t *testing.T, value json.RawMessage, deltas []openai.ChatCompletionChunkChoiceDelta) {
	t.Helper()
	calls := []any{}
	for _, delta := range deltas {
		for _, piece := range delta.ToolCalls {
			fields := decoded(t, piece.RawJSON()).(map[string]any)
			if int(piece.Index) == len(calls) {
				delete(fields, "index")
				calls = append(calls, fields)
				continue
			}
			if int(piece.Index) != len(calls)-1 {
				t.Fatalf("a piece of call %d after %d openers", piece.Index, len(calls))
			}
			open := calls[piece.Index].(map[string]any)
			for member, text := range map[string]string{"function": "arguments", "custom": "input"} {
				if added, there := fields[member].(map[string]any); there {
					inner := open[member].(map[string]any)
					inner[text] = inner[text].(string) + added[text].(string)
				}
			}
		}
	}
	sameJSON(t, calls, decoded(t, string(value)))
}
