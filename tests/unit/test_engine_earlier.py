"""Earlier versions of the shared parameters, read without a copy, are what they were."""

from random import Random

import pytest

from adaptive.engine import Earlier, LearnerState, Parameters, Response, UnreadableParameters, fold, former, learn


def responses(rng: Random, count: int) -> list[tuple[int, Response]]:
    return [
        (rng.randrange(9), Response(item, (item % 7, 1000 + item % 3), rng.random() * 1e6, float(rng.random() < 0.6)))
        for item in (rng.randrange(60) for _ in range(count))
    ]


def folded(parameters: Parameters, stream: list[tuple[int, Response]]) -> list[bytes]:
    states = [LearnerState() for _ in range(9)]
    for learner, response in stream:
        fold(parameters, states[learner], response)
    return [state.encode() for state in states]


def test_folding_against_an_earlier_version_is_folding_against_its_snapshot() -> None:
    rng, learnt, followed = Random(3), Parameters(), Parameters()
    learnt.set_parent(4, 1001)
    states = [LearnerState() for _ in range(9)]
    formers, snapshots = [], [followed.snapshot()]
    for _ in range(5):
        for learner, response in responses(rng, 150):
            learn(learnt, fold(learnt, states[learner], response), response)
        delta = learnt.delta()
        formers.append(former(followed, delta))
        followed.apply(delta)
        snapshots.append(followed.snapshot())
    stream = responses(rng, 300)
    for version, snapshot in enumerate(snapshots):
        earlier = Earlier(followed, formers[version:])
        assert folded(earlier, stream) == folded(Parameters.restore(snapshot), stream)
    assert folded(Earlier(followed, formers), stream) != folded(followed, stream)


def test_a_former_tells_its_size() -> None:
    learnt, followed = Parameters(), Parameters()
    assert former(followed, learnt.delta()).size == 0
    state = LearnerState()
    for _, response in responses(Random(1), 100):
        learn(learnt, fold(learnt, state, response), response)
    assert former(followed, learnt.delta()).size > 1000
    with pytest.raises(UnreadableParameters):
        former(followed, b"")
