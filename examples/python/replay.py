from openai import OpenAI

client = OpenAI()  # OPENAI_BASE_URL says where
answer = client.chat.completions.create(
    model="gpt-5-nano", messages=[{"role": "user", "content": "Hello!"}]
)
print(answer.choices[0].message.content)
