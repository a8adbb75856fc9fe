"""Which endpoint to talk to, and with which credential."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import httpx

from admin.supervisor import address
from lrs.errors import OperatorError
from lrs.settings import Settings

CREDENTIAL_FILE = "endpoint.json"
DEMONSTRATION = Path(".proximal-demo")
LOOPBACK = ("127.0.0.1", "::1", "localhost")
"""Hosts that no proxy of the environment can reach."""
TIMEOUT = httpx.Timeout(60.0, connect=5.0)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An xAPI endpoint (the address before `/statements`) and a Basic credential for it."""

    url: str
    key: str
    secret: str

    def client(self, *, connections: int = 8) -> httpx.AsyncClient:
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        return httpx.AsyncClient(
            base_url=self.url.rstrip("/") + "/",
            auth=(self.key, self.secret),
            timeout=TIMEOUT,
            limits=limits,
            trust_env=httpx.URL(self.url).host not in LOOPBACK,
        )

    def remember(self, data_dir: Path) -> None:
        """Leave it in the data folder for later commands, readable by its owner alone."""
        path = data_dir / CREDENTIAL_FILE
        path.touch(mode=0o600)
        path.write_text(json.dumps({"url": self.url, "key": self.key, "secret": self.secret}) + "\n", encoding="utf-8")


def endpoint_from(settings: Settings, url: str | None, key: str | None, secret: str | None) -> Endpoint:
    """What was given; else the bootstrap credential of the settings; else what a running demonstration left."""
    if (key is None) != (secret is None):
        raise OperatorError("Give --key and --secret together.")
    if key is None and settings.bootstrap_key and settings.bootstrap_secret:
        key, secret = settings.bootstrap_key, settings.bootstrap_secret.get_secret_value()
    if key is not None and secret is not None:
        return Endpoint(url or f"{address(settings.host, settings.port)}/xapi", key, secret)
    left = _left_behind((settings.data_dir, DEMONSTRATION))
    if left is None:
        raise OperatorError("No credential: give --key and --secret, or set PROXIMAL_BOOTSTRAP_KEY and _SECRET.")
    if url is not None and url.rstrip("/") != left.url:
        raise OperatorError(f"No credential for {url}: give --key and --secret.")
    return left


def _left_behind(folders: Iterable[Path]) -> Endpoint | None:
    for folder in folders:
        try:
            return Endpoint(**json.loads((folder / CREDENTIAL_FILE).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            continue
    return None
