"""What the items of placement tests have been through: kept as `adaptive.selection.exposure` has it, from test to test.

Exposure is counted among those who take the same kind of test (its pool), and from the asking: a test that is given up
has shown its items too.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from adaptive.selection.exposure import RESTORE, STEEP, Exposure, opening_prices
from adaptive.selection.placement import Bank, Rule
from lrs.observers import AnyConnection
from lrs.queries import queries_beside
from lrs.terms import term_id

_QUERIES = queries_beside(__file__)
CAP = 0.25
SPARE = 1.5  # a bank needs this many times a test's length in items for a cap to be kept
GROWN = 0.1  # a bank that has grown or shrunk by this part is opened anew


@dataclass(frozen=True, slots=True)
class Pool:
    """The items (ids, as in the bank) for tests on some skills, which stop by a rule."""

    store_id: int
    key: int
    items: Sequence[int]
    bank: Bank
    rule: Rule

    @property
    def cap(self) -> float:
        """The share of examinees who may meet an item; more than a quarter where the bank is small."""
        return min(1.0, max(CAP, SPARE * self.rule.items / max(len(self.items), 1)))


def pool_key(skills: Sequence[str]) -> int:
    """Of tests on these skills (IRIs)."""
    return term_id(" ".join(sorted(set(skills))))


async def admit(connection: AnyConnection, pool: Pool) -> None:
    """Count one more examinee; the first one, and the first after the bank has changed, finds it at opening prices."""
    place = {"store_id": pool.store_id, "pool": pool.key}
    row, size = await _QUERIES.admit(connection, **place), len(pool.items)
    if abs(size - row["priced"]) <= GROWN * row["priced"]:
        return
    prices = await asyncio.to_thread(opening_prices, pool.bank, pool.rule, pool.cap)
    opening = {"item_ids": list(pool.items), "bases": prices.tolist(), "since": row["examinees"] - 1}
    await _QUERIES.price(connection, **place, **opening, cap=pool.cap)
    await _QUERIES.set_priced(connection, **place, priced=size)


async def current(connection: AnyConnection, pool: Pool) -> Exposure:
    """What the bank has been through before the examinee who was admitted last."""
    place = {"store_id": pool.store_id, "pool": pool.key}
    before = int(await _QUERIES.examinees(connection, **place)) - 1
    known = {row["item_id"]: row async for row in _QUERIES.exposures(connection, **place)}
    table = [(row["uses"], row["base"], row["since"]) if (row := known.get(i)) else (0, 0, before) for i in pool.items]
    uses, bases, since = np.array(table, float).reshape(-1, 3).T
    return Exposure(pool.cap, before, uses.astype(np.int64), bases, since.astype(np.int64))


async def meet(connection: AnyConnection, pool: Pool, item: int, exposure: Exposure) -> None:
    """Count one more use of an item."""
    await _QUERIES.meet(
        connection,
        store_id=pool.store_id,
        pool=pool.key,
        item_id=item,
        before=exposure.examinees,
        cap=pool.cap,
        restore=RESTORE,
        steep=STEEP,
    )
