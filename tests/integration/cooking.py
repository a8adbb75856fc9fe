"""A small course for tests: three skills in a row, each with a text, a video and four questions."""

from itertools import pairwise
from typing import Any

SKILLS = ("mixing", "heating", "tasting")
PATH = "urn:path:first-week"
ROLE = "urn:role:cook"


def course() -> dict[str, Any]:
    skills: list[dict[str, Any]] = [{"id": f"urn:skill:{name}", "name": name.title()} for name in SKILLS]
    for before, skill in pairwise(skills):
        skill["prerequisites"] = [before["id"]]
    return {
        "id": "urn:course",
        "name": "Cooking",
        "skills": skills,
        "activities": [activity for name in SKILLS for activity in activities(name)],
        "roles": [{"id": ROLE, "name": "Cook", "targets": {"urn:skill:tasting": 1.5}}],
        "paths": [
            {
                "id": PATH,
                "name": "First week",
                "required": ["urn:text:tasting", "urn:text:heating"],
                "electives": [
                    {
                        "skill": "urn:skill:tasting",
                        "activities": ["urn:video:tasting", "urn:item:tasting-0"],
                        "choose": 1,
                    }
                ],
                "due_days": 7,
                "recertify_days": 365,
            }
        ],
    }


def activities(skill: str) -> list[dict[str, Any]]:
    tagged = {"skills": [f"urn:skill:{skill}"]}
    question = {"interaction": "true-false", "prompt": "?", "key": ["true"], "minutes": 2}
    questions = [
        {"id": f"urn:item:{skill}-{n}", "name": f"{skill} {n}", "format": ("quiz", "practice")[n % 2]} for n in range(4)
    ]
    return [
        {"id": f"urn:text:{skill}", "name": f"On {skill}", "format": "reading", "minutes": 5, **tagged},
        {"id": f"urn:video:{skill}", "name": f"Watch {skill}", "format": "video", "minutes": 9, **tagged},
        *({**one, **question, **tagged} for one in questions),
    ]
