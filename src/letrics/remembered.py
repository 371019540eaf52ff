"""What is looked up again and again, remembered: a dictionary that fills itself."""

from collections.abc import Callable
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Remembered(dict[K, V]):
    """
    What *tell* says of each key, told once; when there are *most* keys, all are forgotten.

    To look up what is known costs what it does in any dictionary.  `functools.lru_cache` also notes which key was asked
    for last, in memory that is far away by the time of the next search.
    """

    def __init__(self, tell: Callable[[K], V], most: int) -> None:
        super().__init__()
        self._tell, self._most = tell, most

    def __missing__(self, key: K) -> V:
        value = self._tell(key)
        if len(self) >= self._most:
            self.clear()
        self[key] = value
        return value
