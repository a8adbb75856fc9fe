"""X-Experience-API-Consistent-Through for answers that read no page: writes and errors (Communication 2.1.3.s2.b5)."""

import logging
import time
from weakref import WeakKeyDictionary

from lrs import statements
from lrs.context import Context
from lrs.database import Database
from lrs.errors import Unavailable
from lrs.formats import timestamp_text

FRESH_SECONDS = 0.25
EPOCH_TEXT = timestamp_text(statements.EPOCH)
log = logging.getLogger(__name__)
_told: WeakKeyDictionary[Database, tuple[float, str]] = WeakKeyDictionary()


async def consistent_through(context: Context) -> str:
    """A moment before which all is readable. An older one stays true, so it is asked for a few times a second at most,
    and a database that is down leaves the last one standing."""
    asked, moment = _told.get(context.database, (float("-inf"), EPOCH_TEXT))
    if time.monotonic() - asked > FRESH_SECONDS:
        # Noted before the question, so that requests that wait meanwhile do not all ask.
        _told[context.database] = (time.monotonic(), moment)
        try:
            async with context.database.lend() as connection:
                moment = timestamp_text(await statements.consistent_through(connection))
            _told[context.database] = (time.monotonic(), moment)
        except Unavailable as error:
            log.warning("Consistent-Through could not be asked for: %s", error)
        except Exception:
            log.exception("Consistent-Through could not be asked for")
    return moment
