"""What every route needs, built once by the composition and passed to route factories."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lrs.database import Database
from lrs.observers import Observer
from lrs.settings import Settings


@dataclass(frozen=True, slots=True)
class Context:
    """`clock` returns an aware UTC datetime; tests pass their own."""

    settings: Settings
    database: Database
    clock: Callable[[], datetime]
    observers: Sequence[Observer[Any]] = ()
