"""A lean HTTP client: prebuilt requests over kept-alive connections, one thread, its own share of the CPU reported.

A heavy load client would measure itself on a machine it shares with the server.
"""

import base64
import selectors
import socket
import time
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

HEADER_END = b"\r\n\r\n"
LENGTH = b"content-length:"


@dataclass(frozen=True, slots=True)
class Target:
    """Where requests go and as whom."""

    host: str
    port: int
    key: str
    secret: str
    version: str = "1.0.3"

    def headers(self) -> dict[str, str]:
        """What every request says of its sender."""
        basic = base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()
        return {"Authorization": f"Basic {basic}", "X-Experience-API-Version": self.version}

    def request(self, method: str, path: str, body: bytes = b"") -> bytes:
        """A whole request, as it goes over the wire."""
        said = {"Host": f"{self.host}:{self.port}", **self.headers()}
        if body:
            said |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items())]
        return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(slots=True)
class Outcome:
    """What a drive saw: answers by status, seconds of each, wall and CPU seconds of the whole."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: "array[float]" = field(default_factory=lambda: array("d"))

    @property
    def answers(self) -> int:
        return sum(self.statuses.values())

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Milliseconds under which this share of the answers came."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0

    def require(self, *allowed: int) -> "Outcome":
        """Raise RuntimeError unless every answer had one of these statuses: a refused write is no fast write."""
        wrong = {status: count for status, count in self.statuses.items() if status not in allowed}
        if wrong or not self.statuses:
            raise RuntimeError(f"the server answered {wrong or 'nothing'} where {allowed} was expected")
        return self


@dataclass(slots=True)
class _Connection:
    socket: socket.socket
    requests: Iterator[bytes]
    started: float = 0.0
    received: bytearray = field(default_factory=bytearray)
    expected: int = 0


def drive(target: Target, requests: Sequence[Sequence[bytes]], seconds: float) -> Outcome:
    """Send each list of requests over a connection of its own, one at a time, until the time or a list is over."""
    outcome = Outcome()
    selector = selectors.DefaultSelector()
    begun, cpu = time.perf_counter(), time.process_time()
    for each in requests:
        one = _Connection(socket.create_connection((target.host, target.port)), iter(each))
        one.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(one.socket, selectors.EVENT_READ, one)
        _send(one)
    waiting, deadline = len(requests), begun + seconds
    while waiting:
        for key, _ in selector.select():
            if not _receive(key.data, outcome):
                continue
            if time.perf_counter() > deadline or not _send(key.data):
                selector.unregister(key.data.socket)
                key.data.socket.close()
                waiting -= 1
    outcome.seconds = time.perf_counter() - begun
    outcome.cpu_seconds = time.process_time() - cpu
    return outcome


def _send(one: _Connection) -> bool:
    request = next(one.requests, None)
    if request is None:
        return False
    one.received.clear()
    one.expected = 0
    one.started = time.perf_counter()
    one.socket.sendall(request)
    return True


def _receive(one: _Connection, outcome: Outcome) -> bool:
    """Read what is there; True when the answer is whole."""
    part = one.socket.recv(262_144)
    if not part:
        raise ConnectionError("the server closed a connection before it answered")
    one.received += part
    if not one.expected:
        end = one.received.find(HEADER_END)
        if end < 0:
            return False
        one.expected = end + len(HEADER_END) + _length(bytes(one.received[:end]).lower())
    if len(one.received) < one.expected:
        return False
    outcome.latencies.append(time.perf_counter() - one.started)
    outcome.statuses[int(one.received[9:12])] += 1
    return True


def _length(head: bytes) -> int:
    at = head.find(LENGTH)
    if at < 0:
        return 0
    return int(head[at + len(LENGTH) :].split(b"\r\n", 1)[0])
