// Faults in the place of an answer: how often an SDK asks by itself, after what time, and what it says in the end.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, beforeEach, describe, test } from "node:test";

import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { generateText } from "ai";
import OpenAI from "openai";

import { hurried, settled } from "./hurry.mjs";
import { alone } from "./server.mjs";

let server, openai, anthropic, models;
before(async () => {
  server = await alone("--pace", "none");
  openai = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "none" });
  anthropic = new Anthropic({ baseURL: server.url, apiKey: "none" });
  models = {
    openai: createOpenAI({ baseURL: `${server.url}/v1`, apiKey: "none" }).chat("gpt-4.1"),
    anthropic: createAnthropic({ baseURL: `${server.url}/v1`, apiKey: "none" })("claude-haiku-4-5"),
  };
});
after(() => server?.stop());
beforeEach(() => server.forget());

const faulty = (fault) => ({ headers: { "x-standin-fault": fault } });
const said = (text) => [{ role: "user", content: text }];
const generated = (model) => (fault, text, options) =>
  generateText({ model: models[model], prompt: text, ...faulty(fault), ...options });

// Each asks once, in its own way: `(fault, text, options)`.
const OPENAI = {
  chat: (fault, text, options) =>
    openai.chat.completions.create({ model: "gpt-4.1", messages: said(text) }, { ...faulty(fault), ...options }),
  "chat, streamed": (fault, text, options) => {
    const request = { model: "gpt-4.1", messages: said(text), stream: true };
    return openai.chat.completions.create(request, { ...faulty(fault), ...options });
  },
  responses: (fault, text, options) =>
    openai.responses.create({ model: "gpt-4.1", input: text }, { ...faulty(fault), ...options }),
  embeddings: (fault, text, options) =>
    openai.embeddings.create({ model: "text-embedding-3-small", input: text }, { ...faulty(fault), ...options }),
};
const ANTHROPIC = {
  messages: (fault, text, options) => {
    const request = { model: "claude-haiku-4-5", max_tokens: 64, messages: said(text) };
    return anthropic.messages.create(request, { ...faulty(fault), ...options });
  },
  "messages, streamed": (fault, text, options) => {
    const request = { model: "claude-haiku-4-5", max_tokens: 64, messages: said(text), stream: true };
    return anthropic.messages.create(request, { ...faulty(fault), ...options });
  },
};
const OFFICIAL = { ...OPENAI, ...ANTHROPIC };
const AI_SDK = { "the AI SDK, OpenAI": generated("openai"), "the AI SDK, Anthropic": generated("anthropic") };
const ALL = { ...OFFICIAL, ...AI_SDK };

