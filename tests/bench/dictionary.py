"""Trains the dictionary that statements are compressed with: `python -m tests.bench.dictionary`.

It is trained on statements made up here. The dictionary in the release is never trained again: the statements stored
with it need it as it is. A better one would be a second file with a number of its own.
docs/decisions/0003-statement-storage.md has the measurements.
"""

import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import zstandard

NUMBER = 1
OCTETS = 65_536
SAMPLES = 12_000
ADL = "http://adlnet.gov/expapi"
VERBS = {
    **{f"{ADL}/verbs/{name}": name for name in (
        [
    "answered", "asked", "attempted", "attended", "commented", "completed", "exited", "experienced", "failed",
    "imported", "initialized", "interacted", "launched", "mastered", "passed", "preferred", "progressed",
    "registered", "responded", "resumed", "scored", "shared", "suspended", "terminated", "voided",
])},
    **{f"https://w3id.org/xapi/video/verbs/{name}": name for name in ("played", "paused", "seeked")},
    **{f"https://w3id.org/xapi/adl/verbs/{name}": name for name in ("satisfied", "waived", "abandoned", "logged-in")},
    **{f"http://activitystrea.ms/{name}": name for name in ("open", "watch", "read", "start", "like", "create")},
    "http://id.tincanapi.com/verb/viewed": "viewed",
    "http://id.tincanapi.com/verb/rated": "rated",
    "https://w3id.org/xapi/dod-isd/verbs/navigated": "navigated",
}  # fmt: skip
TYPES = [f"{ADL}/activities/{name}" for name in (
    [
    "assessment", "attempt", "course", "file", "interaction", "lesson", "link", "media", "meeting", "module",
    "objective", "performance", "question", "cmi.interaction", "profile", "simulation",
])] + [
    "https://w3id.org/xapi/video/activity-type/video", "https://w3id.org/xapi/cmi5/activitytype/course",
    "https://w3id.org/xapi/cmi5/activitytype/block", "https://w3id.org/xapi/acrossx/activities/webpage",
    "http://id.tincanapi.com/activitytype/lms", "http://id.tincanapi.com/activitytype/source",
    "http://activitystrea.ms/schema/1.0/page", "https://w3id.org/xapi/dod-isd/activities/simulation",
    "http://vocab.xapi.fr/activities/skill", "https://w3id.org/xapi/openedx/activitytypes/question",
]  # fmt: skip
CATEGORIES = ["https://w3id.org/xapi/cmi5/context/categories/cmi5", "https://w3id.org/xapi/cmi5/context/categories/moveon",
              "https://w3id.org/xapi/video", "https://w3id.org/xapi/scorm", "http://moodle.org"]  # fmt: skip
WORDS = [
    "safety", "valve", "pressure", "introduction", "module", "chapter", "customer", "service", "first", "aid",
    "welding", "ladder", "inspection", "course", "manager", "feedback", "report", "invoice", "policy", "privacy",
    "machine", "start", "stop", "fire", "exit", "risk", "hazard", "tool", "check", "list", "team", "quality",
    "meeting", "plan", "review", "basics", "advanced", "lesson", "question", "quiz", "final", "test", "scenario",
    "practice",
]  # fmt: skip
LANGUAGES = [
    "en-US",
    "en-US",
    "en-US",
    "en",
    "en-GB",
    "de",
    "de-DE",
    "fr",
    "fr-FR",
    "es",
    "nl",
    "und",
]
HOSTS = ["https://lms.example.com", "http://example.com", "https://learn.example.org", "https://campus.example.edu"]


