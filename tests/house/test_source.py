"""The rules of CONTRIBUTING.md that a machine can see, on every file of the project."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Not ours are what tools leave behind and what is made: data folders, caches, environments.
_NOT_OURS = re.compile(r"\.(?!ci$|github$).*|build|__pycache__|.*\.egg-info|node_modules|(demo|letrics)-data")
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
LINES_MAX = 400
FUNCTION_LINES_MAX = 60

# Written in parts, so that this file does not hold what it looks for.
_FORBIDDEN = {
    "a package index": r"--(extra-)?index" + r"-url|/sim" + r"ple/?\b|artifact" + r"ory|trusted" + r"-host",
    "a path of somebody's machine": r"(?<![\w.])/(wo" + r"rk|ro" + r"ot|home/\w+|Users/\w+)/",
    "a left-over": r"\b(FIX" + r"ME|XX" + r"X)\b|breakpoint" + r"\(\)|import p" + r"db",
}


@cache
def ours(suffix: str = "") -> tuple[Path, ...]:
    """Return the project's files with that suffix."""

    def walk(folder: Path) -> Iterator[Path]:
        for path in sorted(folder.iterdir()):
            if path.is_dir():
                if not _NOT_OURS.fullmatch(path.name):
                    yield from walk(path)
            elif path.name.endswith(suffix):
                yield path

    return tuple(walk(ROOT))


def named(path: Path) -> str:
    """Return a file's name as a failure should show it."""
    return path.relative_to(ROOT).as_posix()


@cache
def parsed(path: Path) -> ast.Module:
    """Return a Python file's syntax tree."""
    return ast.parse(path.read_text("utf-8"))


PYTHON = ours(".py")


@pytest.mark.parametrize("path", PYTHON, ids=named)
def test_files_and_functions_are_short_and_files_are_signed(path: Path) -> None:
    """A file has a docstring and fewer than 400 lines, and a function fewer than 60."""
    tree = parsed(path)
    assert ast.get_docstring(tree), "A file opens with what it is in charge of."
    lines = len(path.read_text("utf-8").splitlines())
    assert lines < LINES_MAX
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno + 1 < FUNCTION_LINES_MAX, node.name


@pytest.mark.parametrize("path", [path for path in PYTHON if "src" in path.parts], ids=named)
def test_what_is_public_says_what_it_means(path: Path) -> None:
    """Every public class, function and method of the package has a docstring."""

    def nodes(body: list[ast.stmt]) -> Iterator[Definition]:
        for node in body:
            if isinstance(node, Definition) and not node.name.startswith("_"):
                yield node
                if isinstance(node, ast.ClassDef):
                    yield from nodes(node.body)

    assert not [node.name for node in nodes(parsed(path).body) if not ast.get_docstring(node)]


@pytest.mark.parametrize("path", [path for path in PYTHON if path.name.startswith("test_")], ids=named)
def test_every_test_states_a_truth_and_none_is_passed_over_in_silence(path: Path) -> None:
    """A test's docstring is the sentence that is true when it passes; a skip or expected failure gives its reason."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            assert ast.get_docstring(node), node.name
        if isinstance(node, ast.Attribute) and node.attr in ("skip", "skipif", "xfail", "importorskip"):
            assert _gives_reason(path, node), f"line {node.lineno}"


def _gives_reason(path: Path, wanted: ast.Attribute) -> bool:
    """Return whether *wanted* (`pytest.skip`, `pytest.mark.skipif` …) is called with a reason."""
    for call in ast.walk(parsed(path)):
        if isinstance(call, ast.Call) and call.func is wanted:
            given = [keyword.value for keyword in call.keywords if keyword.arg in ("reason", "msg")]
            if wanted.attr == "skip":
                given += call.args
            return any(not isinstance(each, ast.Constant) or each.value for each in given)
    return False


def test_test_files_have_names_of_their_own() -> None:
    """No two test files share a name, so that each can be run by it."""
    names = [path.name for path in PYTHON if path.name.startswith("test_")]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("kind", list(_FORBIDDEN))
def test_no_file_tells_where_it_was_made(kind: str) -> None:
    """The project names no package index, no path of a machine, and holds no left-overs."""
    found = []
    for path in ours():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{named(path)}: {match[0]}" for match in re.finditer(_FORBIDDEN[kind], text)]
    assert not found


def test_the_rules_find_what_breaks_them(tmp_path: Path) -> None:
    """A rule that cannot fail would be no rule."""
    path = tmp_path / "test_it.py"
    path.write_text("import pytest\n@pytest.mark.skip\ndef test_a(): pytest.skip('why'); pytest.skip('')\n")
    reasons = [
        _gives_reason(path, node)
        for node in sorted(ast.walk(parsed(path)), key=lambda node: getattr(node, "col_offset", 0))
        if isinstance(node, ast.Attribute) and node.attr == "skip"
    ]
    assert sorted(reasons) == [False, False, True]
    assert re.search(_FORBIDDEN["a path of somebody's machine"], "see /wo" + "rk/main")
    assert not re.search(_FORBIDDEN["a path of somebody's machine"], "net" + "work/main, ./home/")
    assert re.search(_FORBIDDEN["a package index"], "--index" + "-url=https://x.example")
