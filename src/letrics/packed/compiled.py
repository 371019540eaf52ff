"""How these loops are compiled."""

from pathlib import Path

from letrics.compiling import Compiler

_compiler = Compiler(Path(__file__).parent)
inner, kernel = _compiler.inner, _compiler.kernel
