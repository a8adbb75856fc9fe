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


class Told:
    """What a part of a statement tells: its term, and a fact of each thing that it names.

    `known_to` and `known_at` are for whoever remembers facts: who knew all of these, and since when.
    """

    __slots__ = ("facts", "known_at", "known_to", "term")

    def __init__(self, term: int, facts: tuple[Fact, ...]) -> None:
        self.term, self.facts = term, facts
        self.known_to: object = None
        self.known_at = 0.0


def tell_activity(activity: Mapping[str, Any]) -> Told:
    """The fact of an activity: kind, term, IRI and definition."""
    fact = _activity_fact(activity)
    return Told(fact[1], (fact,))


def _activity_fact(activity: Mapping[str, Any]) -> Fact:
    definition = activity.get("definition")
    return (ACTIVITY, term(activity["id"]), activity["id"], _encode(definition) if definition else b"{}")


def tell_listed(activities: Mapping[str, Any]) -> Told:
    """As `tell_activity`, of all context activities, which have no term of their own."""
    return Told(ANONYMOUS, tuple([_activity_fact(activity) for _, activity in each_activity(activities)]))


def each_activity(activities: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Context activities with their relation; version 1.0 may have one object where a list belongs."""
    for relation in RELATIONS:
        given = activities.get(relation)
        if given is not None:
            for activity in given if type(given) is list else (given,):
                yield relation, activity


def tell_verb(verb: Mapping[str, Any]) -> Told:
    """The fact of a verb: kind, term, IRI and display."""
    own = term(verb["id"])
    return Told(own, ((VERB, own, verb["id"], _encode(verb.get("display", {}))),))


def tell_actor(actor: Mapping[str, Any]) -> Told:
    """The term of an agent or group, ANONYMOUS for none; and a fact of each who is identified, members too.

    Kind, term, identifier as JSON, name or None, whether it is a group.
    """
    fact = _agent_fact(actor)
    members = actor.get("member")
    if members is None:
        return Told(fact[1], (fact,))
    each = [fact, *map(_agent_fact, members)]
    return Told(fact[1], tuple([fact for fact in each if fact[1] != ANONYMOUS]))


_of_agent = values_of(*IDENTIFIERS, "name", "objectType")


def _agent_fact(agent: Mapping[str, Any]) -> Fact:
    *values, name, kind = _of_agent(agent)
    for identifier, value in zip(IDENTIFIERS, values, strict=True):
        if value is not None:
            own = term(key_text(identifier, value))
            return (ACTOR, own, _encode({identifier: value}), name, kind == "Group")
    return (ACTOR, ANONYMOUS)


def activity_told(activity: Any) -> Told:
    """As `tell_activity`, remembered for a known part."""
    told: Told = activity.told if type(activity) is Known else tell_activity(activity)
    return told


def verb_told(verb: Any) -> Told:
    """As `tell_verb`, remembered for a known part."""
    told: Told = verb.told if type(verb) is Known else tell_verb(verb)
    return told


def actor_told(actor: Any) -> Told:
    """As `tell_actor`, remembered for a known part."""
    told: Told = actor.told if type(actor) is Known else tell_actor(actor)
    return told


def listed_told(activities: Any) -> Told:
    """As `tell_listed`, remembered for a known part."""
    told: Told = activities.told if type(activities) is Known else tell_listed(activities)
    return told


def activity_term(activity: Any) -> int:
    """The term of an activity."""
    return int(activity.told.term) if type(activity) is Known else term(activity["id"])


def person_told(actor: Any) -> int | None:
    """The term of an agent, None for a group."""
    told = actor_told(actor)
    return None if told.term == ANONYMOUS or told.facts[0][4] else told.term
