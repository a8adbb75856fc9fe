"""Reading a store from end to end over HTTP, a page after the other, and what the web process takes for it."""

import http.client
import sys
import time
from typing import Any

import msgspec
from tqdm import tqdm

from admin.bench.client import Target
from admin.bench.stage import Serving

PAGE = 500


class Tail(msgspec.Struct):
    """What of a page is needed to go on."""

    statements: list[msgspec.Raw]
    more: str = ""


def measure(serving: Serving, most: int) -> dict[str, Any]:
    """Follow `more` from the oldest statement on, as `proximal export` does, until so many have come."""
    count, begun = 0, time.perf_counter()
    path = f"/xapi/statements?ascending=true&limit={PAGE}"
    connection = http.client.HTTPConnection(serving.target.host, serving.target.port, timeout=60)
    try:
        with tqdm(total=most, desc="export", unit="statement", unit_scale=True, file=sys.stderr) as bar:
            while path and count < most:
                page = msgspec.json.decode(_get(connection, serving.target, path), type=Tail)
                count, path = count + len(page.statements), page.more
                bar.update(len(page.statements))
        _get(connection, serving.target, f"/xapi/statements?attachments=true&limit={PAGE}")
    finally:
        connection.close()
    return {
        "statements": count,
        "statements_per_second": round(count / (time.perf_counter() - begun), 1),
        "memory_mib": round(serving.peak_memory() / 2**20),
    }


def _get(connection: http.client.HTTPConnection, target: Target, path: str) -> bytes:
    connection.request("GET", path, headers=target.headers())
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != http.client.OK:
        raise RuntimeError(f"the server answered {answer.status} to {path}")
    return body
