"""A list of byte strings in two sections: their bytes end to end, and where each begins."""

from collections.abc import Iterable, Sequence

import numpy as np

from letrics.index.format import Container, ContainerWriter


def write_strings(
    writer: ContainerWriter, name: str, strings: Sequence[bytes | memoryview], lengths: Iterable[int]
) -> None:
    """Write *strings*, whose *lengths* are given, as the sections `name/bytes` and `name/offsets`."""
    offsets = np.zeros(len(strings) + 1, dtype="<u8")
    np.cumsum(np.fromiter(lengths, dtype="<u8", count=len(strings)), out=offsets[1:])
    writer.add(f"{name}/bytes", strings)
    writer.add_array(f"{name}/offsets", offsets)


def write_chunks(
    writer: ContainerWriter, name: str, chunks: Iterable[bytes | memoryview], lengths: Iterable[int]
) -> None:
    """Write strings that come end to end in *chunks*, as `write_strings`; *lengths* are read after the last chunk."""
    writer.add(f"{name}/bytes", chunks)
    offsets = np.cumsum(np.fromiter(lengths, dtype="<u8"), dtype="<u8")
    writer.add_array(f"{name}/offsets", np.concatenate((np.zeros(1, dtype="<u8"), offsets)))


class Strings:
    """The byte strings written under one name, by number."""

    def __init__(self, container: Container, name: str) -> None:
        self.bytes = container.view(f"{name}/bytes")
        self.offsets = container.array(f"{name}/offsets", "<u8")

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, number: int) -> bytes:
        return self.bytes[self.offsets[number] : self.offsets[number + 1]].tobytes()
