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


OLD_STATE = bytes.fromhex(
    "01030000000000000000005e4013407f217ffac9bf22d560d4d038ef3f9e658ef16633a5bf6fab16292c0ad23f1260c52507b4b6bf07000000"
    "00000000001000087e330dde179b3e087e330d00000000000000000200000001000000000000002de5f297a2d5b7bff6360be1264bd83f0000"
    "000000005e4010ff030000000200000000000000e039043912d5b13ff4afe23b7958da3f0000000000004e40020101000000"
)
OLD_TRACE = bytes.fromhex(
    "012dcd21b99d3fde3fce83e48f233282bf706002eb0b3bfa3f0600010047018b02a3022bff000026460f00c70d0b00d48e0d0051d50a00734c"
    "06001560020052e70200"
)


def test_a_state_saved_by_0_1_0_goes_on() -> None:
    state = LearnerState.decode(OLD_STATE)
    assert (state.responses, state.time, state.last_item) == (3, 120.0, 7)
    assert [(skill.responses, skill.streak) for skill in state.skills.values()] == [(3, -1), (1, 1)]
    assert state.attempts == {}
    fold(Parameters(), state, Response(7, (1,), 180.0, 1.0))
    assert LearnerState.decode(state.encode()).encode() == state.encode()
    assert state.attempts == {7: (1, 180.0)}


def test_a_trace_of_0_1_0_is_learnt_at_the_responses_own_weight() -> None:
    trace = Trace.decode(OLD_TRACE)
    assert (trace.weight, len(trace.after), len(trace.practice)) == (None, 1, 3)
    old, new = Parameters(), Parameters()
    response = Response(7, (1,), 120.0, 0.0, weight=0.5)
    learn(old, trace, response)
    trace.weight = 0.5
    learn(new, Trace.decode(trace.encode()), response)
    assert old.snapshot() == new.snapshot()
