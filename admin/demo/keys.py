"""What the demonstration makes up once and keeps in its data folder: passwords, a credential, its beginning."""

import json
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from lrs.errors import OperatorError

FILE = "demonstration.json"
DOMAIN = "demo.example"


@dataclass(frozen=True, slots=True)
class Keys:
    """`began` ends the simulated weeks, so that the same statements are made again (ISO 8601, UTC)."""

    began: str
    lms_key: str
    lms_secret: str
    learner: str
    trainer: str
    author: str
    operator: str

    def password(self, role: str) -> str:
        return str(getattr(self, role))

    @property
    def beginning(self) -> datetime:
        return datetime.fromisoformat(self.began)


def address_of(role: str) -> str:
    return f"{role}@{DOMAIN}"


def keys_in(data_dir: Path, now: datetime) -> Keys:
    """The keys of this data folder, made the first time. OperatorError if they cannot be kept."""
    path = data_dir / FILE
    try:
        if path.exists():
            return Keys(**json.loads(path.read_text(encoding="utf-8")))
        made = _made(now)
        data_dir.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(asdict(made), indent=1) + "\n", encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        raise OperatorError(f"{path} cannot be used: {(error.strerror or str(error)).lower()}.") from error
    except (ValueError, TypeError) as error:
        raise OperatorError(f"{path} is damaged; delete {data_dir} to begin again.") from error
    return made


def _made(now: datetime) -> Keys:
    def word() -> str:
        return secrets.token_hex(6)

    return Keys(
        began=now.replace(second=0, microsecond=0).isoformat(),
        lms_key="demo-lms",
        lms_secret=secrets.token_hex(16),
        learner=word(),
        trainer=word(),
        author=word(),
        operator=word(),
    )
