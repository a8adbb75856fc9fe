"""Simulated learners working through the course: item response theory with learning, so that there is something to see.

Every person here is invented by the program and says so in the account's name. Pure: the end of the time and the seed
are arguments, and the same ones give the same statements.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from scipy.special import expit

from adaptive.catalogue.document import Activity, Collection
from admin.demo import statements
from admin.demo.answers import right_answer, wrong_answer

HOME_PAGE = "https://demo.proximal.example/simulated-learners"
NAMESPACE = uuid5(NAMESPACE_URL, HOME_PAGE)
WEEKS = 5
LABELS = {"easy": -1.0, "medium": 0.0, "hard": 1.0}
NAMES = (
    "Amara Okafor", "Ben Whitfield", "Chiara Rossi", "Dmitri Volkov", "Elif Kaya", "Farah Haddad", "Goran Petrovic",
    "Hana Sato", "Ingrid Larsen", "Jamal Carter", "Katya Novak", "Liam Byrne", "Mei Chen", "Nikhil Rao",
    "Oona Virtanen", "Pedro Alves", "Quyen Tran", "Rosa Jimenez", "Samuel Mensah", "Tove Lind", "Umar Siddiqui",
    "Vera Kowalska", "Wim de Vries", "Yara Nasser",
)  # fmt: skip


@dataclass(slots=True)
class SimulatedLearner:
    """`level` is the true level of each skill in logits, which learning raises; `gone` days ago the learner stopped.

    `met` tells of each activity met whether it was done well.
    """

    name: str
    agent: Mapping[str, Any]
    level: dict[str, float]
    sessions_a_week: float = 3.0
    prefers: str = "reading"
    hints: float = 0.2
    gone: int = 0
    met: dict[str, bool] = field(default_factory=dict)


def simulated_agent(name: str) -> dict[str, Any]:
    account = {"homePage": HOME_PAGE, "name": name.lower().replace(" ", ".")}
    return {"objectType": "Agent", "name": f"{name} (simulated)", "account": account}


def cohort(course: Collection, seed: int = 1) -> list[SimulatedLearner]:
    """The learners before they begin, of five kinds: all-rounders, number people, table people, beginners, leavers."""
    rng = Random(seed)  # noqa: S311 - a simulation
    numbers = {"percentages", "averages", "rounding", "charts"}
    tables = {"tidy-tables", "cleaning", "lookups", "summaries", "references"}
    kinds = ((0.6, set[str]()), (0.0, numbers), (0.0, tables), (-0.9, set[str]()), (-0.2, set[str]()))
    learners = list[SimulatedLearner]()
    for number, name in enumerate(NAMES):
        ability, strong = kinds[number % len(kinds)]
        level = {
            skill.id: rng.gauss(ability, 0.4) + (1.0 if skill.id.rsplit("/", 1)[-1] in strong else 0.0)
            for skill in course.skills
        }
        prefers = rng.choice(("reading", "video"))
        gone = rng.randint(9, 18) if number % len(kinds) == 4 else 0
        pace, hints = rng.uniform(2.0, 4.5), rng.uniform(0.0, 0.4)
        learners.append(SimulatedLearner(name, simulated_agent(name), level, pace, prefers, hints, gone))
    return learners


def simulate(course: Collection, until: datetime, seed: int = 1) -> list[dict[str, Any]]:
    """The statements of the whole cohort over the weeks before `until`, in the order in which they happened."""
    made = list[dict[str, Any]]()
    for number, learner in enumerate(cohort(course, seed)):
        rng = Random(seed * 1000 + number)  # noqa: S311 - a simulation
        made += _Simulation(course, learner, rng).statements(until)
    return sorted(made, key=lambda each: each["timestamp"])


def first_steps(course: Collection, name: str, agent: Mapping[str, Any], until: datetime) -> list[dict[str, Any]]:
    """Two sessions of one newcomer in the days before `until`."""
    learner = SimulatedLearner(name, agent, {skill.id: 0.0 for skill in course.skills})
    simulation = _Simulation(course, learner, Random(7))  # noqa: S311 - a simulation
    return [each for days in (2, 1) for each in simulation.session(until - timedelta(days=days, hours=1))]


@dataclass(slots=True)
class _Simulation:
    course: Collection
    learner: SimulatedLearner
    rng: Random
    count: int = 0

    def statements(self, until: datetime) -> Iterator[dict[str, Any]]:
        for start in self._sessions(until):
            yield from self.session(start)

    def _sessions(self, until: datetime) -> list[datetime]:
        """Working hours of working days, up to the day the learner stopped."""
        last = WEEKS * 7 - self.learner.gone
        days = [until.date() - timedelta(days=WEEKS * 7 - day) for day in range(1, last)]
        days = [day for day in days if day.weekday() < 5 and self.rng.random() < self.learner.sessions_a_week / 5]
        return [
            datetime(
                day.year, day.month, day.day, self.rng.randint(8, 16), self.rng.randint(0, 59), tzinfo=until.tzinfo
            )
            for day in days
        ]

    def session(self, now: datetime) -> Iterator[dict[str, Any]]:
        """Read or watch once for a new skill, then answer a few questions on it."""
        skill = self._next_skill()
        for activity in self.course.activities:
            if (
                activity.skills == [skill]
                and activity.format == self.learner.prefers
                and activity.id not in self.learner.met
            ):
                seconds = (activity.minutes or 3) * 60 * self.rng.uniform(0.6, 1.3)
                now += timedelta(seconds=seconds)
                self.learner.met[activity.id] = True
                self.learner.level[skill] += 0.25
                yield self._statement(statements.completed(seconds), activity, now)
        for activity in self._questions(skill):
            seconds = self.rng.lognormvariate(3.6, 0.5)
            now += timedelta(seconds=seconds + 4)
            yield self._statement(self._answer(activity, seconds), activity, now)

    def _next_skill(self) -> str:
        """The first skill of the course with questions still unmet; after the last, any for repetition."""
        open_skills = [
            skill.id
            for skill in self.course.skills
            if sum(
                skill.id in a.skills and bool(a.key) and not self.learner.met.get(a.id) for a in self.course.activities
            )
            > 2
        ]
        return self.rng.choice(open_skills[:2]) if open_skills else self.rng.choice(self.course.skills).id

    def _questions(self, skill: str) -> list[Activity]:
        asked = [a for a in self.course.activities if skill in a.skills and a.key and not self.learner.met.get(a.id)]
        asked.sort(key=lambda activity: LABELS[str(activity.difficulty)])
        return asked[: self.rng.randint(3, 6)]

    def _answer(self, activity: Activity, seconds: float) -> Mapping[str, Any]:
        level = sum(self.learner.level[skill] for skill in activity.skills) / len(activity.skills)
        chance = float(expit(1.2 * (level - LABELS[str(activity.difficulty)]) - 0.2))
        hints = self.rng.randint(1, 3) if self.rng.random() < self.learner.hints * (1 - chance) * 2 else 0
        right = self.rng.random() < min(chance + 0.15 * hints, 0.97)
        for skill in activity.skills:
            self.learner.level[skill] += 0.08 if right else 0.04
        self.learner.met[activity.id] = right
        response = right_answer(activity) if right else wrong_answer(activity, self.rng)
        return statements.answered(activity, response, seconds=seconds, hints=hints)

    def _statement(self, what: Mapping[str, Any], activity: Activity, now: datetime) -> dict[str, Any]:
        self.count += 1
        language, skills = self.course.language, {skill.id: skill for skill in self.course.skills}
        return statements.statement(
            what,
            self.learner.agent,
            statements.object_of(activity, language),
            statements.context_of(activity, self.course.id, skills, language),
            statement_id=uuid5(NAMESPACE, f"{self.learner.name} {self.count} {now.isoformat()}"),
            timestamp=now,
        )
