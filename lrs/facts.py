"""What rows and the vocabulary are made of: the facts that one agent, verb or activity tells. Pure.

A fact is a tuple that begins with its kind and the term: it is compared and remembered as it is.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from lrs.agents import IDENTIFIERS, key_text
from lrs.terms import new_term as term
from lrs.validation.known import ACTIVITY, ACTOR, VERB, Known
from lrs.validation.shapes import values_of

Fact = tuple[Any, ...]
ANONYMOUS = 0
RELATIONS = ("parent", "grouping", "category", "other")

_encode = msgspec.json.encode


def activity_facts(activity: Mapping[str, Any]) -> Fact:
    """Kind, term, IRI and definition of an activity."""
    definition = activity.get("definition")
    return (ACTIVITY, term(activity["id"]), activity["id"], _encode(definition) if definition else b"{}")


def listed_facts(activities: Mapping[str, Any]) -> tuple[Fact, ...]:
    """As `activity_facts`, of all context activities."""
    return tuple([activity_facts(activity) for _, activity in each_activity(activities)])


def each_activity(activities: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Context activities with their relation; version 1.0 may have one object where a list belongs."""
    for relation in RELATIONS:
        given = activities.get(relation)
        if given is not None:
            for activity in given if type(given) is list else (given,):
                yield relation, activity


def verb_facts(verb: Mapping[str, Any]) -> Fact:
    """Kind, term, IRI and display of a verb."""
    return (VERB, term(verb["id"]), verb["id"], _encode(verb.get("display", {})))


def actor_facts(actor: Mapping[str, Any]) -> tuple[int, tuple[Fact, ...]]:
    """The term of an agent or group, ANONYMOUS for none; and a fact of each who is identified, members too.

    Kind, term, identifier as JSON, name or None, whether it is a group.
    """
    own, fact = _agent_fact(actor)
    members = actor.get("member")
    if members is None:
        return own, (fact,)
    told = [fact, *(_agent_fact(member)[1] for member in members)]
    return own, tuple(each for each in told if each[1] != ANONYMOUS)


_of_agent = values_of(*IDENTIFIERS, "name", "objectType")


def _agent_fact(agent: Mapping[str, Any]) -> tuple[int, Fact]:
    *values, name, kind = _of_agent(agent)
    for identifier, value in zip(IDENTIFIERS, values, strict=True):
        if value is not None:
            own = term(key_text(identifier, value))
            return own, (ACTOR, own, _encode({identifier: value}), name, kind == "Group")
    return ANONYMOUS, (ACTOR, ANONYMOUS)


def activity_told(activity: Any) -> Fact:
    """As `activity_facts`, remembered for a known part."""
    return activity.facts if type(activity) is Known else activity_facts(activity)


def verb_told(verb: Any) -> Fact:
    """As `verb_facts`, remembered for a known part."""
    return verb.facts if type(verb) is Known else verb_facts(verb)


def actor_told(actor: Any) -> tuple[int, tuple[Fact, ...]]:
    """As `actor_facts`, remembered for a known part."""
    return actor.facts if type(actor) is Known else actor_facts(actor)


def listed_told(activities: Any) -> tuple[Fact, ...]:
    """As `listed_facts`, remembered for a known part."""
    return activities.facts if type(activities) is Known else listed_facts(activities)


def activity_term(activity: Any) -> int:
    """The term of an activity."""
    return int(activity.facts[1]) if type(activity) is Known else term(activity["id"])


def person_told(actor: Any) -> int | None:
    """The term of an agent, None for a group."""
    own, facts = actor_told(actor)
    return None if own == ANONYMOUS or facts[0][4] else own
