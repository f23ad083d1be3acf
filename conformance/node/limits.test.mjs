// Limits that count, as docs/limits.md describes them: what the SDKs are told, and how they come back.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";

import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { generateText } from "ai";
import OpenAI from "openai";

import { alone } from "./server.mjs";

const servers = [];
after(() => Promise.all(servers.map((server) => server.stop())));

/** Clients of a server of their own. */
async function limited(...limits) {
  const server = await alone("--pace", "none", ...limits.flatMap((limit) => ["--limit", limit]));
  servers.push(server);
  const openai = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "one", maxRetries: 0 });
  const anthropic = new Anthropic({ baseURL: server.url, apiKey: "one", maxRetries: 0 });
  return { server, openai, anthropic };
}

const chat = { model: "gpt-4.1", messages: [{ role: "user", content: "Hello" }] };
const messages = { model: "claude-haiku-4-5", max_tokens: 64, messages: chat.messages };
const raised = async (promise) => {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("nothing was raised");
};
const left = async (call, name) => Number((await call.withResponse()).response.headers.get(name));

// Within a day nothing comes back while a test runs.
const DAY = "window=24h";

describe("calls", () => {
  test("openai counts them down, and is refused", async () => {
    const { openai } = await limited(`rpm=3,${DAY}`);
    const ask = (options) => openai.chat.completions.create(chat, options);
    const { response } = await ask().withResponse();
    assert.equal(response.headers.get("x-ratelimit-limit-requests"), "3");
    assert.match(response.headers.get("x-ratelimit-reset-requests"), /^(\d+h)?(\d+m)?[\d.]+s$/);
    const name = "x-ratelimit-remaining-requests";
    assert.deepEqual([response.headers.get(name), await left(ask(), name), await left(ask(), name)], ["2", 1, 0]);
    const error = await raised(ask());
    assert.equal(error.constructor, OpenAI.RateLimitError);
    assert.deepEqual([error.status, error.type, error.code], [429, "requests", "rate_limit_exceeded"]);
    assert.ok(Number(error.headers.get("retry-after")) > 0);
    assert.equal(error.headers.get(name), "0");
    // Another key, or another model, is another caller.
    await openai.withOptions({ apiKey: "two" }).chat.completions.create(chat);
    await openai.chat.completions.create({ ...chat, model: "gpt-4.1-mini" });
  });

  test("anthropic counts them down, and is refused", async () => {
    const { anthropic } = await limited(`rpm=2,${DAY}`);
    const ask = () => anthropic.messages.create(messages);
    const name = "anthropic-ratelimit-requests-remaining";
    assert.deepEqual([await left(ask(), name), await left(ask(), name)], [1, 0]);
    const error = await raised(ask());
    assert.equal(error.constructor, Anthropic.RateLimitError);
    assert.deepEqual([error.status, error.error.error.type], [429, "rate_limit_error"]);
    assert.ok(Number(error.headers.get("retry-after")) > 0);
    assert.ok(Date.parse(error.headers.get("anthropic-ratelimit-requests-reset")) > 0);
  });

  test("streams are counted as well", async () => {
    const { openai, anthropic } = await limited(`rpm=1,${DAY}`);
    for (const ask of [
      () => openai.chat.completions.create({ ...chat, stream: true }),
      () => anthropic.messages.create({ ...messages, stream: true }),
    ]) {
      let events = 0;
      for await (const _ of await ask()) events += 1;
      assert.ok(events > 2);
      assert.equal((await raised(ask())).status, 429);
    }
  });
});

