"""The special data types of xAPI (Data 4.0): IRIs, UUIDs, language tags, timestamps, durations, hashes.

A predicate answers whether a text is well formed; what seldom differs from text to text is remembered.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache

IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\x00-\x20\x7f<>\"{}|\\^`\ud800-\udfff]+")
MAILTO = re.compile(r"mailto:[^@\s\x00]+@[^@\s\x00]+")
SHA1 = re.compile(r"[0-9a-fA-F]{40}")
SHA2 = re.compile(r"(?:[0-9a-fA-F]{56}|[0-9a-fA-F]{64}|[0-9a-fA-F]{96}|[0-9a-fA-F]{128})")
UUID_TEXT = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
MEDIA_TYPE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+[ \t]*(?:;[^\x00-\x08\x0a-\x1f]*)?")
TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d)(?::(\d\d)([.,]\d+)?)?([Zz]|[+-]\d\d(?::?\d\d)?)?", re.ASCII)
PLAIN_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d(?:\.\d{3}|\.\d{6})?Z", re.ASCII)
RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
DURATION = re.compile(
    r"P(?:\d+(?:[.,]\d+)?W|(?=\d|T\d)(?:\d+(?:[.,]\d+)?Y)?(?:\d+(?:[.,]\d+)?M)?(?:\d+(?:[.,]\d+)?D)?"
    r"(?:T(?=\d)(?:\d+(?:[.,]\d+)?H)?(?:\d+(?:[.,]\d+)?M)?(?:\d+(?:[.,]\d+)?S)?)?)",
    re.ASCII,
)
LANGUAGE = re.compile(
    r"(?:(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?"
    r"|x(?:-[a-z0-9]{1,8})+|i-[a-z]{2,8}|en-GB-oed|sgn-(?:BE-FR|BE-NL|CH-DE)|art-lojban|cel-gaulish|no-(?:bok|nyn)"
    r"|zh-(?:guoyu|hakka|min(?:-nan)?|xiang))",
    re.IGNORECASE | re.ASCII,
)
NEGATIVE_ZERO = re.compile(r"-00(?::?00)?")


@lru_cache(16_384)
def is_iri(text: str) -> bool:
    """An absolute IRI (RFC 3987): a scheme, a colon and no character that the RFC forbids."""
    return IRI.fullmatch(text) is not None


@lru_cache(16_384)
def is_mailto(text: str) -> bool:
    """A mailto IRI with one address (Data 2.4.2.3)."""
    return MAILTO.fullmatch(text) is not None and is_iri(text)


def is_sha1(text: str) -> bool:
    return SHA1.fullmatch(text) is not None


def is_sha2(text: str) -> bool:
    """The hex digits of SHA-224, SHA-256, SHA-384 or SHA-512."""
    return SHA2.fullmatch(text) is not None


def is_uuid(text: str) -> bool:
    """The standard text form of RFC 4122."""
    return UUID_TEXT.fullmatch(text) is not None


def is_media_type(text: str) -> bool:
    """An Internet media type (RFC 2046), with parameters or without."""
    return MEDIA_TYPE.fullmatch(text) is not None


@lru_cache(4096)
def is_language_tag(text: str) -> bool:
    """The syntax of RFC 5646, the registered irregular tags among it."""
    return LANGUAGE.fullmatch(text) is not None


def is_duration(text: str) -> bool:
    """ISO 8601:2004 section 4.4.3.2: designators, not the alternative format."""
    return DURATION.fullmatch(text) is not None


@lru_cache(256)
def timestamp_of(text: str) -> datetime | None:
    """The moment that a timestamp names, None for one that is malformed (Data 4.5; a missing zone is read as UTC)."""
    if PLAIN_TIMESTAMP.fullmatch(text) is not None:
        return _plain(text)
    match = TIMESTAMP.fullmatch(text)
    if match is None:
        return None
    minute, second, fraction, zone = match.groups()
    if zone is not None and NEGATIVE_ZERO.fullmatch(zone):
        return None
    # A leap second is a moment that Python's clock cannot name: the last microsecond before it stands in.
    leap = second == "60"
    seconds = "59.999999" if leap else f"{second or '00'}.{(fraction or '.0')[1:7]}"
    try:
        moment = datetime.fromisoformat(f"{minute}:{seconds}{_zone(zone)}")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _plain(text: str) -> datetime | None:
    """As `timestamp_of`, for what Python reads by itself."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _zone(zone: str | None) -> str:
    if zone is None or zone in "Zz":
        return "+00:00"
    return zone if len(zone) != 3 else zone + ":00"


def is_rfc3339(text: str) -> bool:
    """The profile of ISO 8601 that xAPI 2.0 requires: seconds and a zone are always there."""
    return RFC3339.fullmatch(text) is not None


def in_utc(text: str) -> bool:
    """Whether an RFC 3339 timestamp is expressed in UTC."""
    return text.endswith(("Z", "z", "+00:00"))


def timestamp_text(moment: datetime) -> str:
    """RFC 3339 in UTC with microseconds."""
    return moment.isoformat(timespec="microseconds")[:26] + "Z"


def hundredths(duration: str) -> str:
    """A duration cut to 0.01 second, the precision that comparisons use (Data 4.6)."""
    return re.sub(r"([.,]\d\d)\d+(?=S$)", r"\1", duration)
