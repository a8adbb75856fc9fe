"""X-Experience-API-Consistent-Through for answers that read no page: writes and errors (Communication 2.1.3.s2.b5)."""

import logging
import time
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from lrs import statements
from lrs.context import Context
from lrs.database import Database
from lrs.errors import Unavailable
from lrs.formats import timestamp_text
from lrs.observers import AnyConnection

FRESH_SECONDS = 1.0
PAGE_SECONDS = 0.05
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Told:
    """What a process was told last, and when it asked for that and for anything."""

    text: str = timestamp_text(statements.EPOCH)
    known: float = float("-inf")
    asked: float = float("-inf")


_told: WeakKeyDictionary[Database, Told] = WeakKeyDictionary()


async def before_page(context: Context, connection: AnyConnection) -> str:
    """For a page that is read after this: pages read within some milliseconds of each other share one question."""
    told = _told.setdefault(context.database, Told())
    now = time.monotonic()
    if now - told.known > PAGE_SECONDS:
        told.text, told.known = timestamp_text(await statements.consistent_through(connection)), now
    return told.text


async def consistent_through(context: Context) -> str:
    """A moment before which all is readable. An older one stays true, so it is asked for once a second at most,
    and a database that is down leaves the last one standing."""
    told = _told.setdefault(context.database, Told())
    now = time.monotonic()
    if now - max(told.asked, told.known) > FRESH_SECONDS:
        told.asked = now  # before the question, so that requests that wait meanwhile do not all ask
        try:
            async with context.database.lend() as connection:
                await before_page(context, connection)
        except Unavailable as error:
            log.warning("Consistent-Through could not be asked for: %s", error)
        except Exception:
            log.exception("Consistent-Through could not be asked for")
    return told.text
