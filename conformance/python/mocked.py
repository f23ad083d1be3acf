"""What the tests of mocks share: clients of a server, one question through every endpoint of words, sessions."""

import json

import anthropic
import openai

from wire import exchange


def gpt(base, **options):
    """The SDK of OpenAI, pointed at a server or at a session of it."""
    url = base if isinstance(base, str) else base.url
    return openai.OpenAI(base_url=f"{url}/v1", api_key="sk-standin", max_retries=0, **options)


def claude(base, **options):
    url = base if isinstance(base, str) else base.url
    return anthropic.Anthropic(base_url=url, api_key="sk-ant-standin", max_retries=0, **options)


def question(text):
    return [{"role": "user", "content": text}]


def session(server):
    """The base address of a new session."""
    answer = exchange(server.url, "POST", "/_standin/sessions", b"{}", {"Content-Type": "application/json"})
    assert answer.status == 201, answer.body
    return answer.json()["base_url"]


def journal(server):
    return exchange(server.url, "GET", "/_standin/journal").json()["entries"]


def ask(client, text, model="any", **fields):
    """The text of an answer, by Chat Completions or Messages."""
    messages = question(text) if isinstance(text, str) else text
    if isinstance(client, anthropic.Anthropic):
        message = client.messages.create(model=model, max_tokens=64, messages=messages, **fields)
        return "".join(block.text for block in message.content if block.type == "text")
    return client.chat.completions.create(model=model, messages=messages, **fields).choices[0].message.content


def chat(client, text, **fields):
    return client.chat.completions.create(model="gpt-4.1-mini", messages=question(text), **fields)


def post(server, path, body, **headers):
    """A call without an SDK."""
    known = {"Content-Type": "application/json", "Authorization": "Bearer sk-standin"}
    known |= {name.replace("_", "-"): value for name, value in headers.items()}
    return exchange(server if isinstance(server, str) else server.url, "POST", path, json.dumps(body).encode(), known)
