"""`POST /tutor/prompts`: the next prompt as JSON, for an LMS or content that shows it itself."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field
from starlette.responses import Response

from adaptive.api.answers import COUNT, TEXT, Schema, listing, record
from adaptive.api.calls import Address, Body, Call, answer
from adaptive.subjects import checked_agent
from tutor.ladder import Prompt
from tutor.prompts import LONGEST_QUESTION, Asking, next_prompt

LARGEST_BODY = 64 * 1024


class PromptBody(Body):
    agent: dict[str, Any]
    activity: str = Field(min_length=1, max_length=2000)
    question: str = Field(default="", max_length=LONGEST_QUESTION)


def as_json(prompt: Prompt) -> dict[str, Any]:
    """The wire shape of a prompt."""
    return {
        "prompt": prompt.text,
        "strategy": prompt.strategy,
        "level": prompt.level,
        "reason": prompt.reason,
        "citations": [{"activity": citation.activity, "quote": citation.quote} for citation in prompt.citations],
        "model": prompt.model,
    }


async def prompts(call: Call) -> Response:
    """By a credential with the scope `tutor`, or by a learner's own token."""
    body = await call.body(PromptBody, LARGEST_BODY)
    agent = call.allowed(checked_agent(body.agent))
    made = await next_prompt(call.context, Asking(call.store_id, agent, body.activity, body.question))
    return answer(as_json(made))


ADDRESSES = (
    Address("POST", "/tutor/prompts", "tutor", prompts, "The next prompt on an activity, with the reason for it.",
            body=PromptBody, answers="Prompt", own=True),
)  # fmt: skip
ANSWERS: Mapping[str, Schema] = {
    "Prompt": record(
        {
            "prompt": TEXT,
            "strategy": {"enum": ["nudge", "hint", "scaffold", "passage", "no-match", "answer"]},
            "level": COUNT,
            "reason": TEXT,
            "citations": listing(record({"activity": TEXT, "quote": TEXT})),
            "model": {"type": "string", "description": "built-in, or the language model's name."},
        }
    ),
}
