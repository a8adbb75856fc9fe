"""Rows for several tables in one round trip: INSERTs of several authors, joined as one statement.

Each author writes its own INSERT and knows nothing of the others. Whatever is joined, Postgres runs the INSERTs in one
fixed order, so that writers of different mixtures cannot wait for each other in a ring.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain

from lrs.observers import AnyConnection, Insertion

PARAMETER = re.compile(r"\$(\d+)")


async def insert(connection: AnyConnection, insertions: Iterable[Insertion]) -> None:
    """Run INSERTs as one statement. None sees what another inserts; all or none are done."""
    texts, arguments = zip(*insertions, strict=True)
    await connection.execute(joined(texts, tuple(map(len, arguments))), *chain.from_iterable(arguments))


@lru_cache(256)
def joined(texts: Sequence[str], counts: Sequence[int]) -> str:
    """One statement of several, their parameters numbered on: INSERTs that nothing reads from, then nothing."""
    parts, first = [], 0
    for place, (text, count) in enumerate(zip(texts, counts, strict=True)):
        renumbered = PARAMETER.sub(lambda found, first=first: f"${int(found[1]) + first}", text)  # type: ignore[misc]
        parts.append(f"part_{place} AS ({renumbered.rstrip().rstrip(';')})")
        first += count
    return f"WITH {', '.join(parts)} SELECT"
