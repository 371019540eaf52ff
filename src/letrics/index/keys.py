"""
Key index: which documents hold a record key (`letrics.model.keys`), for imports to find them by.

Keys are kept as 128-bit hashes, sorted; at 10^9 keys the odds of one false meeting are below 10^-20.
"""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from letrics.index.format import Container, ContainerWriter

_BYTES = 16


def key_hash(key: str) -> bytes:
    """Return the 16 bytes that stand for *key*."""
    return blake2b(key.encode(), digest_size=_BYTES).digest()


def write_keys(writer: ContainerWriter, name: str, hashes: bytes, documents: Sequence[int]) -> None:
    """Write the hashes, 16 bytes each end to end, and the document that holds each."""
    keys = np.frombuffer(hashes, dtype=f"S{_BYTES}")
    order = np.argsort(keys, kind="stable")
    writer.add_array(f"{name}/keys/hashes", keys[order])
    writer.add_array(f"{name}/keys/documents", np.asarray(documents, dtype="<u4")[order])


class KeyIndex:
    """The keys of the documents of one search in a segment."""

    def __init__(self, container: Container, name: str) -> None:
        self._hashes = container.array(f"{name}/keys/hashes", f"S{_BYTES}")
        self._documents = container.array(f"{name}/keys/documents", "<u4")

    def documents(self, hashes: Sequence[bytes]) -> list[list[int]]:
        """Return, for each of *hashes*, the doc ids that hold it."""
        wanted = np.array(hashes, dtype=f"S{_BYTES}")
        first = np.searchsorted(self._hashes, wanted, side="left")
        last = np.searchsorted(self._hashes, wanted, side="right")
        found: list[list[int]] = [[]] * len(hashes)
        for i in np.flatnonzero(last > first):
            found[i] = self._documents[first[i] : last[i]].tolist()
        return found
