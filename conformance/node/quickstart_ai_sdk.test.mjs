// `standin serve` alone, and the first calls that the AI SDK's own documentation shows. Only the environment is changed.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";

import * as ai from "ai";
import { z } from "zod";

import { alone } from "./server.mjs";

globalThis.AI_SDK_LOG_WARNINGS = false;

// The environment is read as these are imported.
const server = await alone();
after(() => server.stop());
process.env.OPENAI_BASE_URL = process.env.ANTHROPIC_BASE_URL = `${server.url}/v1`;
process.env.OPENAI_API_KEY = process.env.ANTHROPIC_API_KEY = "sk-none";
const { anthropic } = await import("@ai-sdk/anthropic");
const { openai } = await import("@ai-sdk/openai");

const MODELS = {
  responses: () => openai("gpt-4.1"),
  chat: () => openai.chat("gpt-4.1"),
  messages: () => anthropic("claude-haiku-4-5"),
};
const PROMPT = "Write a vegetarian lasagna recipe for 4 people.";
const WEATHER = "What is the weather in San Francisco?";
const Recipe = z.object({
  name: z.string(),
  ingredients: z.array(z.object({ name: z.string(), amount: z.string() })),
  steps: z.array(z.string()),
});

const weather = (given) =>
  ai.tool({
    description: "Get the weather in a location",
    inputSchema: z.object({ location: z.string() }),
    execute: async (input) => (given.push(input), { ...input, temperature: 72 }),
  });

for (const [name, model] of Object.entries(MODELS)) {
  describe(name, () => {
    test("a text, whole and streamed", async () => {
      const asked = { model: model(), system: "You are a helpful assistant.", prompt: PROMPT };
      const whole = await ai.generateText(asked);
      assert.equal(whole.finishReason, "stop");
      assert.ok(whole.text.length > 10);
      assert.ok(whole.usage.inputTokens > 0 && whole.usage.outputTokens > 0);
      const errors = [];
      const result = ai.streamText({ ...asked, onError: ({ error }) => errors.push(error) });
      const pieces = [];
      for await (const piece of result.textStream) pieces.push(piece);
      assert.deepEqual(errors, []);
      assert.ok(pieces.length > 1);
      assert.equal(pieces.join(""), whole.text);
      assert.equal(await result.finishReason, "stop");
    });

    test("an object, whole and streamed", async () => {
      const asked = { model: model(), schema: Recipe, prompt: PROMPT };
      const { object } = await ai.generateObject(asked);
      assert.deepEqual(Recipe.parse(object), object);
      const { partialObjectStream, object: streamed } = ai.streamObject(asked);
      let last;
      for await (const partial of partialObjectStream) last = partial;
      assert.deepEqual(last, object);
      assert.deepEqual(await streamed, object);
    });

    test("an output", async () => {
      const { output } = await ai.generateText({
        model: model(),
        output: ai.Output.object({ schema: Recipe }),
        prompt: PROMPT,
      });
      assert.deepEqual(Recipe.parse(output), output);
    });

    test("tools, in steps", async () => {
      const given = [];
      const { steps, text } = await ai.generateText({
        model: model(),
        tools: { weather: weather(given) },
        stopWhen: ai.stepCountIs(5),
        prompt: WEATHER,
      });
      assert.deepEqual(
        steps.map(({ finishReason }) => finishReason),
        ["tool-calls", "stop"],
      );
      assert.equal(typeof given[0].location, "string");
      assert.ok(text);
    });

    test("tools, in steps of a stream", async () => {
      const given = [];
      const result = ai.streamText({
        model: model(),
        tools: { weather: weather(given) },
        stopWhen: ai.stepCountIs(5),
        prompt: WEATHER,
      });
      await result.consumeStream();
      assert.equal((await result.steps).length, 2);
      assert.equal(given.length, 1);
      assert.ok(await result.text);
    });
  });
}

describe("the others", () => {
  test("embeddings", async () => {
    const model = openai.embedding("text-embedding-3-small");
    const { embedding } = await ai.embed({ model, value: "sunny day at the beach" });
    const { embeddings } = await ai.embedMany({
      model,
      values: ["sunny day at the beach", "rainy day at the beach", "quarterly figures"],
    });
    const [same, near, far] = embeddings.map((other) => ai.cosineSimilarity(embedding, other));
    assert.ok(Math.abs(same - 1) < 1e-6);
    assert.ok(same > near && near > far);
  });

  test("an image", async () => {
    const { image } = await ai.generateImage({ model: openai.image("gpt-image-1"), prompt: "Santa in a Cadillac" });
    assert.equal(image.mediaType, "image/png");
    assert.equal(Buffer.from(image.uint8Array).subarray(1, 4).toString(), "PNG");
  });

  test("speech, and what it says", async () => {
    const { audio } = await ai.experimental_generateSpeech({ model: openai.speech("tts-1"), text: "Hello" });
    assert.match(audio.mediaType, /^audio\//);
    const { text } = await ai.experimental_transcribe({
      model: openai.transcription("whisper-1"),
      audio: audio.uint8Array,
    });
    assert.ok(text);
  });

  test("reasoning", async () => {
    const { text, reasoningText, usage } = await ai.generateText({
      model: anthropic("claude-haiku-4-5"),
      providerOptions: { anthropic: { thinking: { type: "enabled", budgetTokens: 1024 } } },
      prompt: PROMPT,
    });
    assert.ok(text && reasoningText && usage.outputTokens > 0);
  });
});
