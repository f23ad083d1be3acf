// Stored objects through the Vercel AI SDK: what it makes of a whole one, of its stream, and what the object says.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { embedMany, generateText, streamText } from "ai";

import * as noise from "./noise.mjs";
import { object, objects, rules } from "./objects.mjs";
import { serve } from "./server.mjs";
import { understood } from "./understood.mjs";

globalThis.AI_SDK_LOG_WARNINGS = false;

const ENDPOINTS = ["chat", "completions", "responses", "messages"];

// Objects that a schema of the AI SDK refuses, each for a member of the vendor's that it does not know.
const REFUSED_WHOLE = {
  chat: ["custom-tool-call"],
  completions: [],
  responses: ["apply-patch-call", "compaction", "local-shell-call", "program", "unknown-item"],
  messages: ["citations", "code-execution", "unknown-block", "web-search"],
};
// It refuses fewer events than objects, because those that it does not look into pass.
const REFUSED_EVENTS = {
  chat: ["custom-tool-call"],
  completions: [],
  responses: ["local-shell-call"],
  messages: ["citations", "code-execution", "unknown-block", "web-search"],
};

let server, models;
before(async () => {
  server = await serve(rules(...ENDPOINTS, "embeddings"));
  const openai = createOpenAI({ baseURL: `${server.url}/v1`, apiKey: "none" });
  const anthropic = createAnthropic({ baseURL: `${server.url}/v1`, apiKey: "none" });
  models = {
    chat: openai.chat,
    completions: openai.completion,
    responses: openai.responses,
    messages: anthropic,
    embeddings: openai.embedding,
  };
});
after(() => server?.stop());

const request = (endpoint, one) => ({ model: models[endpoint](one.response.model), prompt: one.says, maxRetries: 0 });

async function streamed(endpoint, one) {
  const errors = [];
  const result = streamText({ ...request(endpoint, one), onError: ({ error }) => errors.push(error) });
  await result.consumeStream();
  return { errors, result };
}

async function shown(result) {
  const usage = await result.usage;
  const calls = await result.toolCalls;
  return {
    text: await result.text,
    reasoning: await result.reasoningText,
    calls: calls.filter((call) => !call.providerExecuted).map((call) => [call.toolName, call.input]),
    finish: await result.finishReason,
    sources: (await result.sources).map((source) => source.url ?? source.filename),
    usage: [usage.inputTokens, usage.outputTokens, usage.reasoningTokens, usage.cachedInputTokens],
  };
}

/** What is done at the provider's: looked at in both ways of asking, and compared. */
async function hosted(result) {
  const calls = (await result.toolCalls).filter((call) => call.providerExecuted);
  // Ids of approvals are made up anew each time.
  const results = await result.toolResults;
  return noise.json({
    calls: calls.map(({ toolName, input }) => [toolName, input]),
    results: results.map(({ toolName, output }) => [toolName, output]),
  });
}

const several = (one) => one.response.choices?.length > 1;
// A failed response is an error, whole and streamed.
const failed = (one) => one.response.status === "failed";

for (const endpoint of ENDPOINTS) {
  const all = objects(endpoint).filter((one) => !failed(one) && one.request.background !== true);

  describe(`${endpoint}, whole`, () => {
    for (const one of all) {
      if (REFUSED_WHOLE[endpoint].includes(one.name)) {
        test(`${one.name}: refused`, () =>
          assert.rejects(generateText(request(endpoint, one)), { message: "Invalid JSON response" }));
      } else {
        test(one.name, async () => {
          const result = await generateText(request(endpoint, one));
          assert.deepEqual(await shown(result), understood(endpoint, one.response, await result.usage));
        });
      }
    }
  });

  describe(`${endpoint}, streamed`, () => {
    for (const one of all.filter((one) => !several(one))) {
      if (REFUSED_EVENTS[endpoint].includes(one.name)) {
        test(`${one.name}: events of it are refused`, async () => {
          const { errors, result } = await streamed(endpoint, one);
          assert.ok(errors.length > 0);
          for (const error of errors) assert.equal(error.name, "AI_TypeValidationError");
          // What comes after them is understood all the same.
          assert.equal(await result.text, understood(endpoint, one.response, {}).text);
        });
      } else {
        test(one.name, async () => {
          const { errors, result } = await streamed(endpoint, one);
          assert.deepEqual(errors, []);
          const expected = understood(endpoint, one.response, await result.usage);
          // Only a whole message's transcript is taken for its text.
          if (endpoint === "chat" && one.response.choices[0].message.audio) expected.text = "";
          assert.deepEqual(await shown(result), expected);
          if (REFUSED_WHOLE[endpoint].includes(one.name)) return;
          const whole = await hosted(await generateText(request(endpoint, one)));
          // The input of a server's tool is taken from the block's start, which has none yet.
          if (one.name === "beta-mcp") whole.calls[0][1] = {};
          assert.deepEqual(await hosted(result), whole);
        });
      }
    }

    for (const one of all.filter(several)) {
      test(`${one.name}: the texts of all choices are mixed`, async () => {
        const { errors, result } = await streamed(endpoint, one);
        assert.deepEqual(errors, []);
        const texts = one.response.choices.map((choice) => choice.message?.content ?? choice.text ?? "");
        assert.equal([...(await result.text)].sort().join(""), [...texts.join("")].sort().join(""));
      });
    }
  });
}

test("a failed response is an error", async () => {
  const one = object("responses", "failed");
  await assert.rejects(generateText(request("responses", one)), { name: "AI_APICallError" });
  const { errors } = await streamed("responses", one);
  assert.deepEqual(
    errors.map(({ message }) => message),
    [one.response.error.message],
  );
});

describe("embeddings", () => {
  for (const one of objects("embeddings")) {
    test(one.name, async () => {
      const { model, data, usage } = one.response;
      const values = [one.request.input ?? one.says].flat();
      const got = await embedMany({ model: models.embeddings(model), values, maxRetries: 0 });
      assert.deepEqual(
        got.embeddings,
        data.map(({ embedding }) => embedding),
      );
      assert.equal(got.usage.tokens, usage.prompt_tokens);
    });
  }
});
