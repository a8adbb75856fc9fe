"""Asking an OpenAI-compatible endpoint for a prompt, with limits; whatever fails is a sentence, not an error page."""

import asyncio

from lrs.settings import Settings
from tutor.instructions import Reply, messages, reply_from
from tutor.ladder import Task

SECONDS, RETRIES, TOKENS = 20.0, 2, 400


class NoReply(Exception):
    """Why there is no reply, as a clause that ends a sentence."""


async def ask(settings: Settings, task: Task) -> Reply:
    """The model's reply, within SECONDS whatever it does. NoReply says why there is none.

    No transaction may be open while this waits.
    """
    from openai import AsyncOpenAI, OpenAIError  # where no model is asked, it is not loaded

    key = settings.llm_api_key.get_secret_value() if settings.llm_api_key else "none"
    client = AsyncOpenAI(base_url=settings.llm_base_url, api_key=key, timeout=SECONDS, max_retries=RETRIES)
    try:
        async with asyncio.timeout(SECONDS), client:
            answer = await client.chat.completions.create(
                model=settings.llm_model or "default",
                messages=messages(task),  # type: ignore[arg-type]
                max_tokens=TOKENS,
                temperature=0.2,
            )
    except (OpenAIError, TimeoutError, ValueError, TypeError) as error:
        raise NoReply(_because(error)) from error
    content = answer.choices[0].message.content if answer.choices else None
    reply = reply_from(content or "")
    if reply is None:
        raise NoReply("the language model's answer could not be read")
    return reply


def _because(error: Exception) -> str:
    from openai import APIConnectionError, APIStatusError, APITimeoutError

    match error:
        case APITimeoutError() | TimeoutError():
            return "the language model did not answer in time"
        case APIConnectionError():
            return "the language model could not be reached"
        case APIStatusError():
            return f"the language model answered with status {error.status_code}"
        case _:
            return "the language model's answer could not be read"