class World:
    """Everything drawn from one seeded generator."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def some(self, *values: Any) -> Any:
        return self.rng.choice(values)

    def title(self, least: int = 1) -> str:
        return " ".join(self.rng.choices(WORDS, k=self.rng.randint(least, least + 4))).capitalize()

    def map(self, text: str) -> dict[str, str]:
        return {self.rng.choice(LANGUAGES): text}

    def uuid(self) -> str:
        return str(UUID(int=self.rng.getrandbits(128), version=4))

    def moment(self) -> str:
        day = f"20{self.rng.randint(19, 29)}-{self.rng.randint(1, 12):02}-{self.rng.randint(1, 28):02}"
        clock = f"{self.rng.randint(0, 23):02}:{self.rng.randint(0, 59):02}:{self.rng.randint(0, 59):02}"
        return f"{day}T{clock}.{self.rng.randint(0, 999):03}{self.some('Z', 'Z', '+00:00', '000Z')}"

    def agent(self, role: str = "Agent") -> dict[str, Any]:
        name = f"{self.some('Ann', 'Ben', 'Chris', 'Dana', 'Eva', 'Farid')} {self.some('Smith', 'Jones', 'Meyer')}"
        who: dict[str, Any] = self.some(
            {
                "account": {
                    "homePage": self.rng.choice(HOSTS),
                    "name": self.some(self.uuid(), str(self.rng.randint(1, 99999))),
                }
            },
            {"mbox": f"mailto:{name.replace(' ', '.').lower()}{self.rng.randint(1, 999)}@example.com"},
        )
        return {**self.some({}, {"objectType": role}), **self.some({}, {"name": name}), **who}

    def iri(self) -> str:
        path = self.some(
            f"courses/{self.rng.randint(1, 999)}",
            f"mod/quiz/view.php?id={self.rng.randint(1, 9999)}",
            f"xapi/activities/course/{self.uuid()}",
            f"activities/{'-'.join(self.title().lower().split())}",
        )
        return f"{self.rng.choice(HOSTS)}/{path}"

    def activity(self, detailed: bool = True) -> dict[str, Any]:
        definition = {"type": self.rng.choice(TYPES), "name": self.map(self.title())}
        if self.rng.random() < 0.4:
            definition["description"] = self.map(self.title(5))
        start = self.some({}, {"objectType": "Activity"})
        return {**start, "id": self.iri(), **({"definition": definition} if detailed else {})}

    def interaction(self) -> tuple[dict[str, Any], str]:
        kind = self.some("choice", "choice", "true-false", "fill-in", "matching", "numeric", "sequencing", "likert")
        thing = self.activity()
        thing["definition"] |= {"type": f"{ADL}/activities/cmi.interaction", "interactionType": kind}
        ids = [self.some(str(n), f"choice_{n}", "abcdef"[n]) for n in range(4)]
        parts = [{"id": key, "description": self.map(self.title())} for key in dict.fromkeys(ids)]
        if kind in ("choice", "sequencing"):
            thing["definition"]["choices"] = parts
        elif kind == "likert":
            thing["definition"]["scale"] = parts
        elif kind == "matching":
            thing["definition"] |= {"source": parts, "target": parts}
        answer = {"true-false": self.some("true", "false"), "numeric": str(self.rng.randint(0, 99))}.get(kind, ids[0])
        thing["definition"]["correctResponsesPattern"] = [answer]
        return thing, answer

    def context(self, *categories: str) -> dict[str, Any]:
        around: dict[str, Any] = {}
        if self.rng.random() < 0.8:
            around["parent"] = [self.activity()]
        if self.rng.random() < 0.6:
            around["grouping"] = [self.activity(self.rng.random() < 0.7)]
        chosen = categories or tuple(self.rng.sample(CATEGORIES, 1))
        around["category"] = [{**self.some({}, {"objectType": "Activity"}), "id": each} for each in chosen]
        context: dict[str, Any] = {"contextActivities": around}
        if self.rng.random() < 0.7:
            context["registration"] = self.uuid()
        context |= self.some(
            {},
            {"platform": self.some("Moodle", "Example LMS", "Web")},
            {"language": self.some("en", "de", "fr")},
            {"instructor": self.agent()},
        )
        return context


def played(world: World) -> dict[str, Any]:
    video, length = "https://w3id.org/xapi/video/extensions", round(world.rng.uniform(30, 900), 3)
    at = round(world.rng.uniform(0, length), 3)
    context = world.context("https://w3id.org/xapi/video")
    context["extensions"] = {
        f"{video}/session-id": world.uuid(),
        f"{video}/length": length,
        f"{video}/speed": "1x",
        f"{video}/completion-threshold": "1.0",
        f"{video}/volume": 1,
        f"{video}/quality": "1080p",
        f"{video}/full-screen": False,
        f"{video}/cc-enabled": False,
    }
    thing = world.activity()
    thing["definition"]["type"] = "https://w3id.org/xapi/video/activity-type/video"
    extensions = {
        f"{video}/time": at,
        f"{video}/time-from": 0,
        f"{video}/time-to": at,
        f"{video}/progress": round(at / length, 3),
        f"{video}/played-segments": f"0[.]{at}[,]{at}[.]{length}",
    }
    name = world.some("played", "paused", "seeked")
    return {
        "verb": {"id": f"https://w3id.org/xapi/video/verbs/{name}", "display": {"en-US": name}},
        "object": thing,
        "result": {"extensions": extensions},
        "context": context,
    }


def cmi5(world: World) -> dict[str, Any]:
    base = "https://w3id.org/xapi/cmi5"
    context = world.context(f"{base}/context/categories/cmi5", *world.some((), (f"{base}/context/categories/moveon",)))
    context |= {
        "registration": world.uuid(),
        "extensions": {
            f"{base}/context/extensions/sessionid": world.uuid(),
            f"{base}/context/extensions/masteryscore": 0.8,
            f"{base}/context/extensions/launchmode": "Normal",
            f"{base}/context/extensions/moveon": "CompletedOrPassed",
            f"{base}/context/extensions/launchurl": f"{world.rng.choice(HOSTS)}/content/index.html?endpoint=",
            f"{base}/context/extensions/publisherid": world.iri(),
        },
    }
    name = world.some("launched", "initialized", "completed", "passed", "failed", "terminated", "satisfied")
    iri = f"https://w3id.org/xapi/adl/verbs/{name}" if name == "satisfied" else f"{ADL}/verbs/{name}"
    return {
        "verb": {"id": iri, "display": {"en": name}},
        "object": world.activity(),
        "context": context,
        "result": {
            "score": {"scaled": world.rng.randint(0, 100) / 100},
            "success": True,
            "completion": True,
            "duration": f"PT{world.rng.randint(1, 59)}M{world.rng.randint(0, 59)}S",
            "extensions": {f"{base}/result/extensions/progress": 100},
        },
    }


def answered(world: World) -> dict[str, Any]:
    thing, answer = world.interaction()
    right = world.rng.random() < 0.6
    result = {
        "success": right,
        "response": answer if right else "1",
        "duration": f"PT{world.rng.randint(0, 99)}.{world.rng.randint(0, 99):02}S",
        "completion": True,
    }
    if world.rng.random() < 0.6:
        result["score"] = {"scaled": int(right), "raw": int(right), "min": 0, "max": 1}
    return {
        "verb": {"id": f"{ADL}/verbs/answered", "display": {"en-US": "answered"}},
        "object": thing,
        "result": result,
        "context": world.context(),
    }


def anything(world: World) -> dict[str, Any]:
    iri, name = world.rng.choice(list(VERBS.items()))
    rest: dict[str, Any] = {"object": world.activity()}
    if world.rng.random() < 0.4:
        most = world.some(1, 10, 100)
        raw = world.rng.randint(0, most)
        rest["result"] = {
            "score": {"raw": raw, "min": 0, "max": most, "scaled": raw / most},
            "completion": True,
            "success": raw > most / 2,
        }
    if world.rng.random() < 0.8:
        rest["context"] = world.context()
    return {"verb": {"id": iri, "display": world.map(name)}, **rest}


def statement(world: World) -> bytes:
    kind: Callable[[World], dict[str, Any]] = world.some(played, cmi5, answered, answered, anything, anything)
    parts = {"id": world.uuid(), "actor": world.agent(), **kind(world), "timestamp": world.moment()}
    if world.rng.random() < 0.3:
        names = list(parts)
        world.rng.shuffle(names)
        parts = {name: parts[name] for name in names}
    parts["version"] = world.some("1.0.0", "1.0.0", "1.0.0", "2.0.0")
    parts["stored"] = world.moment().replace("+00:00", "Z")
    key = f"{world.rng.getrandbits(96):024x}"
    home = f"https://proximal.invalid/stores/{world.some(1, 1, 1, 2, 3)}/credentials"
    parts["authority"] = {
        "objectType": "Agent",
        "name": world.some("LMS", "Content", "Bootstrap"),
        "account": {"homePage": home, "name": key},
    }
    return json.dumps(parts, separators=(",", ":"), ensure_ascii=False).encode()


def train(path: Path) -> None:
    world = World(20_261_122)
    trained = zstandard.train_dictionary(OCTETS, [statement(world) for _ in range(SAMPLES)], dict_id=NUMBER, level=3)
    path.write_bytes(trained.as_bytes())
    pack = zstandard.ZstdCompressor(level=3, dict_data=trained, write_checksum=False)
    fresh = [statement(World(seed)) for seed in range(1000)]
    sizes = sum(map(len, fresh)), sum(len(pack.compress(text)) for text in fresh)
    print(f"{path}: {len(trained.as_bytes())} octets; unseen statements to {sizes[1] / sizes[0]:.2f} of their size")


if __name__ == "__main__":
    train(Path(sys.argv[1] if len(sys.argv) > 1 else "lrs/statements.zstd-dictionary"))
