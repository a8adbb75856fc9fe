"""A statement's text into what it tells: its own values by its type, in C; its recurring parts out of memory.

What the types refuse is walked by the tables of rules (lrs.validation), which find every fault, or none.
"""

import msgspec

from lrs.facts import activity_facts, actor_facts, listed_facts, verb_facts
from lrs.validation import parts, statement_faults
from lrs.validation.known import ACTIVITY, ACTOR, CONTEXT_ACTIVITIES, VERB, Known, Memory
from lrs.validation.shapes import Form, Found, Shape
from lrs.validation.statements import rules_of, statement_1_0, statement_2_0

decode = msgspec.json.decode
_decoders = {rules: msgspec.json.Decoder(rules.form).decode for rules in (statement_1_0, statement_2_0)}
_actors = Memory(ACTOR, parts.actor, actor_facts, parts=1_000)
_verbs = Memory(VERB, parts.verb, verb_facts, parts=500)
_activities = Memory(ACTIVITY, parts.activity, activity_facts, parts=1_000)
_contexts = Memory(CONTEXT_ACTIVITIES, parts.context_activities, listed_facts, parts=2_000)


def read(text: bytes, version: str) -> tuple[Form, None] | tuple[None, Found]:
    """What a statement tells in the rules of "1.0.3" or "2.0.0", or its faults.

    Actor, verb, object and context activities are dicts, known ones where they are. Raises what msgspec raises where
    the text is no JSON.
    """
    rules = rules_of(version)
    try:
        told = _decoders[rules](text)
    except msgspec.ValidationError:
        return _walked(text, version)
    return (told, None) if _put_together(told, rules) else _walked(text, version)


def _put_together(told: Form, rules: Shape) -> bool:
    """Read the parts that the type left as they were; whether all is as it should be."""
    told.actor = actor = _actors.part(bytes(told.actor), decode)
    told.verb = verb = _verbs.part(bytes(told.verb), decode)
    told.object = thing = _activities.part(bytes(told.object), decode)
    context = told.context
    if context is not None and context.contextActivities is not None:
        context.contextActivities = around = _contexts.part(bytes(context.contextActivities), decode)
        if type(around) is not Known and parts.context_activities(around) is not None:
            return False
    return (
        (type(actor) is Known or parts.actor(actor) is None)
        and (type(verb) is Known or parts.verb(verb) is None)
        and (type(thing) is Known or rules.fields["object"](thing) is None)
        and all(rule(told) is None for rule in rules.rules)
    )


def _walked(text: bytes, version: str) -> tuple[Form, None] | tuple[None, Found]:
    statement = decode(text)
    found = statement_faults(statement, version)
    return (rules_of(version).formed(statement), None) if found is None else (None, found)
