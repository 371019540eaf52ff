"""Steps that are taken ahead: in order, beside whoever uses them, and none after it is closed."""

import threading
from collections.abc import Iterator

import pytest

from letrics.importer.ahead import one_ahead

_PATIENCE_S = 30


def test_what_steps_give_comes_in_their_order() -> None:
    """Every step comes once, in order, and of no steps nothing."""
    assert list(one_ahead(iter(range(100)))) == list(range(100))
    assert list(one_ahead(iter(()))) == []


def test_a_step_is_taken_while_the_one_before_is_in_use() -> None:
    """The second step is taken before it is asked for: else this would wait in vain."""
    taken = threading.Event()

    def steps() -> Iterator[int]:
        yield 1
        taken.set()
        yield 2

    for step in one_ahead(steps()):
        if step == 1:
            assert taken.wait(_PATIENCE_S)


def test_what_a_step_raises_comes_in_its_turn_and_leaves_no_thread() -> None:
    """An error of the second step comes when the second is asked for."""

    def steps() -> Iterator[int]:
        yield 1
        raise ValueError("the second")

    before = threading.active_count()
    ahead = one_ahead(steps())
    assert next(ahead) == 1
    with pytest.raises(ValueError, match="the second"):
        next(ahead)
    assert threading.active_count() == before


def test_closed_it_takes_no_more_steps_and_leaves_no_thread() -> None:
    """One step is under way when it is closed, and no other is begun."""
    taken: list[int] = []

    def steps() -> Iterator[int]:
        for step in range(100):
            taken.append(step)
            yield step

    before = threading.active_count()
    ahead = one_ahead(steps())
    next(ahead)
    ahead.close()
    assert taken == [0, 1]
    assert threading.active_count() == before
