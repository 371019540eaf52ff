"""The command line of the benchmarks: `python -m benchmarks --help`."""

import click
from rich.console import Console
from rich.table import Table

from benchmarks.engines import ENGINES
from benchmarks.figures import figures, ratio
from benchmarks.harness import Harness
from benchmarks.session import Session, compare

console = Console()


@click.group()
def main() -> None:
    """Measure Letrics beside its peers."""


def _list(context: click.Context, parameter: click.Parameter, value: str) -> tuple[str, ...]:
    return tuple(each for each in value.replace(",", " ").split() if each)


_contacts = click.option("--contacts", default=200_000, show_default=True, help="How many contacts; ten a company.")
_engines = click.option("--engines", default="letrics", callback=_list, help="Engines, separated by commas.")


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
@click.option("--workload", "only", default="", callback=_list, help="Workloads, separated by commas. Default: all.")
@click.option("--rebuild", is_flag=True, help="Import anew first.")
@click.option("--check", is_flag=True, help="Compare the answers with those of a linear scan.")
@click.option("--floor", is_flag=True, help="Run the bare bitmap plans beside them.")
@click.option("--seconds", default=30.0, show_default=True, help="Time for each workload of a peer.")
def run(
    contacts: int,
    engines: tuple[str, ...],
    only: tuple[str, ...],
    rebuild: bool,
    check: bool,
    floor: bool,
    seconds: float,
) -> None:
    """Ask the engines the same questions, and print what that took."""
    harness = Harness(contacts)
    workloads = harness.workloads(only)
    sessions: list[Session] = []
    for engine in (*engines, *(["floor"] if floor else []), *(["scan"] if check else [])):
        if engine in ENGINES:
            harness.build(engine, anew=rebuild and engine == "letrics")
        sessions.append(harness.ask(engine, workloads, seconds_max=1e9 if engine == "letrics" else seconds))
        if len(sessions) > 1:
            console.print(f"{compare(sessions[0], sessions[-1], workloads):,} answers equal those of {engine}.")
    console.print(table([each for each in sessions if each.engine != "scan"]))


def table(sessions: list[Session]) -> Table:
    """Return the times of each workload, engine by engine, and their ratio to the first engine's."""
    made = Table("workload", "engine", box=None, pad_edge=False)
    for name in ("questions", "p50 ms", "p95 ms", "p99 ms", "mean ms", "ratio", "KB a page"):
        made.add_column(name, justify="right")
    for place, mine in enumerate(sessions[0].asked):
        for session in sessions:
            asked = session.asked[place]
            of = figures(asked.seconds)
            times = [f"{each:,.3f}" for each in (of.p50, of.p95, of.p99, of.mean)]
            beside = "" if session is sessions[0] else f"{ratio(mine.seconds, asked.seconds):,.1f}x"
            size = f"{sum(asked.bytes) / len(asked.bytes) / 1000:.1f}"
            made.add_row(mine.workload, session.engine, str(of.count), *times, beside, size)
    return made


if __name__ == "__main__":
    main()
