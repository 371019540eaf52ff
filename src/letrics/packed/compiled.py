"""How these loops are compiled, and the copying of bytes, which they do most."""

from pathlib import Path
from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from letrics.compiling import Compiler
from letrics.log import get_logger

_compiler = Compiler(Path(__file__).parent)
# Each of them has thousands of texts to look at, and other threads go on meanwhile.
inner, kernel = _compiler.inner, _compiler.kernel_beside
if not _compiler.is_kept:
    get_logger(__name__).info("compiling the reading of large files for this processor; takes some seconds, once")
_memcpy: Any = cgutils.raw_memcpy


@intrinsic
def _copy(typingctx: Any, data: Any, at: Any, size: Any, out: Any, out_at: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def pointer(array: int, place: int) -> Any:
            made = context.make_array(signature.args[array])(context, builder, arguments[array])
            return builder.gep(made.data, [arguments[place]])

        _memcpy(builder, pointer(3, 4), pointer(0, 1), arguments[2], 1)
        return context.get_constant(types.int64, 0)

    return types.int64(data, types.int64, types.int64, out, types.int64), generate


# One call where a loop over the bytes would be slower by far.
_copied: Any = _copy


@inner
def copied(data: Any, at: int, end: int, out: Any, out_at: int) -> int:
    """Put what *data* has from *at* to *end* to *out*; return where it ends there."""
    _copied(data, at, end - at, out, out_at)
    return out_at + end - at