/** What was answered, attempt by attempt. */
const attempts = async () => (await server.journal()).entries.map(({ status }) => status);
/** Waits until somebody listens again: a call on a connection that was open may be answered before the port is. */
const listening = async () => {
  const accepted = () =>
    new Promise((resolve) => {
      const socket = connect(new URL(server.url).port, "127.0.0.1");
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
  while (!(await accepted())) await new Promise((resolve) => setTimeout(resolve, 20));
};
/** The last error of the AI SDK's attempts is what it fails with. */
const last = (error) => error.lastError ?? error;

const ONCE = [400, 401, 402, 403, 404, 413, 422];
const THRICE = [408, 409, 429, 500, 502, 503, 504, 529];

describe("attempts of each status", () => {
  for (const [name, ask] of Object.entries(ALL)) {
    for (const [times, statuses] of [
      [1, ONCE],
      [3, THRICE],
    ]) {
      test(`${name}: ${times} of ${statuses.join(", ")}`, async () => {
        for (const status of statuses) {
          await server.forget();
          const { error } = await settled(ask(`status=${status},retry-after=1ms`, "Hello"));
          assert.equal(last(error).status ?? last(error).statusCode, status);
          assert.deepEqual(await attempts(), Array(times).fill(status));
        }
      });
    }
  }
});

describe("attempts that succeed", () => {
  for (const [name, ask] of Object.entries(ALL)) {
    test(`${name}: two failures, and then the answer`, async () => {
      assert.ok(await ask("status=503,retry-after=1ms,first=2", `${name}, twice`));
      assert.deepEqual(await attempts(), [503, 503, 200]);
    });

    test(`${name}: three failures are one too many`, async () => {
      const { error } = await settled(ask("status=503,retry-after=1ms,first=3", `${name}, thrice`));
      assert.equal(last(error).status ?? last(error).statusCode, 503);
      // It is the same call to whoever asks again.
      assert.ok(await ask("status=503,retry-after=1ms,first=3", `${name}, thrice`));
      assert.deepEqual(await attempts(), [503, 503, 503, 200]);
    });

    test(`${name}: a reset, and then the answer`, async () => {
      const { value, error, waits } = await hurried(() => ask("reset,first=1", `${name}, reset`));
      assert.ok(value, error);
      assert.equal(waits.length, 1);
      assert.deepEqual((await attempts()).slice(1), [200]);
    });
  }
});

describe("how long they wait", () => {
  /** Fails forever, and waits so long before the second and the third attempt. */
  async function waited(ask, retryAfter) {
    const { waits, error } = await hurried(() => ask(`status=429,retry-after=${retryAfter}`, "Hello"));
    assert.ok(error);
    assert.equal((await attempts()).length, 3);
    assert.equal(waits.length, 2);
    return waits;
  }

  for (const [name, ask] of Object.entries({ chat: OPENAI.chat, messages: ANTHROPIC.messages })) {
    for (const [header, time] of [
      ["7ms", 7],
      ["1s", 1000],
      ["1500ms", 1500],
      ["121s", 121_000],
    ]) {
      test(`${name}: ${header}`, async () => assert.deepEqual(await waited(ask, header), [time, time]));
    }

    test(`${name}: half a second, then a second, less up to a quarter, where nobody says it`, async () => {
      const [first, second] = await waited(ask, "none");
      assert.ok(first > 375 && first <= 500 && second > 750 && second <= 1000, `${first}, ${second}`);
    });
  }

  for (const [name, ask] of Object.entries(AI_SDK)) {
    for (const [header, times] of [
      ["7ms", [7, 7]],
      ["1s", [1000, 1000]],
      ["59s", [59_000, 59_000]],
      ["121s", [2000, 4000]],
      ["none", [2000, 4000]],
    ]) {
      test(`${name}: ${header}`, async () => assert.deepEqual(await waited(ask, header), times));
    }
  }
});

describe("no answer at all", () => {
  for (const fault of ["reset", "close"]) {
    for (const [name, ask] of Object.entries(OFFICIAL)) {
      test(`${fault} of ${name}`, async () => {
        const { error, waits } = await hurried(() => ask(fault, "Hello"));
        assert.equal(error.constructor.name, "APIConnectionError");
        assert.ok(["ECONNRESET", "UND_ERR_SOCKET"].includes(error.cause.cause.code), error.cause.cause.code);
        assert.equal(waits.length, 2);
        assert.equal((await attempts()).length, 3);
      });
    }

    for (const [name, ask] of Object.entries(AI_SDK)) {
      test(`${fault} of ${name}`, async () => {
        const { error, waits } = await hurried(() => ask(fault, "Hello"));
        assert.deepEqual([error.name, last(error).name], ["AI_RetryError", "AI_APICallError"]);
        assert.match(last(error).message, /^Cannot connect to API/);
        assert.deepEqual(waits, [2000, 4000]);
        assert.equal((await attempts()).length, 3);
      });
    }
  }

  for (const [name, ask] of Object.entries(OFFICIAL)) {
    test(`half-open of ${name}: it is asked again after its time limit`, async () => {
      const { error } = await hurried(() => ask("half-open", "Hello", { timeout: 250, maxRetries: 1 }));
      assert.equal(error.constructor.name, "APIConnectionTimeoutError");
      assert.equal((await attempts()).length, 2);
    });
  }

  for (const [name, ask] of Object.entries(AI_SDK)) {
    test(`half-open of ${name}: it is not asked again`, async () => {
      const { error } = await settled(ask("half-open", "Hello", { timeout: 250 }));
      assert.equal(error.name, "TimeoutError");
      assert.equal((await attempts()).length, 1);
    });
  }

  test("a port that is closed for a while", async () => {
    const patient = { maxRetries: 10 };
    assert.ok(await OPENAI.chat("refused=600ms,first=1", "Hello, port", patient));
    assert.ok(await ANTHROPIC.messages("refused=600ms,first=1", "Hello, port", patient));
    await listening();
    const answered = (await attempts()).filter((status) => status === 200);
    assert.equal(answered.length, 2);
  });
});

describe("what the error says", () => {
  const own = 'status=418,type=teapot,code=short,message="I am, in short, a teapot",param=handle';

  test("one's own words", async () => {
    for (const name of ["chat", "chat, streamed", "responses"]) {
      const { error } = await settled(OPENAI[name](own, "Hello"));
      assert.equal(error.constructor, OpenAI.APIError);
      assert.deepEqual([error.status, error.type, error.code, error.param], [418, "teapot", "short", "handle"]);
      assert.equal(error.message, "418 I am, in short, a teapot");
    }
    const { error } = await settled(ANTHROPIC.messages(own, "Hello"));
    assert.deepEqual([error.status, error.error.error.type], [418, "teapot"]);
    assert.equal(error.error.error.message, "I am, in short, a teapot");
  });

  test("a page of HTML", async () => {
    for (const ask of Object.values(OFFICIAL)) {
      const { error } = await settled(ask("status=502,body=html,retry-after=1ms", "Hello"));
      assert.equal(error.constructor.name, "InternalServerError");
      assert.match(error.message, /^502 <!DOCTYPE html>/);
      assert.equal(error.error, undefined);
      assert.match(error.headers.get("content-type"), /^text\/html/);
    }
    for (const ask of Object.values(AI_SDK)) {
      const { error } = await settled(ask("status=502,body=html,retry-after=1ms", "Hello"));
      assert.deepEqual([last(error).statusCode, last(error).message], [502, "Bad Gateway"]);
      assert.match(last(error).responseBody, /^<!DOCTYPE html>/);
    }
  });

  test("a fault that nobody knows", async () => {
    const { error } = await settled(OPENAI.chat("statos=429", "Hello"));
    assert.deepEqual([error.status, error.code], [400, "shape_invalid"]);
    assert.match(error.message, /status/);
    assert.equal(error.headers.get("x-should-retry"), "false");
  });
});
