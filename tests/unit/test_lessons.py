"""Lessons that a process remembers are those that their bytes say, and no more of them are held than it may."""

from adaptive.engine import LearnerState, Parameters, Response, Trace, fold, learn
from adaptive.lessons import FORGETFUL, Remembered, packed, unpacked

Lessons = list[tuple[Response, Trace]]


def lessons(first: int, many: int) -> Lessons:
    state, parameters = LearnerState(), Parameters()
    responses = [Response(first + n, (n % 2, 7), 1e9 + n, float(n % 3 == 0), 0.5, 0.25) for n in range(many)]
    return [(response, fold(parameters, state, response)) for response in responses]


def told(found: Lessons) -> list[tuple[Response, bytes]]:
    return [(response, trace.encode()) for response, trace in found]


def test_what_is_remembered_is_what_would_be_unpacked_and_teaches_the_same() -> None:
    left, remembered = lessons(1, 40), Remembered(most=100)
    data = remembered.packed(left)
    assert data == packed(left)
    taken = list(remembered.unpacked(bytes(bytearray(data))))
    assert taken[0][1] is left[0][1]
    assert told(taken) == told(list(unpacked(data)))
    taught = []
    for some in (taken, list(unpacked(data))):
        parameters = Parameters()
        for response, trace in some:
            learn(parameters, trace, response)
        taught.append(parameters.delta())
    assert taught[0] == taught[1]


def test_the_oldest_are_forgotten_and_all_are_read_all_the_same() -> None:
    remembered, left = Remembered(most=100), [lessons(1000 * n, 40) for n in range(4)]
    packs = [remembered.packed(some) for some in left]
    held = [next(iter(remembered.unpacked(data)))[1] is some[0][1] for data, some in zip(packs, left, strict=True)]
    assert held == [False, False, True, True]
    assert all(told(list(remembered.unpacked(data))) == told(some) for data, some in zip(packs, left, strict=True))
    assert next(iter(remembered.unpacked(remembered.packed(left[0]))))[1] is left[0][0][1]
    assert next(iter(FORGETFUL.unpacked(FORGETFUL.packed(left[0]))))[1] is not left[0][0][1]
