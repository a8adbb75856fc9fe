"""The integrators' guide: its thirty lines do what they say."""

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx

from adaptive.routes import ADDRESSES
from lrs.context import Context
from tests.integration.service import client_of

GUIDE = (Path(__file__).parents[2] / "docs" / "integrators.md").read_text()


class Bridge(httpx.BaseTransport):
    """Lets the guide's synchronous client speak to the application under test."""

    def __init__(self, http: httpx.AsyncClient, loop: asyncio.AbstractEventLoop) -> None:
        self.http, self.loop = http, loop

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        sent = self.http.request(request.method, request.url, content=request.content, headers=request.headers)
        answer = asyncio.run_coroutine_threadsafe(sent, self.loop).result(30)
        return httpx.Response(answer.status_code, content=answer.content, headers=answer.headers, request=request)


async def test_the_thirty_lines(context: Context) -> None:
    found = re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert found is not None
    guide: dict[str, Any] = {}
    exec(found[1], guide)
    ann = {"mbox": "mailto:ann@example.com"}
    async with client_of(context) as client:
        guide["STORE"].close()
        bridge = Bridge(client.http, asyncio.get_running_loop())
        guide["STORE"] = httpx.Client(base_url="http://proximal.test", transport=bridge)
        empty = await asyncio.to_thread(guide["next_steps"], ann)
        assert empty.startswith("<p>There is nothing to recommend yet")
        for activity in ("https://lms.example/q/1", "https://lms.example/q/2", "https://lms.example/q/3"):
            await asyncio.to_thread(guide["report"], ann, activity, "https://lms.example/skills/s", activity[-1] == "1")
        assert (await asyncio.to_thread(guide["next_steps"], ann)).count("<li>") == 3
        steps = await asyncio.to_thread(guide["next_steps"], {"mbox": "mailto:ben@example.com"})
    assert steps.count("<li>") == 3
    assert 'href="https://lms.example/q/1"' in steps


def test_every_call_that_the_guide_names_exists() -> None:
    paths = {re.sub(r"{\w+}", "{}", address.path) for address in ADDRESSES}
    named = {re.sub(r"{\w+}", "{}", path) for path in re.findall(r"(/adaptive/[a-z-]+(?:/[a-z{}]+)*)", GUIDE)}
    assert named
    assert named <= paths
