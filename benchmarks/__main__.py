"""The command line of the benchmarks: `python -m benchmarks --help`."""

from pathlib import Path

import click
from rich.console import Console

from benchmarks import imports, over_http
from benchmarks.engines import ENGINES, Variant
from benchmarks.harness import Harness
from benchmarks.questions import Workload
from benchmarks.questions import workloads as workloads_of
from benchmarks.report import page, sheets
from benchmarks.results import Results, load_all
from benchmarks.session import Built, Session, compare, typical

# Figures that are cut off say nothing: a narrow window wraps the lines instead.
console = Console(width=max(Console().width, 170))
_PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
_SECTIONS = ("floor", "variants", "http", "imports")
_VARIANTS = {
    "2 imports": Variant(parts=2),
    "10 imports": Variant(parts=10),
    "1 % deleted": Variant(deleted_every=100),
    "10 % deleted": Variant(deleted_every=10),
}
_WORKLOADS_OF_VARIANTS = ("mixed", "first_page", "last_page")
# Beyond it no variants are built, and imports are of CSV only: each takes minutes.
_ALL_CONTACTS_MAX = 1_000_000


@click.group()
def main() -> None:
    """Measure Letrics beside its peers."""


def _list(context: click.Context, parameter: click.Parameter, value: str) -> tuple[str, ...]:
    return tuple(each for each in value.replace(",", " ").split() if each)


_contacts = click.option("--contacts", default=200_000, show_default=True, help="How many contacts; ten a company.")
_engines = click.option("--engines", default="letrics", callback=_list, help="Engines, separated by commas.")
_seconds = click.option("--seconds", default=10.0, show_default=True, help="A peer's time for each workload.")


@main.command()
@_contacts
@_engines
def data(contacts: int, engines: tuple[str, ...]) -> None:
    """Make the files and build the indexes, unless they are there."""
    harness = Harness(contacts)
    for engine in engines:
        built = harness.build(engine)
        console.print(
            f"{engine}: {built.seconds:.1f} s, {built.disk_bytes / contacts:,.0f} B a contact on disk,"
            f" {built.peak_bytes / 1e6:,.0f} MB of memory at most"
        )


@main.command()
@_contacts
@_engines
@_seconds
@click.option("--workload", "only", default="", callback=_list, help="Workloads, separated by commas. Default: all.")
@click.option("--rebuild", is_flag=True, help="Import anew first.")
@click.option("--check", is_flag=True, help="Compare the answers with those of a linear scan.")
@click.option("--floor", is_flag=True, help="Run the bare bitmap plans beside them.")
def run(  # a command's options are its parameters
    contacts: int,
    engines: tuple[str, ...],
    seconds: float,
    only: tuple[str, ...],
    rebuild: bool,
    check: bool,
    floor: bool,
) -> None:
    """Ask the engines the same questions, and print what that took."""
    harness = Harness(contacts)
    workloads = harness.workloads(only)
    others = [*engines[1:], *(["floor"] if floor else []), *(["scan"] if check else [])]
    _show(_asked(harness, workloads, (engines[0], *others), seconds, rebuild))


@main.command(name="all")
@click.option("--sizes", default="200000", callback=_list, help="Numbers of contacts.")
@click.option("--only", default="", callback=_list, help=f"Engines, workloads, and of: {', '.join(_SECTIONS)}.")
@click.option("--save", is_flag=True, help="Save the results even if only some are asked for.")
@_seconds
def all_(sizes: tuple[str, ...], only: tuple[str, ...], save: bool, seconds: float) -> None:
    """Measure everything; save it and write docs/benchmarks.md, unless only some is asked for."""
    for size in sizes:
        harness = Harness(int(size))
        known = {each.name for each in workloads_of(harness.world)}
        unknown = set(only) - known - set(ENGINES) - set(_SECTIONS)
        if unknown:
            raise click.UsageError(f"There is no {', '.join(sorted(unknown))}. There are: {', '.join(sorted(known))}.")
        named = tuple(each for each in only if each in known)
        sections = [each for each in _SECTIONS if each in only or not only]
        engines = tuple(each for each in ENGINES if each in only or not only) or ("letrics",)
        with_floor = ("floor",) if "floor" in sections else ()
        wanted = not only or named or set(only) & {*ENGINES, "floor"}
        workloads = harness.workloads(named) if wanted else []
        results = _asked(harness, workloads, (*engines, *with_floor), seconds, rebuild=not only)
        is_large = harness.contacts > _ALL_CONTACTS_MAX
        if "variants" in sections and not is_large:
            _ask_variants(harness, results)
        if "http" in sections:
            console.print("Over HTTP …")
            results.served = over_http.measure(harness.folder / "letrics", harness.world)
        if "imports" in sections:
            console.print("Imports …")
            results.moved = imports.measure(harness, briefly=is_large)
        _show(results)
        if save or not only:
            results.save()
            _write_page()


@main.command()
def report() -> None:
    """Write docs/benchmarks.md anew from the saved results."""
    _write_page()


def _asked(
    harness: Harness, workloads: list[Workload], engines: tuple[str, ...], seconds: float, rebuild: bool
) -> Results:
    """
    Build what is not built, ask every engine, and compare what they answer with the first one's.

    The first is asked before, between and after the others, for the machine's speed changes meanwhile: beside each
    other engine stands what it took around it.
    """
    results = Results(contacts=harness.contacts)
    built = [_built(harness, engine, rebuild and engine == "letrics") for engine in engines]
    first, limit = engines[0], 1e9 if engines[0] == "letrics" else seconds
    around = [harness.ask(first, workloads, seconds_max=limit)]
    others: list[Session] = []
    for engine in engines[1:]:
        console.print(f"{harness.contacts:,} contacts: {engine} is asked …")
        session = harness.ask(engine, workloads, seconds_max=seconds)
        results.compared += compare(around[0], session, workloads)
        others.append(session)
        around.append(harness.ask(first, workloads, seconds_max=limit))
    results.add(typical(around), built[0], typical(around))
    for place, session in enumerate(others):
        if session.engine != "scan":
            results.add(session, built[1 + place], typical(around[place : place + 2]))
    return results


def _built(harness: Harness, engine: str, anew: bool) -> Built | None:
    if engine not in ENGINES:
        return None
    console.print(f"{harness.contacts:,} contacts: {engine} is built, unless it is there …")
    return harness.build(engine, anew=anew)


def _ask_variants(harness: Harness, results: Results) -> None:
    """Ask Letrics after several imports, and with deletes; a linear scan says what is right."""
    plain = harness.ask("letrics", harness.workloads(_WORKLOADS_OF_VARIANTS))
    for name, variant in _VARIANTS.items():
        console.print(f"{harness.contacts:,} contacts: letrics, {name} …")
        built = harness.build("letrics", variant=variant, anew=True)
        workloads = harness.workloads(_WORKLOADS_OF_VARIANTS, variant=variant)
        session = harness.ask("letrics", workloads, variant=variant)
        right = harness.ask("scan", workloads, variant=variant) if variant.deleted_every else plain
        results.compared += compare(session, right, workloads)
        results.add(session, built, plain, name)


def _show(results: Results) -> None:
    for sheet in sheets(results):
        console.print(sheet.rich())
        console.print()
    console.print(f"{results.compared:,} answers compared, all equal.")


def _write_page() -> None:
    _PAGE.write_text(page(load_all()), encoding="utf-8")
    console.print(f"Written: {_PAGE.relative_to(Path.cwd()) if _PAGE.is_relative_to(Path.cwd()) else _PAGE}")


if __name__ == "__main__":
    main()
