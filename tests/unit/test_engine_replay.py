"""A state kept in memory, one saved after every response, and one replayed under the same versions are the same."""

from random import Random

from adaptive.engine import LearnerState, Parameters, Response, Trace, fold, learn, predict


def stream(seed: int, length: int) -> list[tuple[int, Response]]:
    rng = Random(seed)
    return [
        (
            rng.randrange(4),
            Response(
                rng.randrange(-8, 8),
                tuple(rng.sample(range(5), rng.randrange(4))),
                60.0 * row if seed % 2 else None,
                rng.choice((0.0, 0.3, 1.0)),
                weight=rng.choice((1.0, 0.5)),
                guessing=rng.choice((0.0, 0.25)),
            ),
        )
        for row in range(length)
    ]


def test_saving_after_every_response_changes_no_bit() -> None:
    for seed in range(2):
        kept, saved = Parameters(), Parameters()
        versions = [Parameters().snapshot()]
        states = [LearnerState() for _ in range(4)]
        rows = [LearnerState().encode() for _ in range(4)]
        for learner, response in stream(seed, 100):
            trace = fold(kept, states[learner], response)
            learn(kept, trace, response)

            state = LearnerState.decode(rows[learner])
            expected = predict(saved, state, response.item, response.skills, response.time, response.guessing)
            stored = fold(saved, state, response).encode()
            rows[learner] = state.encode()
            writer = Parameters()
            for version in versions:
                writer.apply(version)
            writer.delta()
            learn(writer, Trace.decode(stored), response)
            versions.append(writer.delta())
            saved.apply(versions[-1])

            assert expected.probability == trace.probability
            assert stored == trace.encode()
            assert rows[learner] == states[learner].encode()
            versions[:] = [saved.snapshot()]
        assert saved.snapshot() == kept.snapshot()


def test_learning_later_is_learning_from_stored_traces() -> None:
    """Responses folded against one version and learnt afterwards, with and without having been stored between."""
    kept, stored = Parameters(), Parameters()
    folded = [(response, fold(kept, LearnerState(), response)) for _, response in stream(1, 30)]
    for response, trace in folded:
        learn(kept, trace, response)
        learn(stored, Trace.decode(trace.encode()), response)
    assert stored.snapshot() == kept.snapshot()


def test_an_item_may_have_hundreds_of_skills() -> None:
    parameters, state = Parameters(), LearnerState()
    response = Response(1, tuple(range(400)), 0.0, 1.0)
    trace = fold(parameters, state, response)
    learn(parameters, Trace.decode(trace.encode()), response)
    assert trace.probability == 0.5
    assert LearnerState.decode(state.encode()).encode() == state.encode()
    assert len(parameters.skills) == 400
