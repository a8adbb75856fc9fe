"""The demonstration's course, as the catalogue document that any author could import."""

import json
from importlib.resources import files
from typing import Any

COURSE = "course.json"


def load_course() -> dict[str, Any]:
    """The document: the course's head with its skills, and every skill's activities in the order of the skills."""
    folder = files("admin.demo") / "figures"
    head: dict[str, Any] = json.loads((folder / COURSE).read_text(encoding="utf-8"))
    slugs = [skill["id"].rsplit("/", 1)[-1] for skill in head["skills"]]
    parts = [json.loads((folder / f"{slug}.json").read_text(encoding="utf-8")) for slug in slugs]
    return {**head, "activities": [activity for part in parts for activity in part["activities"]]}
