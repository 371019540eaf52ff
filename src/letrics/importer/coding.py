"""Columns by their distinct values (`Coded`): what is done with a column is done once for each of these."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letrics.backend import Coded, coded
from letrics.importer.texts import Texts


def constant(value: Any, count: int) -> Coded:
    """Return a column of *count* times *value*."""
    return Coded([value], np.zeros(count, dtype=np.int64))


def listed(column: Coded) -> list[Any]:
    """Return the value of each row."""
    return list(map(column.values.__getitem__, column.codes.tolist()))


def mapped(column: Coded, function: Callable[[Any], Any]) -> Coded:
    """Return what *function* makes of each value; of two it may make the same."""
    return Coded(list(map(function, column.values)), column.codes)


def mapped_but_plain(column: Coded, function: Callable[[Any], Any]) -> Coded:
    """Return what *function* makes of each value, but for plain texts, of which it makes these."""
    values = column.values
    if not isinstance(values, Texts):
        return mapped(column, function)
    odd = np.array(list(values.odd), dtype=np.int64)
    return Coded(values.with_odd(odd, list(map(function, values.odd.values()))), column.codes)


def united(column: Coded) -> Coded:
    """Return *column* with those of its values that are the same made one."""
    told = coded(list(column.values))
    return column if len(told.values) == len(column.values) else Coded(told.values, told.codes[column.codes])


def is_true(column: Coded) -> NDArray[np.bool_]:
    """Return which rows have a value that is one, and not empty."""
    if isinstance(column.values, Texts):
        is_value_true = column.values.is_plain()
        is_value_true[list(column.values.odd)] = list(map(bool, column.values.odd.values()))
    else:
        is_value_true = np.array(list(map(bool, column.values)), dtype=np.bool_)
    is_row_true: NDArray[np.bool_] = is_value_true[column.codes]
    return is_row_true


def is_given(column: Coded) -> NDArray[np.bool_]:
    """Return which rows have a value, and be it an empty one."""
    values = column.values
    if isinstance(values, Texts):
        return is_true(mapped_but_plain(column, lambda each: each is not None))
    is_row_given: NDArray[np.bool_] = np.array([each is not None for each in values], dtype=np.bool_)[column.codes]
    return is_row_given


def flags(is_so: NDArray[np.bool_]) -> Coded:
    """Return a column of yes and no."""
    firsts, codes = _renumbered(is_so)
    return Coded([bool(each) for each in is_so[firsts]], codes)


def combined(columns: Sequence[Coded]) -> Coded:
    """Return *columns* as one, of the distinct tuples of their values."""
    codes, firsts = columns[0].codes, None
    for each in columns[1:]:
        firsts, codes = _renumbered(codes * len(each.values) + each.codes)
    if firsts is None:
        return Coded([(value,) for value in columns[0].values], codes)
    parts = [map(each.values.__getitem__, each.codes[firsts].tolist()) for each in columns]
    return Coded(list(zip(*parts, strict=True)), codes)


def chosen(column: Coded, which: NDArray[Any]) -> Coded:
    """Return the rows *which* (numbers, or whether each is) of *column*."""
    codes = column.codes[which]
    firsts, renumbered = _renumbered(codes)
    if isinstance(column.values, Texts):
        return Coded(column.values.chosen(codes[firsts]), renumbered)
    return Coded(list(map(column.values.__getitem__, codes[firsts].tolist())), renumbered)


def picked(values: Sequence[Any], numbers: NDArray[Any]) -> list[Any]:
    """Return those of *values* that have these *numbers*."""
    if isinstance(values, Texts):
        return list(values.chosen(numbers))
    return [values[i] for i in numbers.tolist()]


def replaced(values: Sequence[Any], numbers: NDArray[Any], others: Sequence[Any]) -> Sequence[Any]:
    """Return *values* with *others* instead of those of these *numbers*."""
    if isinstance(values, Texts):
        return values.with_odd(numbers, others)
    changed = list(values)
    for i, value in zip(numbers.tolist(), others, strict=True):
        changed[i] = value
    return changed


def with_others(column: Coded, rows: NDArray[Any], others: Coded) -> Coded:
    """Return *column* with *others* in these *rows* (numbers, or whether each is)."""
    codes = column.codes.copy()
    codes[rows] = len(column.values) + others.codes
    return chosen(Coded([*column.values, *others.values], codes), np.arange(len(codes)))


def extended(column: Coded, more: list[Any]) -> Coded:
    """Return *column* with *more* rows behind."""
    if not more:
        return column
    codes = np.arange(len(column.values), len(column.values) + len(more))
    values = column.values.followed_by(more) if isinstance(column.values, Texts) else [*column.values, *more]
    return Coded(values, np.concatenate([column.codes, codes]))


def _renumbered(numbers: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where each distinct one of *numbers* is first, and which of them each is, in this order."""
    _, firsts, codes = np.unique(numbers, return_index=True, return_inverse=True)
    order = np.argsort(firsts)
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order))
    return firsts[order], ranks[codes]
