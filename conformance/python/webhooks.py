"""What tests of webhooks have in common with each other: where they are asked for, and what the server tells of them."""

import socket

from jobs import look
from receiving import secret
from wire import eventually, exchange

NAME = "chat/completions"
KEY = secret()
PRIVATE = ["--webhook-secret", KEY, "--webhook-allow-private"]
HOLD = {"x-standin-async": "hold"}
#: Attempts follow each other at once.
AT_ONCE = ["--webhook-retries", "0"]


def to(url, **others):
    return {"x-standin-webhook": url} | {name.replace("_", "-"): value for name, value in others.items()}


def webhook(server, job):
    return look(server, job)["webhook"]


def attempts(server, job):
    """What happened at each attempt, as the control API tells it."""
    return [event["data"] for event in look(server, job)["events"] if event["event"] == "webhook"]


def over(server, job, state, patience=20):
    eventually(lambda: webhook(server, job)["state"] == state, f"the webhook is {state}", patience)
    return webhook(server, job)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def metric(server, name, **labels):
    """The value of a metric."""
    text = exchange(server.url, "GET", "/metrics").body.decode()
    wanted = {f'{key}="{value}"' for key, value in labels.items()}
    for line in text.splitlines():
        if line.startswith(name) and wanted <= set(line.partition("{")[2].partition("}")[0].split(",")):
            return float(line.rsplit(" ", 1)[1])
    return 0.0
