// Errors: the class of each status, what it says, and how often an SDK asks before it gives up.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { generateText, RetryError } from "ai";
import OpenAI from "openai";

import { serve } from "./server.mjs";

const ONCE = [400, 401, 402, 403, 404, 413, 422];
const THRICE = [408, 409, 429, 500, 502, 503, 529];
// The SDKs wait half a second and more where nothing says how long.
const AT_ONCE = { "retry-after-ms": "1" };

const asked = (text) => `<${text}>`;
const rule = (text, added) => ({ match: { contains: asked(text) }, ...added });
const failing = (status, error = true, headers = {}) => ({ status, error, headers: { ...AT_ONCE, ...headers } });

let server, openai, anthropic;
before(async () => {
  const own = { type: "their_type", code: "their_code", message: "Their words", param: "their_param" };
  server = await serve([
    ...[...ONCE, ...THRICE, 501].map((status) => rule(status, { answer: failing(status) })),
    rule("own", { answer: failing(400, own) }),
    rule("then", { answers: [failing(503), failing(503), "At last."] }),
    rule("seconds", { answers: [{ status: 429, error: true, headers: { "retry-after": "0.01" } }, "At last."] }),
    rule("do", { answer: failing(400, true, { "x-should-retry": "true" }) }),
    rule("do not", { answer: failing(500, true, { "x-should-retry": "false" }) }),
  ]);
  openai = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "none" });
  anthropic = new Anthropic({ baseURL: server.url, apiKey: "none" });
});
after(() => server?.stop());
beforeEach(() => server.forget());

const ask = {
  chat: (text, options) =>
    openai.chat.completions.create({ model: "gpt-4.1", messages: [{ role: "user", content: asked(text) }] }, options),
  "chat, streamed": (text, options) =>
    openai.chat.completions.create(
      { model: "gpt-4.1", messages: [{ role: "user", content: asked(text) }], stream: true },
      options,
    ),
  responses: (text, options) => openai.responses.create({ model: "gpt-4.1", input: asked(text) }, options),
  messages: (text, options) =>
    anthropic.messages.create(
      { model: "claude-haiku-4-5", max_tokens: 9, messages: [{ role: "user", content: asked(text) }] },
      options,
    ),
};
const OPENAI = ["chat", "chat, streamed", "responses"];

const raised = async (promise) => {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("nothing was raised");
};
const attempts = async () => (await server.journal()).entries.length;

const CLASSES = {
  400: ["BadRequestError", "BadRequestError"],
  401: ["AuthenticationError", "AuthenticationError"],
  402: ["APIError", "PaymentRequiredError"],
  403: ["PermissionDeniedError", "PermissionDeniedError"],
  404: ["NotFoundError", "NotFoundError"],
  408: ["APIError", "RequestTimeoutError"],
  409: ["ConflictError", "ConflictError"],
  413: ["APIError", "ContentTooLargeError"],
  422: ["UnprocessableEntityError", "UnprocessableEntityError"],
  429: ["RateLimitError", "RateLimitError"],
  500: ["InternalServerError", "InternalServerError"],
  501: ["InternalServerError", "NotImplementedError"],
  502: ["InternalServerError", "InternalServerError"],
  503: ["InternalServerError", "ServiceUnavailableError"],
  529: ["InternalServerError", "OverloadedError"],
};
const WORDS = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  409: "conflict_error",
  413: "request_too_large",
  429: "rate_limit_error",
  500: "api_error",
  529: "overloaded_error",
};

for (const [status, [ofOpenai, ofAnthropic]] of Object.entries(CLASSES)) {
  for (const endpoint of OPENAI) {
    test(`${status} of ${endpoint} is ${ofOpenai}`, async () => {
      const error = await raised(ask[endpoint](status, { maxRetries: 0 }));
      assert.equal(error.constructor.name, ofOpenai);
      assert.equal(error.status, Number(status));
      assert.match(error.requestID, /^req_[0-9a-f]{32}$/);
      assert.deepEqual(Object.keys(error.error).sort(), ["code", "message", "param", "type"]);
      assert.ok(error.error.message && error.error.type);
    });
  }

  test(`${status} of messages is ${ofAnthropic}`, async () => {
    const error = await raised(ask.messages(status, { maxRetries: 0 }));
    assert.equal(error.constructor.name, ofAnthropic);
    assert.equal(error.status, Number(status));
    assert.match(error.requestID, /^req_011/);
    const { type, error: words, request_id } = error.error;
    assert.equal(type, "error");
    assert.equal(request_id, error.requestID);
    assert.ok(words.message && words.type);
    if (status in WORDS) assert.equal(words.type, WORDS[status]);
  });
}

