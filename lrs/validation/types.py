"""The special data types of xAPI as msgspec reads them in C: types of strings that lrs.formats accepts."""

import re
from locale import locale_alias
from typing import Annotated, Any, Literal

from msgspec import Meta

from lrs import formats


def _of(pattern: re.Pattern[str], *, also: re.Pattern[str] | None = None) -> Any:
    """Strings that match as a whole, and another pattern too if there is one."""
    ascii_only = "(?a)" if pattern.flags & re.ASCII else ""
    ahead = f"(?=(?:{also.pattern})\\Z)" if also else ""
    return Annotated[str, Meta(pattern=f"{ascii_only}\\A{ahead}(?:{pattern.pattern})\\Z")]


def _well_known_languages() -> tuple[str, ...]:
    """The tags of languages, alone and with a country, that the standard library knows as locales; and of none."""
    locales = {alias.partition(".")[0].partition("@")[0] for alias in locale_alias.values()}
    tags = {part for each in locales for part in (each.replace("_", "-"), each.partition("_")[0])}
    tags.add("und")
    return tuple(sorted(filter(formats.is_language_tag, tags)))


IRI = _of(formats.IRI)
MAILTO = _of(formats.MAILTO, also=formats.IRI)
SHA1 = _of(formats.SHA1)
UUID = _of(formats.UUID_TEXT)
DURATION = _of(formats.DURATION)
LANGUAGE: Any = Literal[_well_known_languages()]
"""Not all tags, for a pattern takes msgspec as long as some ten of these."""
