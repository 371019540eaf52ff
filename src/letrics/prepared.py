"""
What is made of data packages once and then kept: tables that each process would need a second to make.

They are kept where `keep_in` says, as files that processes map and share; where it says nothing, or nothing can be
written there, each process makes its own.  A file is of certain versions of the packages, and of the code that made it.
"""

import mmap
import os
import sys
import unicodedata
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path
from zlib import crc32

_CHECKSUM_BYTES = 4
_DIGEST_BYTES = 8
_PRIVATE_FILE, _PRIVATE_FOLDER = 0o600, 0o700

_folder: Path | None = None


def keep_in(folder: Path) -> None:
    """Keep in *folder* what is made from here on; the folder that holds it must be there by then."""
    global _folder
    _folder = folder


def prepared(name: str, make: Callable[[], bytes], *, packages: Sequence[str], code: Sequence[Path]) -> memoryview:
    """
    Return what *make* returns, made now or long ago.

    It must depend on nothing but the data of *packages* and the files *code*.
    """
    if _folder is None or not _folder.parent.is_dir():
        return memoryview(make())
    path = _folder / f"{name}-{_fingerprint(packages, code)}.prepared"
    found = _mapped(path)
    if found is not None:
        return found
    content = make()
    try:
        _keep(path, content, name)
    except OSError:
        # A folder that is read-only, or full, is no reason not to answer.
        return memoryview(content)
    return _mapped(path) or memoryview(content)


def _fingerprint(packages: Sequence[str], code: Sequence[Path]) -> str:
    # Loaded by those who ask for something prepared, and by nobody else.
    from importlib.metadata import version

    told = blake2b(f"{sys.byteorder} {unicodedata.unidata_version}".encode(), digest_size=_DIGEST_BYTES)
    for package in packages:
        told.update(f" {package} {version(package)}".encode())
    for path in code:
        told.update(path.read_bytes())
    return told.hexdigest()


def _mapped(path: Path) -> memoryview | None:
    """Return what is kept at *path*; None where nothing is, or not what was written."""
    try:
        with path.open("rb") as file:
            whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError):
        return None
    content = whole[_CHECKSUM_BYTES:]
    return content if crc32(content).to_bytes(_CHECKSUM_BYTES, "little") == whole[:_CHECKSUM_BYTES] else None


def _keep(path: Path, content: bytes, name: str) -> None:
    """Put *content* at *path* in one step, and remove what older versions made."""
    path.parent.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(unfinished, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, _PRIVATE_FILE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(crc32(content).to_bytes(_CHECKSUM_BYTES, "little"))
            file.write(content)
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)
    for other in path.parent.glob(f"{name}-*.prepared"):
        if other != path:
            other.unlink(missing_ok=True)