test("what the vendor usually says", async () => {
  const said = async (status) => {
    const { type, code } = await raised(ask.chat(status, { maxRetries: 0 }));
    return [type, code];
  };
  assert.deepEqual(await said(401), ["invalid_request_error", "invalid_api_key"]);
  assert.deepEqual(await said(404), ["invalid_request_error", "model_not_found"]);
  assert.equal((await said(429))[1], "rate_limit_exceeded");
  assert.deepEqual(await said(500), ["server_error", null]);
});

test("one's own words", async () => {
  for (const endpoint of OPENAI) {
    const { type, code, param, message } = await raised(ask[endpoint]("own"));
    assert.deepEqual([type, code, param, message], ["their_type", "their_code", "their_param", "400 Their words"]);
  }
  const { error } = await raised(ask.messages("own"));
  assert.deepEqual([error.error.type, error.error.message], ["their_type", "Their words"]);
});

describe("attempts", () => {
  for (const endpoint of Object.keys(ask)) {
    for (const [expected, statuses] of [
      [1, ONCE],
      [3, THRICE],
    ]) {
      for (const status of statuses) {
        test(`${status} of ${endpoint}: ${expected}`, async () => {
          assert.equal((await raised(ask[endpoint](status))).status, status);
          assert.equal(await attempts(), expected);
        });
      }
    }
  }

  for (const endpoint of ["chat", "messages"]) {
    test(`${endpoint}: two failures, then an answer`, async () => {
      const { content, choices } = await inSession((options) => ask[endpoint]("then", options));
      assert.equal(content?.[0].text ?? choices[0].message.content, "At last.");
      assert.equal(await attempts(), 3);
    });

    test(`${endpoint}: after some seconds`, async () => {
      const { content, choices } = await inSession((options) => ask[endpoint]("seconds", options));
      assert.equal(content?.[0].text ?? choices[0].message.content, "At last.");
      assert.equal(await attempts(), 2);
    });

    test(`${endpoint}: as the header says, whatever the status`, async () => {
      await raised(ask[endpoint]("do"));
      assert.equal(await attempts(), 3);
      await server.forget();
      await raised(ask[endpoint]("do not"));
      assert.equal(await attempts(), 1);
    });
  }
});

/** Lists move on in a session; each test has one of its own. */
const inSession = async (call) => call({ headers: { "x-standin-session": await server.session() } });

describe("the AI SDK", () => {
  const models = () => ({
    chat: createOpenAI({ baseURL: `${server.url}/v1`, apiKey: "none" }).chat("gpt-4.1"),
    responses: createOpenAI({ baseURL: `${server.url}/v1`, apiKey: "none" }).responses("gpt-4.1"),
    messages: createAnthropic({ baseURL: `${server.url}/v1`, apiKey: "none" })("claude-haiku-4-5"),
  });

  for (const endpoint of ["chat", "responses", "messages"]) {
    for (const status of ONCE) {
      test(`${status} of ${endpoint}: 1`, async () => {
        const error = await raised(generateText({ model: models()[endpoint], prompt: asked(status) }));
        assert.equal(error.name, "AI_APICallError");
        assert.equal(error.statusCode, status);
        assert.equal(error.isRetryable, false);
        assert.equal(error.data.error.message, error.message);
        assert.equal(await attempts(), 1);
      });
    }

    for (const status of THRICE) {
      test(`${status} of ${endpoint}: 3`, async () => {
        const error = await raised(generateText({ model: models()[endpoint], prompt: asked(status) }));
        assert.ok(RetryError.isInstance(error));
        assert.deepEqual(
          error.errors.map(({ statusCode }) => statusCode),
          [status, status, status],
        );
        assert.equal(await attempts(), 3);
      });
    }
  }
});
