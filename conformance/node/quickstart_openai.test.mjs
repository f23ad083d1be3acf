// `standin serve` alone, and the first calls that openai's own documentation shows. Only the environment is changed.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import OpenAI, { toFile } from "openai";
import { zodFunction, zodResponseFormat, zodResponsesFunction, zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";

import { alone } from "./server.mjs";

const MODEL = "gpt-4.1";
const QUESTION = "Write a one-sentence bedtime story about a unicorn.";
const ASKED = [{ role: "user", content: QUESTION }];
const WEATHER = "What is the weather like in Paris today?";
const PARAMETERS = {
  type: "object",
  properties: { location: { type: "string", description: "City and country" } },
  required: ["location"],
  additionalProperties: false,
};
const Place = z.object({ location: z.string() });
const Event = z.object({ name: z.string(), date: z.string(), participants: z.array(z.string()) });

let server, client;
before(async () => {
  server = await alone();
  process.env.OPENAI_BASE_URL = `${server.url}/v1`;
  process.env.OPENAI_API_KEY = "sk-none";
  client = new OpenAI();
});
after(() => server?.stop());

const list = async (stream) => {
  const all = [];
  for await (const one of await stream) all.push(one);
  return all;
};

describe("responses", () => {
  const request = { model: MODEL, input: QUESTION };

  test("a text", async () => {
    const response = await client.responses.create(request);
    assert.equal(response.status, "completed");
    assert.match(response.model, /^gpt-4\.1/);
    assert.ok(response.output_text.length > 10);
    assert.equal(response.usage.total_tokens, response.usage.input_tokens + response.usage.output_tokens);
    assert.match(response._request_id, /^req_/);
  });

  test("instructions, and messages with an image", async () => {
    const content = [
      { type: "input_text", text: "What is in this image?" },
      { type: "input_image", image_url: "https://example.com/boardwalk.jpg", detail: "auto" },
    ];
    const response = await client.responses.create({
      model: MODEL,
      instructions: "Talk like a pirate.",
      input: [{ role: "user", content }],
    });
    assert.equal(response.instructions, "Talk like a pirate.");
    assert.ok(response.output_text);
  });

  test("events", async () => {
    const whole = await client.responses.create(request);
    const events = await list(client.responses.create({ ...request, stream: true }));
    assert.equal(events[0].type, "response.created");
    assert.equal(events.at(-1).type, "response.completed");
    const deltas = events.filter(({ type }) => type === "response.output_text.delta");
    assert.ok(deltas.length > 1);
    assert.equal(deltas.map(({ delta }) => delta).join(""), whole.output_text);
    assert.deepEqual(
      events.map((event) => event.sequence_number),
      events.map((_, at) => at),
    );
  });

  test("the helper", async () => {
    const heard = [];
    const stream = client.responses.stream(request).on("response.output_text.delta", ({ delta }) => heard.push(delta));
    const final = await stream.finalResponse();
    assert.ok(heard.length > 1);
    assert.equal(heard.join(""), final.output_text);
    assert.equal(final.output_text, (await client.responses.create(request)).output_text);
  });

  test("a structured output, whole and streamed", async () => {
    const asked = {
      model: MODEL,
      input: [
        { role: "system", content: "Extract the event information." },
        { role: "user", content: "Alice and Bob are going to a science fair on Friday." },
      ],
      text: { format: zodTextFormat(Event, "event") },
    };
    const { output_parsed } = await client.responses.parse(asked);
    assert.deepEqual(Event.parse(output_parsed), output_parsed);
    const streamed = await client.responses.stream(asked).finalResponse();
    assert.deepEqual(streamed.output_parsed, output_parsed);
  });

  test("a function, called and answered", async () => {
    const tools = [
      {
        type: "function",
        name: "get_weather",
        description: "The weather of a city.",
        parameters: PARAMETERS,
        strict: true,
      },
    ];
    const input = [{ role: "user", content: WEATHER }];
    const first = await client.responses.create({ model: MODEL, input, tools });
    const call = first.output.find(({ type }) => type === "function_call");
    assert.equal(call.name, "get_weather");
    assert.deepEqual(Object.keys(JSON.parse(call.arguments)), ["location"]);
    const answered = { type: "function_call_output", call_id: call.call_id, output: "14 degrees" };
    const last = await client.responses.create({ model: MODEL, input: [...input, ...first.output, answered], tools });
    assert.ok(last.output_text);
    assert.ok(last.output.every(({ type }) => type !== "function_call"));
  });

  test("a function of a schema class", async () => {
    const tool = zodResponsesFunction({
      name: "get_weather",
      description: "The weather of a city.",
      parameters: Place,
    });
    const { output } = await client.responses.parse({ model: MODEL, input: WEATHER, tools: [tool] });
    const call = output.find(({ type }) => type === "function_call");
    assert.deepEqual(Place.parse(call.parsed_arguments), call.parsed_arguments);
  });

  test("a reasoning model", async () => {
    const response = await client.responses.create({ model: "o4-mini", reasoning: { effort: "low" }, input: QUESTION });
    assert.deepEqual(
      response.output.map(({ type }) => type),
      ["reasoning", "message"],
    );
    assert.ok(response.usage.output_tokens_details.reasoning_tokens > 0);
  });

  test("a conversation", async () => {
    const first = await client.responses.create(request);
    const next = await client.responses.create({ model: MODEL, previous_response_id: first.id, input: "And then?" });
    assert.equal(next.previous_response_id, first.id);
    assert.ok(next.output_text);
    assert.deepEqual((await client.responses.retrieve(first.id)).output, first.output);
  });
});

describe("chat completions", () => {
  const request = { model: MODEL, messages: ASKED };
  const tools = [
    {
      type: "function",
      function: { name: "get_weather", description: "The weather of a city.", parameters: PARAMETERS },
    },
  ];

  test("a text", async () => {
    const messages = [{ role: "developer", content: "Talk like a pirate." }, ...ASKED];
    const { choices, usage, object } = await client.chat.completions.create({ model: MODEL, messages });
    assert.equal(object, "chat.completion");
    assert.equal(choices[0].finish_reason, "stop");
    assert.ok(choices[0].message.content.length > 10);
    assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
  });

  test("chunks", async () => {
    const whole = await client.chat.completions.create(request);
    const chunks = await list(client.chat.completions.create({ ...request, stream: true }));
    assert.ok(chunks.length > 2);
    const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("");
    assert.equal(text, whole.choices[0].message.content);
    assert.equal(chunks.at(-1).choices[0].finish_reason, "stop");
  });

  test("the helper", async () => {
    let heard = "";
    const stream = client.chat.completions.stream(request).on("content", (delta) => (heard += delta));
    const { choices } = await stream.finalChatCompletion();
    assert.ok(heard);
    assert.equal(choices[0].message.content, heard);
  });

  test("a structured output, whole and streamed", async () => {
    const asked = { ...request, response_format: zodResponseFormat(Event, "event") };
    const { parsed } = (await client.chat.completions.parse(asked)).choices[0].message;
    assert.deepEqual(Event.parse(parsed), parsed);
    const streamed = await client.chat.completions.stream(asked).finalChatCompletion();
    assert.deepEqual(streamed.choices[0].message.parsed, parsed);
  });

  test("a function of a schema class", async () => {
    const tool = zodFunction({ name: "get_weather", description: "The weather of a city.", parameters: Place });
    const messages = [{ role: "user", content: WEATHER }];
    const { choices } = await client.chat.completions.parse({ model: MODEL, messages, tools: [tool] });
    const called = choices[0].message.tool_calls[0].function;
    assert.deepEqual(Place.parse(called.parsed_arguments), called.parsed_arguments);
  });

  for (const stream of [false, true]) {
    test(`the runner of functions, ${stream ? "streamed" : "whole"}`, async () => {
      const asked = [];
      const run = (given) => (asked.push(given), "14 degrees");
      const runner = client.chat.completions.runTools({
        model: MODEL,
        stream,
        messages: [{ role: "user", content: WEATHER }],
        tools: [{ type: "function", function: { ...tools[0].function, function: run, parse: JSON.parse } }],
      });
      assert.ok(await runner.finalContent());
      assert.deepEqual(Object.keys(asked[0]), ["location"]);
      assert.equal(asked.length, 1);
      assert.deepEqual(
        runner.messages.map(({ role }) => role),
        ["user", "assistant", "tool", "assistant"],
      );
    });
  }
});

describe("the others", () => {
  test("embeddings", async () => {
    const { data, usage } = await client.embeddings.create({
      model: "text-embedding-3-small",
      input: ["A cat sat down.", "A cat sat.", "Stock market news"],
    });
    assert.deepEqual(
      data.map(({ embedding }) => embedding.length),
      [1536, 1536, 1536],
    );
    const near = (one, other) => one.embedding.reduce((sum, number, at) => sum + number * other.embedding[at], 0);
    assert.ok(near(data[0], data[1]) > near(data[0], data[2]));
    assert.ok(usage.prompt_tokens > 0);
  });

  test("an image", async () => {
    const { data } = await client.images.generate({ model: "gpt-image-1", prompt: "A white siamese cat" });
    assert.equal(Buffer.from(data[0].b64_json, "base64").subarray(1, 4).toString(), "PNG");
  });

  test("speech, and what it says", async () => {
    const speech = await client.audio.speech.create({
      model: "gpt-4o-mini-tts",
      voice: "coral",
      input: "Today is a wonderful day.",
      response_format: "wav",
    });
    const sound = Buffer.from(await speech.arrayBuffer());
    assert.deepEqual([sound.subarray(0, 4).toString(), sound.readUInt32LE(4)], ["RIFF", sound.length - 8]);
    const file = await toFile(sound, "speech.wav");
    const { text } = await client.audio.transcriptions.create({ model: "gpt-4o-transcribe", file });
    assert.ok(text);
  });

  test("moderations", async () => {
    const said = async (input) =>
      (await client.moderations.create({ model: "omni-moderation-latest", input })).results[0];
    const [harmless, violent] = [await said("Hello."), await said("I want to kill them.")];
    assert.deepEqual([harmless.flagged, violent.flagged], [false, true]);
    assert.ok(violent.categories.violence);
  });

  test("models, page by page", async () => {
    const ids = (await list(client.models.list())).map(({ id }) => id);
    assert.ok(ids.length > 1);
    assert.equal((await client.models.retrieve(ids[0])).id, ids[0]);
  });

  test("the raw response", async () => {
    const { data, response } = await client.responses.create({ model: MODEL, input: QUESTION }).withResponse();
    assert.equal(response.headers.get("x-standin-source"), "simulator");
    assert.ok(data.output_text);
  });

  test("the same call has the same answer", async () => {
    const ask = async () => (await client.responses.create({ model: MODEL, input: QUESTION })).output_text;
    assert.equal(await ask(), await ask());
  });
});