describe("who waits as it is told is admitted", () => {
  const CALLS = {
    openai: ({ server }) => new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "one" }).chat.completions.create(chat),
    anthropic: ({ server }) => new Anthropic({ baseURL: server.url, apiKey: "one" }).messages.create(messages),
    "the AI SDK with OpenAI": ({ server }) =>
      generateText({
        model: createOpenAI({ baseURL: `${server.url}/v1`, apiKey: "one" }).chat("gpt-4.1"),
        prompt: "Hi",
      }),
    "the AI SDK with Anthropic": ({ server }) =>
      generateText({
        model: createAnthropic({ baseURL: `${server.url}/v1`, apiKey: "one" })("claude-haiku-4-5"),
        prompt: "Hi",
      }),
  };

  for (const [name, ask] of Object.entries(CALLS)) {
    test(name, async () => {
      const clients = await limited("rpm=1,window=3s");
      await ask(clients);
      await ask(clients);
      const { entries } = await clients.server.journal();
      assert.deepEqual(entries.map(({ status }) => status).sort(), [200, 200, 429]);
    });
  }
});

describe("tokens", () => {
  test("openai: a call costs its prompt, which is alike, and what its answer says", async () => {
    const { openai } = await limited(`tpm=4000,${DAY}`);
    const costs = [];
    let before = 4000;
    for (const max_completion_tokens of [5, 9, 20, 64]) {
      const call = openai.chat.completions.create({ ...chat, max_completion_tokens });
      const { data, response } = await call.withResponse();
      const after = Number(response.headers.get("x-ratelimit-remaining-tokens"));
      costs.push(before - after - data.usage.completion_tokens);
      before = after;
    }
    assert.ok(costs[0] > 0);
    assert.deepEqual(costs, Array(4).fill(costs[0]));
    const error = await raised(openai.chat.completions.create({ ...chat, max_completion_tokens: 3999 }));
    assert.deepEqual([error.status, error.type, error.code], [429, "tokens", "rate_limit_exceeded"]);
  });

  test("anthropic: of prompts and of answers", async () => {
    const { anthropic } = await limited(`itpm=3000,otpm=5000,${DAY}`);
    let [input, output] = [3000, 5000];
    const costs = [];
    for (let call = 0; call < 3; call += 1) {
      const { data, response } = await anthropic.messages.create(messages).withResponse();
      const left = Number(response.headers.get("anthropic-ratelimit-input-tokens-remaining"));
      costs.push(input - left);
      input = left;
      output -= data.usage.output_tokens;
      assert.equal(Number(response.headers.get("anthropic-ratelimit-output-tokens-remaining")), output);
    }
    assert.ok(costs[0] > 0);
    assert.deepEqual(costs, Array(3).fill(costs[0]));
  });
});

test("a budget that is spent", async () => {
  const { openai, anthropic } = await limited("budget=2req,per=key");
  for (const ask of [() => openai.chat.completions.create(chat), () => anthropic.messages.create(messages)]) {
    await ask();
  }
  const words = await raised(openai.chat.completions.create(chat));
  assert.equal(words.constructor, OpenAI.RateLimitError);
  assert.deepEqual([words.type, words.code], ["insufficient_quota", "insufficient_quota"]);
  assert.equal(words.headers.get("retry-after"), null);
  const theirs = await raised(anthropic.messages.create(messages));
  assert.deepEqual([theirs.status, theirs.error.error.type], [429, "rate_limit_error"]);
});

test("one at once, and a client that leaves gives its place back", async () => {
  const { openai } = await limited("concurrent=1");
  const slow = { headers: { "x-standin-pace": "ttft=10m" } };
  const leaving = new AbortController();
  // The head of a stream comes at once, and holds the place.
  const stream = await openai.chat.completions.create({ ...chat, stream: true }, { ...slow, signal: leaving.signal });
  const error = await raised(openai.chat.completions.create(chat));
  assert.deepEqual([error.constructor, error.headers.get("retry-after")], [OpenAI.RateLimitError, "1"]);
  leaving.abort();
  for await (const _ of stream) assert.fail("nothing comes after the client has left");
  assert.ok((await openai.chat.completions.create(chat, { maxRetries: 5 })).choices[0].message.content);
});
