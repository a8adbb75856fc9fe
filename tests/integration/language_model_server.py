"""An OpenAI-compatible endpoint spoken to over HTTP, whose answers a test chooses."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, bytes]


def saying(content: str) -> Answer:
    """A chat completion with this content."""
    message = {"role": "assistant", "content": content}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    return 200, json.dumps(
        {"id": "chat-1", "object": "chat.completion", "created": 1, "model": "test", "choices": [choice]}
    ).encode()


@dataclass
class Model:
    """`answer` gets the request's body, `dripping` seconds pass between its octets, half of which are
    `torn` off; `seen` keeps path, authorization and body of each request."""

    answer: Callable[[dict[str, Any]], Answer]
    seen: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    waiting: float = 0.0
    dripping: float = 0.0
    torn: bool = False
    url: str = ""


@contextmanager
def serving(model: Model) -> Iterator[Model]:
    """The model's endpoint on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            model.seen.append((self.path, self.headers.get("authorization", ""), body))
            time.sleep(model.waiting)
            status, content = model.answer(body)
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            with suppress(BrokenPipeError, ConnectionResetError):
                for octet in content[: len(content) // 2 if model.torn else None]:
                    self.wfile.write(bytes([octet]))
                    time.sleep(model.dripping)

        def log_message(self, *_: object) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    model.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
