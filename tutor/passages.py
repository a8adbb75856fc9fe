"""Finding the passages of a course that bear on a question: BM25 over its own texts, nothing learned, nothing sent.

Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009).
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from tutor.words import terms

K1, B = 1.4, 0.7
_LARGEST = 700


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of one activity's content, word for word; `title` names the activity for people."""

    activity: str
    title: str
    text: str


def passages_of(activity: str, title: str, content: str) -> list[Passage]:
    """The paragraphs of a content; headings and short lines go with the paragraph they introduce."""
    found: list[Passage] = []
    held = ""
    for block in (block.strip() for block in content.replace("\r\n", "\n").split("\n\n")):
        held = f"{held}\n\n{block}".strip() if held else block
        if block and not block.startswith("#") and (len(held) >= 60 or len(held) > _LARGEST):
            found.append(Passage(activity, title, held))
            held = ""
    return [*found, Passage(activity, title, held)] if held.strip("# \n") else found


def ranked(query: str, passages: Sequence[Passage], *, limit: int = 5) -> list[tuple[Passage, float]]:
    """The passages that share words with the query, best first, with BM25 scores above zero; ties keep their order."""
    documents = [_counted(passage) for passage in passages]
    if not documents:
        return []
    mean = sum(document.total() for document in documents) / len(documents) or 1.0
    asked = set(terms(query))
    spread = {term: sum(term in document for document in documents) for term in asked}
    scores = [
        sum(_weight(document[term], document.total() / mean, spread[term], len(documents)) for term in asked)
        for document in documents
    ]
    best = sorted(range(len(passages)), key=lambda n: -scores[n])
    return [(passages[n], scores[n]) for n in best[:limit] if scores[n] > 0]


@lru_cache(maxsize=8192)
def _counted(passage: Passage) -> Counter[str]:
    return Counter(terms(f"{passage.title} {passage.text}"))


def _weight(count: int, length: float, spread: int, total: int) -> float:
    rarity = math.log(1 + (total - spread + 0.5) / (spread + 0.5))
    return rarity * count * (K1 + 1) / (count + K1 * (1 - B + B * length)) if count else 0.0
