"""What rows and the vocabulary are made of: the facts that one agent, verb or activity tells. Pure.

A fact is a tuple that begins with its kind and the term: it is compared and remembered as it is.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from lrs.agents import everyone, identity, key_of
from lrs.terms import term_id as term
from lrs.validation.known import ACTIVITY, ACTOR, VERB, Known

Fact = tuple[Any, ...]
ANONYMOUS = 0

_encode = msgspec.json.encode


def activity_facts(activity: Mapping[str, Any]) -> Fact:
    """Kind, term, IRI and definition of an activity."""
    definition = activity.get("definition")
    return (ACTIVITY, term(activity["id"]), activity["id"], _encode(definition) if definition else b"{}")


def listed_facts(activities: Mapping[str, Any]) -> tuple[Fact, ...] | None:
    """As `activity_facts` of all context activities; None where one stands alone and not in a list."""
    if not all(type(several) is list for several in activities.values()):
        return None
    return tuple(activity_facts(each) for several in activities.values() for each in several)


def verb_facts(verb: Mapping[str, Any]) -> Fact:
    """Kind, term, IRI and display of a verb."""
    return (VERB, term(verb["id"]), verb["id"], _encode(verb.get("display", {})))


def actor_facts(actor: Mapping[str, Any]) -> tuple[int, tuple[Fact, ...]]:
    """The term of an agent or group, ANONYMOUS for none; and a fact of each who is identified, members too.

    Kind, term, identifier as JSON, name or None, whether it is a group.
    """
    known: list[Fact] = []
    first = ANONYMOUS
    for each in everyone(actor):
        key = key_of(each)
        if key is None:
            continue
        own = term(key)
        if each is actor:
            first = own
        known.append((ACTOR, own, _encode(identity(each)), each.get("name"), each.get("objectType") == "Group"))
    return first, tuple(known)


def activity_told(activity: Mapping[str, Any]) -> Fact:
    """As `activity_facts`, remembered for a known part."""
    return activity.facts if type(activity) is Known else activity_facts(activity)


def verb_told(verb: Mapping[str, Any]) -> Fact:
    """As `verb_facts`, remembered for a known part."""
    return verb.facts if type(verb) is Known else verb_facts(verb)


def actor_told(actor: Mapping[str, Any]) -> tuple[int, tuple[Fact, ...]]:
    """As `actor_facts`, remembered for a known part."""
    return actor.facts if type(actor) is Known else actor_facts(actor)


def listed_told(activities: Mapping[str, Any]) -> tuple[Fact, ...]:
    """The facts of all context activities, remembered for a known part; one may stand where a list belongs."""
    if type(activities) is Known:
        return activities.facts  # type: ignore[no-any-return]
    return tuple(activity_facts(each) for _, each in each_activity(activities))


def each_activity(activities: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Context activities with their relation; version 1.0 may have one object where a list belongs."""
    for relation, given in activities.items():
        for activity in given if isinstance(given, list) else (given,):
            yield relation, activity


def activity_term(activity: Mapping[str, Any]) -> int:
    """The term of an activity."""
    return int(activity.facts[1]) if type(activity) is Known else term(activity["id"])


def actor_term(actor: Mapping[str, Any]) -> int:
    """The term of an agent or group, ANONYMOUS for a group without an identifier."""
    if type(actor) is Known:
        return int(actor.facts[0])
    key = key_of(actor)
    return ANONYMOUS if key is None else term(key)
