"""What the tests of batches share: the SDKs at their mounts, lines, and a batch on its way to its end."""

import json
import time

import anthropic
import openai

#: For a machine that is busy. Nothing here takes a second.
PATIENCE = 60

OVER = {"completed", "failed", "expired", "cancelled"}

MOCKS = {
    "mocks": [
        {"name": "refused", "match": "refuse me", "answer": {"status": 429, "error": True}},
        {"name": "slow", "match": "slowly", "answer": "at last", "pace": "ttft=1h"},
        {"name": "said", "answer": "as it was written"},
    ]
}


def openai_at(server):
    return openai.OpenAI(base_url=f"{server.url}/openai/v1", api_key="none", max_retries=0)


def anthropic_at(server):
    return anthropic.Anthropic(base_url=f"{server.url}/anthropic", api_key="none", max_retries=0)


def until(look, is_so):
    deadline = time.monotonic() + PATIENCE
    while not is_so(found := look()):
        assert time.monotonic() < deadline, found
        time.sleep(0.01)
    return found


def chat_line(custom_id, text, url="/v1/chat/completions"):
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": text}]}
    return {"custom_id": custom_id, "method": "POST", "url": url, "body": body}


def upload(client, lines):
    text = "\n".join(map(json.dumps, lines))
    return client.files.create(file=("lines.jsonl", text.encode()), purpose="batch")


def submit(client, lines, endpoint="/v1/chat/completions", **options):
    file = upload(client, lines)
    return client.batches.create(
        input_file_id=file.id, endpoint=endpoint, completion_window="24h", **options
    )


def ended(client, batch):
    return until(lambda: client.batches.retrieve(batch.id), lambda batch: batch.status in OVER)


def downloaded(client, file_id):
    return [json.loads(line) for line in client.files.content(file_id).text.splitlines()]


def message(custom_id, text):
    params = {"model": "claude-sonnet-4-5", "max_tokens": 50, "messages": [{"role": "user", "content": text}]}
    return {"custom_id": custom_id, "params": params}


def ended_messages(client, batch):
    return until(lambda: client.messages.batches.retrieve(batch.id), lambda found: found.processing_status == "ended")


def mocks(folder):
    path = folder / "mocks.json"
    path.write_text(json.dumps(MOCKS))
    return path
