"""A list of byte strings in two sections: their bytes end to end, and where each begins."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letrics.index.format import Container, ContainerWriter

_JOINED = 16_384  # strings that are written at once


def write_strings(
    writer: ContainerWriter, name: str, strings: Sequence[bytes | memoryview], lengths: Iterable[int]
) -> None:
    """Write *strings*, whose *lengths* are given, as the sections `name/bytes` and `name/offsets`."""
    offsets = np.zeros(len(strings) + 1, dtype="<u8")
    np.cumsum(np.fromiter(lengths, dtype="<u8", count=len(strings)), out=offsets[1:])
    writer.add(f"{name}/bytes", (b"".join(strings[at : at + _JOINED]) for at in range(0, len(strings), _JOINED)))
    writer.add_array(f"{name}/offsets", offsets)


def write_padded(writer: ContainerWriter, name: str, padded: NDArray[Any], order: NDArray[Any]) -> None:
    """Write strings as `write_strings` does: those of *padded*, zeros behind each, in this *order*."""

    def pieces() -> Iterator[bytes]:
        for at in range(0, len(order), _JOINED):
            piece, own = padded[order[at : at + _JOINED]], lengths[at : at + _JOINED]
            is_full = bool((own == padded.dtype.itemsize).all())
            yield piece.tobytes() if is_full else b"".join(piece.tolist())

    lengths = np.strings.str_len(padded)[order]
    offsets = np.zeros(len(order) + 1, dtype="<u8")
    np.cumsum(lengths, out=offsets[1:])
    writer.add(f"{name}/bytes", pieces())
    writer.add_array(f"{name}/offsets", offsets)


class Strings:
    """The byte strings written under one name, by number; of their bytes only those that are read are verified."""

    def __init__(self, container: Container, name: str) -> None:
        self._bytes = container.section(f"{name}/bytes")
        self.offsets = container.array(f"{name}/offsets", "<u8")
        # Gives plain numbers, and those sooner than numpy does.
        self._offsets = self.offsets.data

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, number: int) -> bytes:
        return self.view(number).tobytes()

    def padded(self, numbers: NDArray[Any]) -> NDArray[Any]:
        """Return the strings of *numbers*, which hold no zeros, with zeros behind each up to the longest."""
        starts, ends = self.offsets[numbers].astype(np.int64), self.offsets[numbers + 1].astype(np.int64)
        data, lengths = self._bytes.verified(starts, ends), ends - starts
        width = int(lengths.max(initial=1))
        # All pieces of that width there are, none copied; there is none where the last strings begin.
        windows: NDArray[Any] = np.ndarray(max(len(data) - width + 1, 0), f"S{width}", data, strides=(1,))
        padded = np.empty(len(numbers), dtype=f"S{width}")
        fits = starts < len(windows)
        padded[fits] = windows[starts[fits]]
        for i in np.flatnonzero(~fits).tolist():
            padded[i] = self[int(numbers[i])]
        shorter = np.flatnonzero(lengths < width)
        letters = padded.view(np.uint8).reshape(len(padded), width)
        letters[shorter] = np.where(np.arange(width) < lengths[shorter, np.newaxis], letters[shorter], 0)
        return padded

    def all(self) -> list[bytes]:
        """Return all strings."""
        whole = self._bytes.whole().tobytes()
        return [whole[start:end] for start, end in pairwise(self.offsets.tolist())]

    def view(self, number: int) -> memoryview:
        """Return a string without copying it."""
        return self._bytes.read(self._offsets[number], self._offsets[number + 1])

    def place(self, number: int) -> tuple[int, int]:
        """Return where a string begins and ends in the file; it is verified."""
        return self._bytes.place(self._offsets[number], self._offsets[number + 1])
