// Stored objects of OpenAI's other endpoints through openai, whole and streamed. It puts no stream of these
// together itself.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import OpenAI, { toFile } from "openai";

import * as noise from "./noise.mjs";
import { object, objects, rules } from "./objects.mjs";
import { serve } from "./server.mjs";

let server, client;
before(async () => {
  server = await serve([
    ...rules("completions", "embeddings", "images", "transcriptions", "moderations"),
    { endpoint: "image_edits", match: { contains: "<edit>" }, response: object("images", "one").response },
    { endpoint: "speech", answer: { audio: Buffer.from("ID3 sound").toString("base64") } },
  ]);
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "none" });
});
after(() => server?.stop());

async function list(stream) {
  const all = [];
  for await (const event of await stream) all.push(event);
  return all;
}

describe("completions", () => {
  const request = (one) => ({ model: one.response.model, prompt: one.says, ...one.request });

  for (const one of objects("completions")) {
    test(one.name, async () => noise.identical(await client.completions.create(request(one)), one.response));

    test(`${one.name}, streamed`, async () => {
      const { choices, usage, ...envelope } = one.response;
      const all = await list(
        client.completions.create({ ...request(one), stream: true, stream_options: { include_usage: true } }),
      );
      for (const { choices: _, usage: __, ...rest } of all) assert.deepEqual(rest, envelope);
      const last = all.pop();
      assert.deepEqual([last.choices, last.usage], [[], usage]);
      assert.ok(all.every((chunk) => chunk.usage === null && chunk.choices.length === 1));
      for (const choice of choices) {
        const parts = all.flatMap((chunk) => chunk.choices).filter(({ index }) => index === choice.index);
        assert.equal(parts.map(({ text }) => text).join(""), choice.text);
        // The reason rides on the last text.
        assert.deepEqual(
          parts.map((part) => part.finish_reason),
          [...parts.slice(1).map(() => null), choice.finish_reason],
        );
        if (choice.text) assert.notEqual(parts.at(-1).text, "");
        for (const key of ["tokens", "token_logprobs", "top_logprobs", "text_offset"]) {
          assert.deepEqual(
            parts.flatMap((part) => part.logprobs?.[key] ?? []),
            choice.logprobs?.[key] ?? [],
          );
        }
      }
    });

    test(`${one.name}, streamed without a usage`, async () => {
      const all = await list(client.completions.create({ ...request(one), stream: true }));
      assert.ok(all.every((chunk) => !("usage" in chunk) && chunk.choices.length === 1));
    });
  }
});

describe("embeddings", () => {
  const request = (one) => ({ model: one.response.model, input: one.says, ...one.request });

  for (const one of objects("embeddings")) {
    // openai-js asks for base64 and decodes it, where nothing is asked for.
    test(one.name, async () => noise.equal(await client.embeddings.create(request(one)), one.response));

    test(`${one.name}, as numbers`, async () => {
      const got = await client.embeddings.create({ ...request(one), encoding_format: "float" });
      noise.identical(got, one.response);
    });

    test(`${one.name}, as base64`, async () => {
      const got = await client.embeddings.create({ ...request(one), encoding_format: "base64" });
      got.data.forEach(({ embedding }, at) => {
        const bytes = Buffer.from(embedding, "base64");
        assert.equal(bytes.toString("base64"), embedding, "the padded alphabet");
        const numbers = Array.from({ length: bytes.length / 4 }, (_, place) => bytes.readFloatLE(place * 4));
        assert.deepEqual(numbers, one.response.data[at].embedding);
      });
    });
  }

  test("fewer dimensions are the first ones, made a unit again", async () => {
    const one = object("embeddings", "one");
    const got = await client.embeddings.create({ ...request(one), dimensions: 3, encoding_format: "float" });
    const kept = one.response.data[0].embedding.slice(0, 3);
    const length = Math.hypot(...kept);
    assert.equal(got.data[0].embedding.length, 3);
    got.data[0].embedding.forEach((number, at) => assert.ok(Math.abs(number - kept[at] / length) < 1e-6));
  });
});

describe("images", () => {
  const request = (one) => ({ prompt: one.says, ...one.request });

  for (const one of objects("images")) {
    test(one.name, async () => noise.identical(await client.images.generate(request(one)), one.response));
  }

  test("one, streamed", async () => {
    const one = object("images", "one");
    const all = await list(client.images.generate({ ...request(one), stream: true, partial_images: 2 }));
    const types = ["image_generation.partial_image", "image_generation.partial_image", "image_generation.completed"];
    assert.deepEqual(
      all.map(({ type }) => type),
      types,
    );
    assert.deepEqual(
      all.slice(0, 2).map((event) => event.partial_image_index),
      [0, 1],
    );
    const { created, data, usage, ...looks } = one.response;
    for (const event of all) {
      for (const [key, value] of Object.entries(looks)) assert.equal(event[key], value, key);
      assert.equal(event.created_at, created);
      assert.ok(event.b64_json);
    }
    const last = all.at(-1);
    assert.deepEqual([last.b64_json, last.usage], [data[0].b64_json, usage]);
  });
});

test("images of two images", async () => {
  const image = [await toFile(Buffer.from("one"), "1.png"), await toFile(Buffer.from("two"), "2.png")];
  const request = { model: "gpt-image-1", image, prompt: "<edit>" };
  noise.identical(await client.images.edit(request), object("images", "one").response);
  const types = (await list(client.images.edit({ ...request, stream: true, partial_images: 1 }))).map(
    ({ type }) => type,
  );
  assert.deepEqual(types, ["image_edit.partial_image", "image_edit.completed"]);
});

test("speech", async () => {
  const request = { model: "gpt-4o-mini-tts", voice: "alloy", input: "Hello" };
  for (const [format, type] of [
    [undefined, "audio/mpeg"],
    ["wav", "audio/wav"],
    ["opus", "audio/ogg"],
  ]) {
    const answer = await client.audio.speech.create({ ...request, response_format: format });
    assert.equal(answer.headers.get("content-type"), type);
    assert.equal(await answer.text(), "ID3 sound");
  }
});

describe("transcriptions", () => {
  const request = async (one) => ({
    file: await toFile(Buffer.from("RIFF"), "a.wav"),
    prompt: one.says,
    ...one.request,
  });

  for (const one of objects("transcriptions")) {
    test(one.name, async () => {
      noise.identical(await client.audio.transcriptions.create(await request(one)), one.response);
    });
  }

  test("json, streamed", async () => {
    const { response, ...one } = object("transcriptions", "json");
    const all = await list(client.audio.transcriptions.create({ ...(await request(one)), stream: true }));
    const last = all.pop();
    assert.ok(all.every(({ type }) => type === "transcript.text.delta"));
    assert.ok(all.length > 1);
    assert.equal(all.map(({ delta }) => delta).join(""), response.text);
    assert.deepEqual(last, { type: "transcript.text.done", ...response });
  });
});

describe("moderations", () => {
  const request = (one) => ({ input: one.says, ...one.request });

  for (const one of objects("moderations")) {
    test(one.name, async () => noise.identical(await client.moderations.create(request(one)), one.response));
  }
});
