"""A statement's text into what it tells: its own values by its type, in C; its recurring parts out of memory.

What the types refuse is walked by the tables of rules (lrs.validation), which find every fault, or none.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from lrs.facts import tell_activity, tell_actor, tell_listed, tell_verb
from lrs.validation import parts, statement_faults
from lrs.validation.known import ACTIVITY, ACTOR, CONTEXT_ACTIVITIES, VERB, Known, Memory
from lrs.validation.shapes import Form, Found, Shape, judged
from lrs.validation.statements import rules_of, statement_1_0, statement_2_0

decode = msgspec.json.decode
_decoders = {rules: msgspec.json.Decoder(rules.form).decode for rules in (statement_1_0, statement_2_0)}
_actors = Memory(ACTOR, parts.agent.form, parts.actor, tell_actor, parts=2_000)
_verbs = Memory(VERB, parts.verb_record.form, parts.verb, tell_verb, parts=500)
_activities = Memory(ACTIVITY, parts.activity_record.form, parts.activity, tell_activity, parts=2_000)
_contexts = Memory(
    CONTEXT_ACTIVITIES, parts.context_activities_record.form, parts.context_activities, tell_listed, parts=2_000
)


def read(text: bytes, version: str) -> tuple[Form, None] | tuple[None, Found]:
    """What a statement tells in the rules of "1.0.3" or "2.0.0", or its faults.

    Actor, verb, object and context activities are known parts where they can be. Raises what msgspec raises where
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
    told.actor = actor = _actors.part(bytes(told.actor))
    told.verb = verb = _verbs.part(bytes(told.verb))
    told.object = thing = _activities.part(bytes(told.object))
    context = told.context
    if context is not None and context.contextActivities is not None:
        context.contextActivities = around = _contexts.part(bytes(context.contextActivities))
        if type(around) is not Known:
            return False
    return (
        type(actor) is type(verb) is Known
        and (type(thing) is Known or rules.fields["object"](thing) is None)
        and judged(rules.rules, told) is None
    )


def _walked(text: bytes, version: str) -> tuple[Form, None] | tuple[None, Found]:
    statement = decode(text)
    found = statement_faults(statement, version)
    return (rules_of(version).formed(statement), None) if found is None else (None, found)


def told(statement: Mapping[str, Any]) -> Form:
    """What a valid statement tells that is at hand as JSON gives it."""
    form: Form = statement_2_0.formed(statement)
    return form
