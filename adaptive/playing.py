"""What the built-in player can show of a published activity, and where it opens it. Pure."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from adaptive.catalogue.compiled import Activity, Catalogue

PLAYED = ("choice", "true-false", "fill-in", "numeric", "sequencing", "matching")


def address(activity: str) -> str:
    """Where the player opens an activity (an IRI), without scheme and host."""
    return f"/learn/activity?id={quote(activity, safe='')}"


def playable(catalogue: Catalogue, activity: Activity) -> bool:
    """Whether the catalogue holds a text or a question with its key, of the activity or of one of its parts."""
    parts = (catalogue.activities[part] for part in activity.parts)
    return any(
        each.text.strip() or (each.interaction in PLAYED and each.key)
        for each in (activity.entry, *(part.entry for part in parts))
    )


def opening(catalogue: Catalogue, activity: Activity) -> str | None:
    """Where a recommended activity opens: its own address, else the player's, else nowhere."""
    if activity.entry.launch is not None:
        return activity.entry.launch
    return address(activity.entry.id) if playable(catalogue, activity) else None


def from_here(answer: Mapping[str, Any], field: str, base: str) -> dict[str, Any]:
    """An answer whose offers, in `field`, open the player at a base such as `https://learn.example/`."""
    return {**answer, field: [_absolute(offer, base) for offer in answer[field]]}


def _absolute(offer: Mapping[str, Any], base: str) -> dict[str, Any]:
    launch = offer["activity"]["launch"]
    if launch is None or not launch.startswith("/"):
        return dict(offer)
    return {**offer, "activity": {**offer["activity"], "launch": base.rstrip("/") + launch}}
