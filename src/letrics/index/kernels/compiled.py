"""How the kernels are compiled, and what they need of the processor."""

from pathlib import Path
from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic

from letrics.compiling import Compiler

_compiler = Compiler(Path(__file__).parent)
# Whether kernels were compiled before, so that they only need to be loaded.
IS_KEPT = _compiler.is_kept
inner, kernel = _compiler.inner, _compiler.kernel


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
