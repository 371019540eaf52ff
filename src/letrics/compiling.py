"""
How loops are compiled: by Numba, for the processor at hand; what was compiled is kept beside the code.

Compiled loops neither make arrays nor keep any, so references to these are not counted (`_nrt`): it would take longer
than what a step does.
"""

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import numba

_Function = TypeVar("_Function", bound=Callable[..., Any])
_OPTIONS: dict[str, Any] = {"_nrt": False}


class Compiler:
    """Compiles the functions of the package at *folder*; *is_kept* says that it was done before."""

    def __init__(self, folder: Path) -> None:
        self._kept_in = _kept_in(folder)
        self.is_kept = self._kept_in is not None and any(self._kept_in.iterdir())

    def inner(self, function: _Function) -> _Function:
        """Return *function* compiled, for other compiled functions to call."""
        made: _Function = numba.njit(**_OPTIONS)(function)
        return made

    def inlined(self, function: _Function) -> _Function:
        """Return what `inner` does of a *function* so short that to call it would take longer than what it does."""
        made: _Function = numba.njit(forceinline=True, **_OPTIONS)(function)
        return made

    def kernel(self, function: _Function) -> _Function:
        """Return *function* compiled, for Python to call; where nothing can be kept, each process compiles anew."""
        return self._kernel(function, **_OPTIONS)

    def kernel_beside(self, function: _Function) -> _Function:
        """Return what `kernel` does of a *function* that takes long: other threads go on beside it."""
        return self._kernel(function, nogil=True, **_OPTIONS)

    def _kernel(self, function: _Function, **options: Any) -> _Function:
        if self._kept_in is not None:
            numba.config.CACHE_DIR = str(self._kept_in)  # type: ignore[attr-defined]
            # Its other places would be asked as well, by the date of one file.
            numba.config.CACHE_LOCATOR_CLASSES = "UserProvidedCacheLocator"  # type: ignore[attr-defined]
        made: _Function = numba.njit(cache=self._kept_in is not None, **options)(function)
        return made


def _kept_in(folder: Path) -> Path | None:
    """
    Return a folder for what is compiled from just the code in *folder*, None where none can be written to.

    Numba itself would look at one file of it only.
    """
    code = sha256(b"".join(path.read_bytes() for path in sorted(folder.glob("*.py")))).hexdigest()[:16]
    own = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "letrics"
    given = os.environ.get("NUMBA_CACHE_DIR")
    for parent in [Path(given)] if given else [folder / "__pycache__", own]:
        kept_in = parent / f"kernels-{code}"
        try:
            kept_in.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(kept_in, os.W_OK):
            return kept_in
    return None
