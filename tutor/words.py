"""Words of a text, for finding passages and for seeing a key behind small changes of wording."""

import re
import unicodedata

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)?")
_SENTENCE = re.compile(r"(?<=[.!?…])[\"”’)]*\s+(?=[\"“‘(]?[A-Z0-9À-Ý])|\n{2,}")
_ENDINGS = ("ingly", "edly", "ings", "ing", "ies", "ied", "ely", "ed", "es", "ly", "s", "e")
STOPWORDS = frozenset(
    """a about above after again all also am an and any are as at be because been before being below between both but by
    can could did do does doing down during each few for from further had has have having he her here hers him his how i
    if in into is it its itself just me more most must my no nor not of off on once one only or other our ours out over
    own same she should so some such than that the their theirs them then there these they this those through to too
    under until up us very was we were what when where which while who whom whose why will with would you your
    yours""".split()  # noqa: SIM905
)


def words(text: str) -> list[str]:
    """Lower-case words and numbers in order; typography (width, accents' composition, quotes) is levelled."""
    levelled = unicodedata.normalize("NFKC", text).replace("’", "'").casefold()
    return _WORD.findall(levelled)


def stem(word: str) -> str:
    """A word without its commonest English endings; crude, equal for `reports`, `reported` and `reporting`."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def terms(text: str) -> list[str]:
    """Stems of the words that carry meaning."""
    return [stem(word) for word in words(text) if word not in STOPWORDS]


def sentences(text: str) -> list[str]:
    """The sentences of a text, as they are written."""
    return [part.strip() for part in _SENTENCE.split(text) if part and part.strip()]
