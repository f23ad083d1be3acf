import OpenAI from "openai";

const client = new OpenAI(); // OPENAI_BASE_URL says where
const answer = await client.chat.completions.create({
  model: "gpt-5-nano",
  messages: [{ role: "user", content: "Hello!" }],
});
console.log(answer.choices[0].message.content);
