// Neutral answers and lists of them through every SDK: what a person writes most.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { generateText, jsonSchema, stepCountIs, streamText, tool } from "ai";
import OpenAI from "openai";

import { serve } from "./server.mjs";

globalThis.AI_SDK_LOG_WARNINGS = false;

const TEXT = "Sunny,\n21 °C. ☀️ 👩‍👩‍👧‍👦\u2028“Yes”.";
const REASONING = "Paris is a city.\nIt is warm there. 🤔";
const USAGE = { input_tokens: 20, output_tokens: 17, cached_tokens: 4, reasoning_tokens: 6 };
const CALLS = [
  { id: "call_1", name: "get_weather", arguments: { city: "Paris “☕”", days: [1, 2.5], deep: { er: null } } },
  { id: "call_2", name: "get_time", arguments: {} },
];

let server, openai, anthropic, models;
before(async () => {
  server = await serve([
    { match: { user: "the weather" }, answer: { text: TEXT, reasoning: REASONING, usage: USAGE } },
    { match: { contains: "a text" }, answer: TEXT },
    { match: { contains: "two calls" }, answer: { text: "Let me see.", tool_calls: CALLS } },
    { match: { contains: "anything bad" }, answer: { refusal: "I must not." } },
    { match: { contains: "too much" }, answer: { text: "Once upon", finish_reason: "length" } },
    {
      match: { user: "the way" },
      steps: "since_user",
      answers: [
        { tool_calls: [{ name: "get_weather", arguments: { city: "Paris" } }] },
        { tool_calls: [{ name: "get_weather", arguments: { city: "Rome" } }] },
        "Go to Rome.",
      ],
    },
  ]);
  openai = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "none" });
  anthropic = new Anthropic({ baseURL: server.url, apiKey: "none" });
  const ofOpenai = createOpenAI({ baseURL: `${server.url}/v1`, apiKey: "none" });
  const ofAnthropic = createAnthropic({ baseURL: `${server.url}/v1`, apiKey: "none" });
  models = {
    chat: ofOpenai.chat("gpt-4.1"),
    responses: ofOpenai.responses("gpt-5-mini"),
    messages: ofAnthropic("claude-haiku-4-5"),
  };
});
after(() => server?.stop());

const chat = (content) => ({
  model: "gpt-4.1",
  messages: [
    { role: "system", content: "Be brief." },
    { role: "user", content },
  ],
});
const response = (input) => ({ model: "gpt-5-mini", input });
const message = (content) => ({ model: "claude-haiku-4-5", max_tokens: 99, messages: [{ role: "user", content }] });

/** The same answer, whole and streamed. */
const both = {
  chat: async (content) => [
    await openai.chat.completions.create(chat(content)),
    await openai.chat.completions
      .stream({ ...chat(content), stream_options: { include_usage: true } })
      .finalChatCompletion(),
  ],
  responses: async (input) => [
    await openai.responses.create(response(input)),
    await openai.responses.stream(response(input)).finalResponse(),
  ],
  messages: async (content) => [
    await anthropic.messages.create(message(content)),
    await anthropic.messages.stream(message(content)).finalMessage(),
  ],
};

describe("a text, with what was thought before", () => {
  test("chat", async () => {
    for (const got of await both.chat("What is the weather?")) {
      const [choice] = got.choices;
      assert.deepEqual([choice.message.content, choice.message.reasoning_content], [TEXT, REASONING]);
      assert.deepEqual([got.model, choice.finish_reason], ["gpt-4.1", "stop"]);
      const { prompt_tokens, completion_tokens, total_tokens } = got.usage;
      assert.deepEqual([prompt_tokens, completion_tokens, total_tokens], [20, 17, 37]);
      assert.equal(got.usage.prompt_tokens_details.cached_tokens, 4);
      assert.equal(got.usage.completion_tokens_details.reasoning_tokens, 6);
    }
  });

  test("responses", async () => {
    for (const got of await both.responses("What is the weather?")) {
      assert.equal(got.output_text, TEXT);
      assert.deepEqual(
        got.output.map(({ type }) => type),
        ["reasoning", "message"],
      );
      assert.equal(got.output[0].summary.map(({ text }) => text).join(""), REASONING);
      assert.equal(got.status, "completed");
      const { input_tokens, output_tokens, total_tokens } = got.usage;
      assert.deepEqual([input_tokens, output_tokens, total_tokens], [20, 17, 37]);
      assert.equal(got.usage.input_tokens_details.cached_tokens, 4);
      assert.equal(got.usage.output_tokens_details.reasoning_tokens, 6);
    }
  });

  test("messages", async () => {
    for (const got of await both.messages("What is the weather?")) {
      assert.deepEqual(
        got.content.map(({ type }) => type),
        ["thinking", "text"],
      );
      assert.deepEqual([got.content[0].thinking, got.content[1].text], [REASONING, TEXT]);
      assert.ok(got.content[0].signature);
      assert.deepEqual([got.stop_reason, got.usage.output_tokens], ["end_turn", 17]);
    }
  });
});

