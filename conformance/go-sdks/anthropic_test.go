package gosdks

import (
	"strings"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
)

func message(t *testing.T, one object) (anthropic.MessageNewParams, []option.RequestOption) {
	options := []option.RequestOption{}
	for key, value := range one.request {
		options = append(options, option.WithJSONSet(key, value))
	}
	return anthropic.MessageNewParams{
		Model:     anthropic.Model(one.model(t)),
		MaxTokens: 1024,
		Messages:  []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock(one.says))},
	}, options
}

func betaMessage(t *testing.T, one object) (anthropic.BetaMessageNewParams, []option.RequestOption) {
	_, options := message(t, one)
	return anthropic.BetaMessageNewParams{
		Model:     anthropic.Model(one.model(t)),
		MaxTokens: 1024,
		Messages:  []anthropic.BetaMessageParam{anthropic.NewBetaUserMessage(anthropic.NewBetaTextBlock(one.says))},
	}, options
}

// expectedMessage is the stored object with what a stream always has.
func expectedMessage(t *testing.T, one object, got any) map[string]any {
	t.Helper()
	expected := withCountedUsage(t, one, got)
	// A message's start always has it, and null is what is left of it.
	if _, written := expected["stop_sequence"]; !written {
		expected["stop_sequence"] = nil
	}
	return expected
}

func TestMessages(t *testing.T) {
	each(t, "messages", func(t *testing.T, one object) {
		body, options := message(t, one)
		whole, err := claude.Messages.New(within(t), body, options...)
		if err != nil {
			t.Fatal(err)
		}
		got := decoded(t, whole.RawJSON())
		sameJSON(t, got, withCountedUsage(t, one, got))

		// Blocks whose deltas only the beta knows.
		if strings.HasPrefix(one.name, "beta-") {
			return
		}
		stream := claude.Messages.NewStreaming(within(t), body, options...)
		accumulated := anthropic.Message{}
		for stream.Next() {
			if err := accumulated.Accumulate(stream.Current()); err != nil {
				t.Fatal(err)
			}
		}
		if err := stream.Err(); err != nil {
			t.Fatal(err)
		}
		got = decoded(t, accumulated.RawJSON())
		sameJSON(t, got, expectedMessage(t, one, got))
		same(t, accumulated, *whole)
	})
}

func TestBetaMessages(t *testing.T) {
	each(t, "messages", func(t *testing.T, one object) {
		body, options := betaMessage(t, one)
		whole, err := claude.Beta.Messages.New(within(t), body, options...)
		if err != nil {
			t.Fatal(err)
		}
		got := decoded(t, whole.RawJSON())
		sameJSON(t, got, withCountedUsage(t, one, got))

		stream := claude.Beta.Messages.NewStreaming(within(t), body, options...)
		accumulated := anthropic.BetaMessage{}
		for stream.Next() {
			if err := accumulated.Accumulate(stream.Current()); err != nil {
				t.Fatal(err)
			}
		}
		if err := stream.Err(); err != nil {
			t.Fatal(err)
		}
		got = decoded(t, accumulated.RawJSON())
		sameJSON(t, got, expectedMessage(t, one, got))
		same(t, accumulated, *whole)
	})
}
