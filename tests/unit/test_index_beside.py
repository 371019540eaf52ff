"""Sections that another process makes are those that would be made here, and its faults are told here."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from importing import Database
from letrics.errors import DamagedData, InternalError
from letrics.index import segment_writer
from letrics.index.beside import beside
from letrics.index.format import Container, ContainerWriter

# Newer versions of Python warn of every fork where there are threads, as in a run of tests.
pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork")


@pytest.fixture
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be one thread and two processors, as in a command."""
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


def sections_of(path: Path) -> dict[str, bytes]:
    """Return the contents of a file."""
    container = Container(path)
    return {name: container.view(name).tobytes() for name in container._sections}


def write(path: Path, make: Callable[[ContainerWriter], None], *, is_worth_it: bool) -> None:
    """Write a file of which *make* makes a part."""
    writer = ContainerWriter(path)
    try:
        with beside(make, writer, is_worth_it=is_worth_it):
            writer.add("ours", [b"made here"])
        writer.finish({})
    except BaseException:
        writer.abandon()
        raise


@pytest.mark.usefixtures("_alone")
def test_sections_are_the_same_wherever_they_are_made(tmp_path: Path) -> None:
    """More than a pipe holds, none at all, and which process it was."""
    made_by = []

    def make(writer: ContainerWriter) -> None:
        made_by.append(os.getpid())
        writer.add("theirs", (bytes([number]) * 100_000 for number in range(9)))
        writer.add("none", [])

    for number, is_worth_it in enumerate((True, False)):
        write(tmp_path / str(number), make, is_worth_it=is_worth_it)
    assert sections_of(tmp_path / "0") == sections_of(tmp_path / "1")
    assert set(sections_of(tmp_path / "0")) == {"theirs", "none", "ours"}
    # What another process does to a list is seen there only.
    assert made_by == [os.getpid()]


@pytest.mark.usefixtures("_alone")
def test_what_fails_there_is_raised_here(tmp_path: Path) -> None:
    """Of a process that was ended it is told that it was; no file is left of either."""

    def damaged(writer: ContainerWriter) -> None:
        raise DamagedData("A row is not what was written.")

    def ended(writer: ContainerWriter) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(DamagedData, match="A row"):
        write(tmp_path / "file", damaged, is_worth_it=True)
    with pytest.raises(InternalError, match="was ended"):
        write(tmp_path / "file", ended, is_worth_it=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("_alone")
def test_what_fails_here_waits_for_nothing_there(tmp_path: Path) -> None:
    """The other process ends by itself when nobody reads what it has made."""

    def make(writer: ContainerWriter) -> None:
        writer.add("theirs", [bytes(1_000_000)])

    writer = ContainerWriter(tmp_path / "file")
    with pytest.raises(ZeroDivisionError), beside(make, writer, is_worth_it=True):
        raise ZeroDivisionError
    writer.abandon()


def _rows(first: int) -> Iterator[str]:
    yield "Name,E-Mail,Job title,Company,Website"
    for number in range(first, first + 60):
        firm = f"firm{number % 7}-letricsdemo.com"
        yield f"Eva {number},eva.{number}@{firm},title {number % 5},Firm {number % 7},{firm}"


@pytest.mark.usefixtures("_alone")
def test_an_import_writes_the_same_segment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """New companies and stored ones, by one process or by two."""
    forks = []
    fork = os.fork
    monkeypatch.setattr(os, "fork", lambda: forks.append(1) or fork())
    found = []
    for few in (0, 1_000_000):
        monkeypatch.setattr(segment_writer, "_FEW", few)
        (tmp_path / str(few)).mkdir()
        database = Database(tmp_path / str(few))
        database.take("\n".join(_rows(0)))
        database.take("\n".join(_rows(30)).replace("title", "head"))
        segments = sorted((database.folder / "index").glob("segment-*"))
        found.append([sections_of(path) for path in segments])
    assert len(found[0]) == 2
    assert found[0] == found[1]
    assert len(forks) == 2
