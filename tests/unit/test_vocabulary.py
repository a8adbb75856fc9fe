"""What a process remembers to be committed of activities, verbs and agents."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from lrs.facts import Told
from lrs.validation.known import VERB
from lrs.vocabulary import RELEARNT_SECONDS, Vocabulary

FACT = (VERB, 7, "https://v.example/did", b"{}")


@pytest.mark.parametrize("started", [1.0, 1e6])
def test_what_is_remembered_is_no_news_for_a_while(monkeypatch: pytest.MonkeyPatch, started: float) -> None:
    """Also on a machine that has just been switched on, where the clock begins."""
    now = started
    monkeypatch.setattr("time.monotonic", lambda: now)
    vocabulary, drafts = Vocabulary(), [cast(Any, SimpleNamespace(store_id=1, told=[Told(7, (FACT,))], defines=True))]
    news = vocabulary.news(drafts)
    assert news == {1: [FACT]}
    vocabulary.remember(news)
    assert vocabulary.news(drafts) == {}
    now += RELEARNT_SECONDS + 1
    assert vocabulary.news(drafts) == news
