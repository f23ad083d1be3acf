"""What the tests of faults share: one question to every endpoint, with a fault in its header, through the SDKs."""

import asyncio
import dataclasses
import time

import anthropic
import openai

from wire import exchange

QUESTION = [{"role": "user", "content": "Tell me of whales and of the sea 🐋."}]
#: How an endpoint is asked in a line: what an SDK takes beside a fault.
OPENAI = {
    "chat": lambda client: client.chat.completions,
    "responses": lambda client: client.responses,
    "embeddings": lambda client: client.embeddings,
}
ANTHROPIC = {"messages": lambda client: client.messages}
RESOURCES = OPENAI | ANTHROPIC
ENDPOINTS = ["chat", "responses", "messages"]


def request(endpoint, asked=QUESTION):
    match endpoint:
        case "chat":
            return {"model": "gpt-4.1", "messages": asked}
        case "responses":
            return {"model": "gpt-4.1", "input": asked}
        case "embeddings":
            return {"model": "text-embedding-3-small", "input": str(asked)}
        case "messages":
            return {"model": "claude-haiku-4-5", "max_tokens": 200, "messages": asked}


def said(text):
    return [{"role": "user", "content": text}]


@dataclasses.dataclass
class Heard:
    """The events of a stream, and the error that ended it."""

    events: list
    error: Exception | None
    text: str


class Clients:
    """The SDKs of both vendors, with their own settings but for those that are given."""

    def __init__(self, base, **options):
        given = {"api_key": "sk-standin", **options}
        self.openai = openai.OpenAI(base_url=f"{base}/v1", **given)
        self.anthropic = anthropic.Anthropic(base_url=base, **given)
        self.base, self.given = base, given

    def of(self, endpoint):
        return self.anthropic if endpoint in ANTHROPIC else self.openai

    def create(self, endpoint, fault=None, asked=QUESTION, headers=None, **options):
        headers = {**(headers or {}), **({"X-Standin-Fault": fault} if fault else {})}
        resource = RESOURCES[endpoint](self.of(endpoint))
        return resource.create(**request(endpoint, asked), extra_headers=headers, **options)

    def events(self, endpoint, fault=None):
        heard = Heard([], None, "")
        try:
            for event in self.create(endpoint, fault, stream=True):
                heard.events.append(event)
        except Exception as error:
            heard.error = error
        heard.text = "".join(map(text_of_event, heard.events))
        return heard

    def events_async(self, endpoint, fault=None):
        """The same, by the asynchronous client."""
        heard = Heard([], None, "")

        async def main():
            if endpoint in ANTHROPIC:
                client = anthropic.AsyncAnthropic(base_url=self.base, **self.given)
            else:
                client = openai.AsyncOpenAI(base_url=f"{self.base}/v1", **self.given)
            async with client:
                headers = {"X-Standin-Fault": fault} if fault else {}
                resource = RESOURCES[endpoint](client)
                async for event in await resource.create(**request(endpoint), extra_headers=headers, stream=True):
                    heard.events.append(event)

        try:
            asyncio.run(main())
        except Exception as error:
            heard.error = error
        heard.text = "".join(map(text_of_event, heard.events))
        return heard

    def put_together(self, endpoint, fault=None):
        """What the SDK's helper makes of a stream."""
        headers = {"X-Standin-Fault": fault} if fault else {}
        with RESOURCES[endpoint](self.of(endpoint)).stream(**request(endpoint), extra_headers=headers) as stream:
            match endpoint:
                case "chat":
                    return stream.get_final_completion()
                case "responses":
                    return stream.get_final_response()
                case "messages":
                    return stream.get_final_message()


def text_of_event(event):
    if getattr(event, "object", None) == "chat.completion.chunk":
        return event.choices[0].delta.content or "" if event.choices else ""
    if event.type == "response.output_text.delta":
        return event.delta
    return event.delta.text if event.type == "content_block_delta" else ""


def text_of(answer):
    """The text of a whole answer."""
    if hasattr(answer, "choices"):
        return answer.choices[0].message.content
    if hasattr(answer, "output_text"):
        return answer.output_text
    return "".join(block.text for block in answer.content)


def raised(call):
    """The error of a call that has to fail."""
    try:
        answer = call()
    except Exception as error:
        return error
    raise AssertionError(f"nothing was raised: {answer}")


def statuses(server):
    """What was answered, attempt by attempt."""
    return [entry["status"] for entry in exchange(server.url, "GET", "/_standin/journal").json()["entries"]]


def forget(server):
    assert exchange(server.url, "DELETE", "/_standin/journal").status == 200


def hurried(patch):
    """The seconds for which SDKs mean to sleep between attempts, from now on. They do not sleep."""
    waits = []
    patch.setattr(time, "sleep", waits.append)
    return waits
