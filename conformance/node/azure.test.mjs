// Azure OpenAI through openai's AzureOpenAI: its addresses, its filters, its errors.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import OpenAI, { AzureOpenAI } from "openai";

import * as noise from "./noise.mjs";
import { object, rules } from "./objects.mjs";
import { serve } from "./server.mjs";

const SAFE = { hate: { filtered: false, severity: "safe" }, violence: { filtered: false, severity: "safe" } };

/** A stored object as Azure has it: without a tier, with what its filters found. */
function filtered() {
  const { service_tier, choices, ...rest } = object("chat", "text-unicode").response;
  return {
    ...rest,
    choices: choices.map((choice) => ({ ...choice, content_filter_results: SAFE })),
    prompt_filter_results: [{ prompt_index: 0, content_filter_results: SAFE }],
  };
}

let server;
before(async () => {
  server = await serve([
    { match: { contains: "<filtered>" }, endpoint: "chat", provider: "azure", response: filtered() },
    { match: { contains: "<busy>" }, answer: { status: 429, error: true, headers: { "retry-after-ms": "1" } } },
    { match: { contains: "<bad>" }, answer: { status: 400, error: { code: "content_filter", param: "prompt" } } },
    { match: { contains: "<neutral>" }, answer: "Hello from Azure. ☕" },
    ...rules("chat", "responses", "embeddings"),
  ]);
});
after(() => server?.stop());

const chat = (content, model = "my-deployment") => ({ model, messages: [{ role: "user", content }] });
const clients = {
  "a key, and the deployment in the path": () =>
    new AzureOpenAI({
      endpoint: server.url,
      apiKey: "none",
      apiVersion: "2025-04-01-preview",
      deployment: "my-deployment",
    }),
  "a key, and the deployment as the model": () =>
    new AzureOpenAI({ endpoint: server.url, apiKey: "none", apiVersion: "2025-04-01-preview" }),
  "a token": () =>
    new AzureOpenAI({ endpoint: server.url, azureADTokenProvider: async () => "token", apiVersion: "2024-10-21" }),
  "the mount": () => new AzureOpenAI({ endpoint: `${server.url}/azure`, apiKey: "none", apiVersion: "2024-10-21" }),
};

for (const [name, client] of Object.entries(clients)) {
  describe(name, () => {
    test("whole", async () => {
      noise.identical(await client().chat.completions.create(chat("<filtered>")), filtered());
    });

    test("put together by the SDK", async () => {
      const asked = { ...chat("<filtered>"), stream_options: { include_usage: true } };
      const got = await client().chat.completions.stream(asked).finalChatCompletion();
      noise.equal(got, noise.openaiChat(filtered()));
    });

    test("a neutral answer is named after its deployment", async () => {
      const whole = await client().chat.completions.create(chat("<neutral>"));
      assert.deepEqual([whole.choices[0].message.content, whole.model], ["Hello from Azure. ☕", "my-deployment"]);
      assert.ok(!("service_tier" in whole));
      const streamed = await client().chat.completions.stream(chat("<neutral>")).finalChatCompletion();
      assert.equal(streamed.choices[0].message.content, "Hello from Azure. ☕");
      assert.deepEqual(streamed.prompt_filter_results, whole.prompt_filter_results);
    });
  });
}

test("what the prompt's filters found comes first", async () => {
  const chunks = [];
  const asked = { ...chat("<filtered>"), stream: true };
  for await (const chunk of await clients["a token"]().chat.completions.create(asked)) chunks.push(chunk);
  const { prompt_filter_results } = filtered();
  assert.deepEqual(chunks[0], { choices: [], created: 0, id: "", model: "", object: "", prompt_filter_results });
  assert.ok(chunks.slice(1).every((chunk) => !("prompt_filter_results" in chunk)));
});

test("responses and embeddings", async () => {
  const client = clients["a key, and the deployment as the model"]();
  const stored = object("responses", "text");
  const got = await client.responses.create({ model: "my-deployment", input: stored.says });
  noise.identical(got, { ...stored.response, output_text: noise.openaiOutputText(stored.response) });
  const vector = object("embeddings", "one");
  noise.equal(await client.embeddings.create({ model: "my-deployment", input: vector.says }), vector.response);
});

test("errors in Azure's words", async () => {
  const client = clients["a token"]();
  await assert.rejects(client.chat.completions.create(chat("<busy>")), (error) => {
    assert.ok(error instanceof OpenAI.RateLimitError);
    assert.equal(error.code, "429");
    assert.match(error.requestID, /^[0-9a-f]{8}-[0-9a-f]{4}-/);
    return true;
  });
  await assert.rejects(client.chat.completions.create(chat("<bad>")), (error) => {
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.deepEqual([error.code, error.param], ["content_filter", "prompt"]);
    return true;
  });
});
