"""PyPI's tincan, or its fork edx-tincan-py35, against the record: python tincan_client.py ENDPOINT KEY SECRET."""

import sys
import uuid
from typing import Any

from tincan import ActivityProfileDocument, AgentProfileDocument, RemoteLRS, StateDocument, Statement

ACTIVITY = {"id": "https://course.example/tincan", "definition": {"name": {"en-US": "A course"}}}
AGENT = {"mbox": "mailto:tincan@example.org", "name": "Tin Can"}


def done(answer: Any) -> Any:
    assert answer.success, (answer.response.status if answer.response else None, answer.data)
    return answer.content


def statement() -> Any:
    return Statement({
        "id": str(uuid.uuid4()), "actor": AGENT, "object": ACTIVITY,
        "verb": {"id": "http://adlnet.gov/expapi/verbs/experienced", "display": {"en-US": "experienced"}},
        "result": {"score": {"scaled": 0.5}, "duration": "PT1M", "success": True},
        "timestamp": "2026-02-03T04:05:06.789Z",
    })  # fmt: skip


def statements(lrs: Any) -> None:
    one, batch = statement(), [statement() for _ in range(3)]
    done(lrs.save_statement(one))
    done(lrs.save_statements(batch))
    kept = done(lrs.retrieve_statement(one.id))
    assert (kept.actor.mbox, kept.object.id, kept.result.score.scaled) == (AGENT["mbox"], ACTIVITY["id"], 0.5)
    query = {"agent": one.actor, "activity": one.object, "limit": 2}
    page = done(lrs.query_statements(query))
    seen = [each.id for each in page.statements]
    more = done(lrs.more_statements(page.more))
    seen += [each.id for each in more.statements]
    assert set(seen) == {one.id, *(each.id for each in batch)}, seen


def documents(lrs: Any) -> None:
    activity, agent = statement().object, statement().actor
    state = StateDocument(
        id="s", activity=activity, agent=agent, content=bytearray(b"a bookmark"), content_type="application/x-own"
    )
    done(lrs.save_state(state))
    assert done(lrs.retrieve_state(activity, agent, "s")).content == b"a bookmark"
    assert done(lrs.retrieve_state_ids(activity, agent)) == ["s"]
    done(lrs.delete_state(state))
    for document, save, retrieve in (
        (ActivityProfileDocument(id="p", activity=activity), lrs.save_activity_profile, lrs.retrieve_activity_profile),
        (AgentProfileDocument(id="p", agent=agent), lrs.save_agent_profile, lrs.retrieve_agent_profile),
    ):
        document.content, document.content_type = bytearray(b"{}"), "application/json"
        assert save(document).response.status == 400, "in 1.0.x a profile needs If-Match or If-None-Match"
        document.etag = '"0"'
        assert save(document).response.status == 412
        assert retrieve(activity if retrieve == lrs.retrieve_activity_profile else agent, "p").success


if __name__ == "__main__":
    endpoint, key, secret = sys.argv[1:]
    lrs = RemoteLRS(version="1.0.1", endpoint=endpoint, username=key, password=secret)
    statements(lrs)
    documents(lrs)
    print("tincan: saved, batched, queried and paged; documents kept")
