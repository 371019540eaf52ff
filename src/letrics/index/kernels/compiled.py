"""
How kernels are compiled: by Numba, for the processor at hand; what was compiled is kept beside the code.

Kernels neither make arrays nor keep any, so references to these are not counted (`_nrt`): it would take longer than
what a step does.
"""

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _kept_in() -> Path | None:
    """
    Return a folder for what is compiled from just this code, None where none can be written to.

    Numba itself would look at one file of it only.
    """
    here = Path(__file__).parent
    code = sha256(b"".join(path.read_bytes() for path in sorted(here.glob("*.py")))).hexdigest()[:16]
    own = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "letrics"
    given = os.environ.get("NUMBA_CACHE_DIR")
    for parent in [Path(given)] if given else [here / "__pycache__", own]:
        folder = parent / f"kernels-{code}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return None


_KEPT_IN = _kept_in()
# Whether kernels were compiled before, so that they only need to be loaded.
IS_KEPT = _KEPT_IN is not None and any(_KEPT_IN.iterdir())
_OPTIONS: dict[str, Any] = {"_nrt": False}
if _KEPT_IN is not None:
    numba.config.CACHE_DIR = str(_KEPT_IN)  # type: ignore[attr-defined]
    # Its other places would be asked as well, by the date of one file.
    numba.config.CACHE_LOCATOR_CLASSES = "UserProvidedCacheLocator"  # type: ignore[attr-defined]


def inner(function: _Function) -> _Function:
    """Return *function* compiled, for other kernels to call."""
    made: _Function = numba.njit(**_OPTIONS)(function)
    return made


def kernel(function: _Function) -> _Function:
    """Return *function* compiled, for Python to call; where nothing can be kept, each process compiles anew."""
    made: _Function = numba.njit(cache=_KEPT_IN is not None, **_OPTIONS)(function)
    return made


@intrinsic
def _ones(typingctx: Any, word: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


@intrinsic
def _lowest(typingctx: Any, word: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], context.get_constant(types.boolean, True))

    return types.uint64(types.uint64), generate


# How many bits of a 64-bit word are set, and the place of the lowest one of a word that is not 0: one instruction each.
ones: Any = _ones
lowest: Any = _lowest


@inner
def signed(number: Any) -> int:
    """Return a number of any size and sign as a signed one of 64 bits: mixed with unsigned ones it would be a float."""
    return np.int64(number)  # type: ignore[return-value]