test("calls of tools", async () => {
  const stored = CALLS.map((call) => [call.id, call.name, call.arguments]);
  for (const {
    choices: [choice],
  } of await both.chat("two calls")) {
    const calls = choice.message.tool_calls.map(({ id, function: called }) => [
      id,
      called.name,
      JSON.parse(called.arguments),
    ]);
    assert.deepEqual([choice.message.content, choice.finish_reason, calls], ["Let me see.", "tool_calls", stored]);
  }
  for (const got of await both.responses("two calls")) {
    const calls = got.output.filter(({ type }) => type === "function_call");
    assert.deepEqual(
      calls.map((call) => [call.call_id, call.name, JSON.parse(call.arguments)]),
      stored,
    );
    assert.equal(got.output_text, "Let me see.");
  }
  for (const got of await both.messages("two calls")) {
    const calls = got.content.filter(({ type }) => type === "tool_use").map(({ id, name, input }) => [id, name, input]);
    assert.deepEqual([got.content[0].text, got.stop_reason, calls], ["Let me see.", "tool_use", stored]);
  }
});

test("refusals", async () => {
  for (const {
    choices: [choice],
  } of await both.chat("anything bad")) {
    assert.deepEqual([choice.message.refusal, choice.message.content], ["I must not.", null]);
  }
  for (const got of await both.responses("anything bad")) {
    assert.deepEqual(
      got.output[0].content.map(({ type, refusal }) => [type, refusal]),
      [["refusal", "I must not."]],
    );
  }
  for (const got of await both.messages("anything bad")) assert.equal(got.stop_reason, "refusal");
});

test("a text that was cut", async () => {
  for (const {
    choices: [choice],
  } of await both.chat("too much"))
    assert.equal(choice.finish_reason, "length");
  for (const got of await both.responses("too much")) {
    assert.deepEqual([got.status, got.incomplete_details], ["incomplete", { reason: "max_output_tokens" }]);
  }
  for (const got of await both.messages("too much")) assert.equal(got.stop_reason, "max_tokens");
});

describe("the AI SDK", () => {
  for (const endpoint of ["chat", "responses", "messages"]) {
    test(`${endpoint}: a text`, async () => {
      const whole = await generateText({ model: models[endpoint], prompt: "a text" });
      const streamed = streamText({ model: models[endpoint], prompt: "a text" });
      const pieces = [];
      for await (const piece of streamed.textStream) pieces.push(piece);
      assert.deepEqual([whole.text, pieces.join(""), await streamed.finishReason], [TEXT, TEXT, "stop"]);
      assert.ok(pieces.length > 2, `${pieces.length} pieces`);
      assert.deepEqual((await streamed.usage).totalTokens, whole.usage.totalTokens);
    });

    test(`${endpoint}: a loop of tools, whole and streamed`, async () => {
      const cities = [];
      const get_weather = tool({
        description: "The weather of a city",
        inputSchema: jsonSchema({ type: "object", properties: { city: { type: "string" } }, required: ["city"] }),
        execute: ({ city }) => cities.push(city) && `It is fine in ${city}.`,
      });
      const asked = { model: models[endpoint], prompt: "the way", tools: { get_weather }, stopWhen: stepCountIs(9) };
      const whole = await generateText(asked);
      assert.deepEqual([whole.text, whole.steps.length, cities], ["Go to Rome.", 3, ["Paris", "Rome"]]);
      const streamed = streamText(asked);
      await streamed.consumeStream();
      assert.equal(await streamed.text, "Go to Rome.");
      assert.deepEqual(cities, ["Paris", "Rome", "Paris", "Rome"]);
    });
  }
});
