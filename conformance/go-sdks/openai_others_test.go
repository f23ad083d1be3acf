package gosdks

import (
	"bytes"
	"io"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

// options are the members of a stored request.
func options(one object) []option.RequestOption {
	list := []option.RequestOption{}
	for key, value := range one.request {
		list = append(list, option.WithJSONSet(key, value))
	}
	return list
}

func completion(t *testing.T, one object) openai.CompletionNewParams {
	return openai.CompletionNewParams{
		Model:  openai.CompletionNewParamsModel(one.model(t)),
		Prompt: openai.CompletionNewParamsPromptUnion{OfString: openai.String(one.says)},
	}
}

func TestCompletionsWhole(t *testing.T) {
	each(t, "completions", func(t *testing.T, one object) {
		answer, err := oai.Completions.New(within(t), completion(t, one), options(one)...)
		if err != nil {
			t.Fatal(err)
		}
		sameJSON(t, decoded(t, answer.RawJSON()), one.decoded(t))
	})
}

func TestCompletionsStreamed(t *testing.T) {
	each(t, "completions", func(t *testing.T, one object) {
		body := completion(t, one)
		body.StreamOptions.IncludeUsage = openai.Bool(true)
		stream := oai.Completions.NewStreaming(within(t), body, options(one)...)
		got := openai.Completion{}
		for stream.Next() {
			chunk := stream.Current()
			for _, part := range chunk.Choices {
				for int(part.Index) >= len(got.Choices) {
					got.Choices = append(got.Choices, openai.CompletionChoice{Index: int64(len(got.Choices))})
				}
				choice := &got.Choices[part.Index]
				choice.Text += part.Text
				choice.FinishReason += part.FinishReason
				choice.Logprobs.Tokens = append(choice.Logprobs.Tokens, part.Logprobs.Tokens...)
				choice.Logprobs.TokenLogprobs = append(choice.Logprobs.TokenLogprobs, part.Logprobs.TokenLogprobs...)
				choice.Logprobs.TopLogprobs = append(choice.Logprobs.TopLogprobs, part.Logprobs.TopLogprobs...)
				choice.Logprobs.TextOffset = append(choice.Logprobs.TextOffset, part.Logprobs.TextOffset...)
			}
			got.ID, got.Object, got.Created, got.Model = chunk.ID, chunk.Object, chunk.Created, chunk.Model
			if chunk.JSON.Usage.Valid() {
				got.Usage = chunk.Usage
			}
		}
		if err := stream.Err(); err != nil {
			t.Fatal(err)
		}
		whole, err := oai.Completions.New(within(t), completion(t, one), options(one)...)
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, *whole)
	})
}

func TestEmbeddings(t *testing.T) {
	each(t, "embeddings", func(t *testing.T, one object) {
		answer, err := oai.Embeddings.New(within(t), openai.EmbeddingNewParams{
			Model: one.model(t),
			Input: openai.EmbeddingNewParamsInputUnion{OfString: openai.String(one.says)},
		}, options(one)...)
		if err != nil {
			t.Fatal(err)
		}
		sameJSON(t, decoded(t, answer.RawJSON()), one.decoded(t))
	})
}

func TestImages(t *testing.T) {
	each(t, "images", func(t *testing.T, one object) {
		answer, err := oai.Images.Generate(within(t), openai.ImageGenerateParams{Prompt: one.says}, options(one)...)
		if err != nil {
			t.Fatal(err)
		}
		sameJSON(t, decoded(t, answer.RawJSON()), one.decoded(t))
	})
}

func TestImagesStreamed(t *testing.T) {
	one := objectOf(t, "images", "one")
	body := openai.ImageGenerateParams{Prompt: one.says, PartialImages: openai.Int(1)}
	stream := oai.Images.GenerateStreaming(within(t), body, options(one)...)
	types, last := []string{}, openai.ImageGenStreamEventUnion{}
	for stream.Next() {
		last = stream.Current()
		types = append(types, last.Type)
	}
	if err := stream.Err(); err != nil {
		t.Fatal(err)
	}
	expected := []any{"image_generation.partial_image", "image_generation.completed"}
	sameJSON(t, anys(types), expected)
	stored := one.decoded(t)
	completed := decoded(t, last.RawJSON()).(map[string]any)
	sameJSON(t, completed["b64_json"], stored["data"].([]any)[0].(map[string]any)["b64_json"])
	sameJSON(t, completed["created_at"], stored["created"])
	for _, key := range []string{"usage", "size", "quality", "background", "output_format"} {
		sameJSON(t, completed[key], stored[key])
	}
}

func transcription(one object) openai.AudioTranscriptionNewParams {
	body := openai.AudioTranscriptionNewParams{
		File:   openai.File(bytes.NewReader([]byte("RIFF")), "a.wav", "audio/wav"),
		Prompt: openai.String(one.says),
	}
	body.Model, _ = one.request["model"].(string)
	format, _ := one.request["response_format"].(string)
	body.ResponseFormat = openai.AudioResponseFormat(format)
	return body
}

func TestTranscriptions(t *testing.T) {
	each(t, "transcriptions", func(t *testing.T, one object) {
		answer, err := oai.Audio.Transcriptions.New(within(t), transcription(one))
		if err != nil {
			t.Fatal(err)
		}
		sameJSON(t, decoded(t, answer.RawJSON()), one.decoded(t))
	})
}

func TestTranscriptionsStreamed(t *testing.T) {
	one := objectOf(t, "transcriptions", "json")
	stream := oai.Audio.Transcriptions.NewStreaming(within(t), transcription(one))
	events := []openai.TranscriptionStreamEventUnion{}
	for stream.Next() {
		events = append(events, stream.Current())
	}
	if err := stream.Err(); err != nil {
		t.Fatal(err)
	}
	if len(events) < 2 {
		t.Fatalf("%d events", len(events))
	}
	last, deltas := events[len(events)-1], events[:len(events)-1]
	stored := one.decoded(t)
	said := text(deltas, func(event openai.TranscriptionStreamEventUnion) string { return event.Delta })
	sameJSON(t, said, stored["text"])
	stored["type"] = "transcript.text.done"
	sameJSON(t, decoded(t, last.RawJSON()), stored)
}

func TestSpeech(t *testing.T) {
	answer, err := oai.Audio.Speech.New(within(t), openai.AudioSpeechNewParams{
		Model: "gpt-4o-mini-tts",
		Voice: openai.AudioSpeechNewParamsVoiceUnion{OfString: openai.String("alloy")},
		Input: "<speech>",
	})
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	sound, err := io.ReadAll(answer.Body)
	if err != nil || string(sound) != "ID3 sound" || answer.Header.Get("content-type") != "audio/mpeg" {
		t.Errorf("%q %q %v", sound, answer.Header.Get("content-type"), err)
	}
}

func TestModerations(t *testing.T) {
	each(t, "moderations", func(t *testing.T, one object) {
		answer, err := oai.Moderations.New(within(t), openai.ModerationNewParams{
			Input: openai.ModerationNewParamsInputUnion{OfString: openai.String(one.says)},
		}, options(one)...)
		if err != nil {
			t.Fatal(err)
		}
		sameJSON(t, decoded(t, answer.RawJSON()), one.decoded(t))
	})
}

func anys(texts []string) []any {
	list := []any{}
	for _, text := range texts {
		list = append(list, text)
	}
	return list
}
