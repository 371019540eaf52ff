"""Results as tables: on a terminal, and as the page docs/benchmarks.md."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table

from benchmarks.imports import Moved
from benchmarks.results import Ran, Results, Timed

_NAMES = {
    "letrics": "Letrics",
    "tantivy": "Tantivy",
    "duckdb": "DuckDB",
    "clickhouse": "ClickHouse (chdb)",
    "postgresql": "PostgreSQL",
    "floor": "the floor",
}
_HEADERS = {"floor": "Letrics over the floor"}
_INTRODUCTION = """# Letrics beside its peers

Written by `make bench` and `make bench-full`; [CONTRIBUTING.md](../CONTRIBUTING.md#measuring) says how to run them.

One market of made-up companies and people, ten contacts a company on average, values skewed as real ones are
(Zipf). All engines get the same records and the same questions in one run. An answer is the exact total and the
rows of one page: 25 whole records as JSON.

- Every timed question is new to its process, and so is every title substring cut from a title; others warm up.
- No engine has a cache of answers; where one has, it is off.
- Totals and pages are compared, every one; a difference stops the run.
- Each engine has a process of its own, and the same two cores. Peers are given questions in their own language,
  ready to run; Letrics' time includes the parsing of the request. What a peer cannot answer within the time for a
  workload is left out, and ratios are of the medians on the questions that both answered.
- Letrics is asked before, between and after its peers, by a new process each time, since the machine's speed changes:
  its times are the medians of these, question by question, and a peer's ratio is to those right before and after it.
- *Cold* is the first questions after opening, with the files out of the system's memory; the rest is warm, asked
  when what Letrics reads ahead is read.
- *The floor* is the fastest of several bare plans over roaring bitmaps that are in memory already: nothing is
  parsed, no title is looked for, no row is read.
- The machine is shared, and its speed changes from hour to hour, up to twofold. So ratios hold; times of two engines,
  sizes or dates do not compare.
- Ratios hold on one processor. What is below is of one with a second cache of 1 MiB a core (family 26). On an older
  one, of 512 KiB (family 25), the same search among 2 million contacts took 0.47 ms, 33 times less than Tantivy's, 297
  than DuckDB's and 273 than PostgreSQL's (2026-11-27, the last commit before these results). The caches are the likely
  reason; that is not measured.
"""


@dataclass(frozen=True)
class Sheet:
    """A table: its title, what its columns are called, its rows, and a sentence below it."""

    title: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""

    def rich(self) -> Table:
        """Return it for a terminal."""
        table = Table(title=self.title, title_justify="left", title_style="bold", box=None, pad_edge=False)
        for place, name in enumerate(self.header):
            table.add_column(name, justify="right" if place else "left", no_wrap=not place)
        for row in self.rows:
            table.add_row(*row)
        return table

    def markdown(self) -> str:
        """Return it as Markdown."""
        rule = ("---",) + ("---:",) * (len(self.header) - 1)
        lines = ["| " + " | ".join(row) + " |" for row in (self.header, rule, *self.rows)]
        return "\n".join([f"### {self.title}", "", *lines, *(["", self.note] if self.note else [])]) + "\n"


def sheets(results: Results) -> list[Sheet]:
    """Return the tables of one run; those with nothing in them are left out."""
    made = [_engines(results), _workloads(results), _variants(results), _served(results), _moved(results)]
    return [each for each in made if each.rows]


def page(found: list[Results]) -> str:
    """Return the page of all results."""
    parts = [_INTRODUCTION, _growth(found).markdown()]
    for results in found:
        parts.append(
            f"## {_count(results.contacts)} contacts, {_count(results.contacts // 10)} companies\n\n"
            f"{results.when}; {results.machine}. {results.compared:,} answers compared, all equal.\n"
        )
        parts += [each.markdown() for each in sheets(results)]
    configured = {
        each.engine: each.configuration for results in found for each in results.engines if each.engine in _NAMES
    }
    if configured:
        parts.append("## How each engine is configured\n")
        parts.append("\n".join(f"- **{_NAMES[name]}**: {told}" for name, told in configured.items()) + "\n")
    return "\n".join(parts)


def _growth(found: list[Results]) -> Sheet:
    """Return how Letrics' figures grow with the data."""

    def row(results: Results) -> tuple[str, ...]:
        own = next(each for each in results.engines if each.engine == "letrics")
        mixed, unseen, first, last = (
            _of(results, workload, "letrics") for workload in ("mixed", "unseen", "first_page", "last_page")
        )
        return (
            _count(results.contacts),
            f"{own.built.seconds:,.0f} s" if own.built else "",
            f"{own.built.disk_bytes / results.contacts:,.0f} B" if own.built else "",
            _ms(own.open_seconds * 1000),
            _ms(mixed.figures.p50) if mixed else "",
            _ms(mixed.figures.p99) if mixed else "",
            _ms(unseen.figures.p99) if unseen else "",
            _ratio(last.figures.p50 / first.figures.p50) if first and last else "",
        )

    header = (
        "contacts", "imported in", "disk a contact", "opened in",
        "mixed p50", "mixed p99", "new title substring p99", "last page / first page",
    )  # fmt: skip
    return Sheet("Letrics as the data grows", header, list(map(row, found)))


def _engines(results: Results) -> Sheet:
    def row(each: Ran) -> tuple[str, ...]:
        mixed = _of(results, "mixed", each.engine)
        built = each.built
        return (
            _NAMES[each.engine],
            f"{built.seconds:,.0f} s" if built else "",
            f"{results.contacts / built.seconds:,.0f}" if built else "",
            f"{built.disk_bytes / results.contacts:,.0f} B" if built else "",
            f"{each.peak_bytes / 1e6:,.0f} MB" if built else "",
            _ms(each.open_seconds * 1000) if built else "",
            *(
                (_ms(mixed.figures.p50), _ms(mixed.figures.p95), _ms(mixed.figures.p99), _ms(mixed.figures.mean))
                if mixed
                else ("",) * 4
            ),
            _ratio(mixed.ratio) if mixed else "",
        )

    header = (
        "engine", "built in", "contacts/s", "disk a contact", "memory", "opened in",
        "mixed p50", "p95", "p99", "mean", "median, Letrics = 1",
    )  # fmt: skip
    return Sheet(
        "Engines, and the mixed workload",
        header,
        [row(each) for each in results.engines if each.engine in _NAMES],
        "Memory is the most that the process held while it was asked; in process, the harness is some 150 MB of it.",
    )


def _workloads(results: Results) -> Sheet:
    others = [each.engine for each in results.engines if each.engine in _NAMES and each.engine != "letrics"]
    rows = []
    for mine in (each for each in results.timed if each.engine == "letrics"):
        beside = [_of(results, mine.workload, engine) for engine in others]
        told = [_beside(each) for each in beside]
        of = mine.figures
        rows.append((mine.workload.replace("_", " "), str(of.count), _ms(of.p50), _ms(of.p95), _ms(of.p99), *told))
    header = (
        "workload",
        "questions",
        "p50",
        "p95",
        "p99",
        *(_HEADERS.get(engine, _NAMES[engine]) for engine in others),
    )
    return Sheet(
        "Letrics by workload, and the medians of the others as multiples of its own",
        header,
        rows,
        "In brackets: how many of the questions the other engine was asked.",
    )


def _beside(timed: Timed | None) -> str:
    if timed is None:
        return ""
    # Of the floor it matters how far above it Letrics is.
    return _ratio(1 / timed.ratio) if timed.engine == "floor" else f"{_ratio(timed.ratio)} ({timed.figures.count})"


def _variants(results: Results) -> Sheet:
    def row(each: Timed) -> tuple[str, ...]:
        first = _of(results, "first_page", each.engine) if each.workload == "last_page" else None
        return (
            f"{each.workload.replace('_', ' ')}, {each.engine}",
            str(each.figures.count),
            _ms(each.figures.p50),
            _ms(each.figures.p95),
            _ms(each.figures.p99),
            _ratio(each.ratio),
            _ratio(each.figures.p50 / first.figures.p50) if first else "",
        )

    header = ("workload", "questions", "p50", "p95", "p99", "times one import", "last page / first page")
    rows = [row(each) for each in results.timed if each.engine not in _NAMES]
    return Sheet("Letrics after several imports, and with deletes", header, rows)


def _served(results: Results) -> Sheet:
    rows = [
        (
            f"{each.server}, {each.workers} worker{'s' if each.workers > 1 else ''}",
            f"{each.rate:,.0f}/s" if each.rate else "flat out",
            f"{each.answered:,.0f}/s",
            *map(_ms, (each.latency.p50, each.latency.p95, each.latency.p99)),
            f"{each.bytes_each / 1000:.1f} KB",
            f"{each.peak_bytes / 1e6:,.0f} MB",
            f"{each.own_bytes / 1e6:,.0f} MB" if each.own_bytes else "",
        )
        for each in results.served
    ]
    return Sheet(
        "Over HTTP, mixed searches",
        ("server", "asked", "answered", "p50", "p95", "p99", "an answer", "memory a worker", "of it its own"),
        rows,
        "One worker has one core, the load the other; two workers share both with the load. At a fixed rate a latency"
        " counts from when the request was due. What is not a worker's own is pages of the mapped index, which all"
        " workers share, and which the system takes back when it needs them.",
    )


def _moved(results: Results) -> Sheet:
    first = next((each for each in results.moved if each.name == "csv"), None)

    def beside(each: Moved) -> str:
        return f"{each.seconds / first.seconds:.1%}" if first and each.name != "export" else ""

    rows = [
        (
            each.name,
            f"{each.rows:,}",
            f"{each.seconds:,.1f} s",
            f"{each.rate:,.0f}/s",
            f"{each.peak_bytes / 1e6:,.0f} MB",
            f"{each.file_bytes / 1e6:,.0f} MB" if each.file_bytes else "",
            beside(each),
        )
        for each in results.moved
    ]
    header = ("import of", "rows", "took", "rows/s", "memory", "files", "of the first CSV import")
    return Sheet("Imports, and an export", header, rows, "What is exported, two segments with deletes, is thrown away.")


def _of(results: Results, workload: str, engine: str) -> Timed | None:
    return next((each for each in results.timed if (each.workload, each.engine) == (workload, engine)), None)


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:,.0f} ms" if milliseconds >= 100 else f"{milliseconds:.3g} ms"


def _ratio(value: float) -> str:
    return f"{value:,.0f}x" if value >= 20 else f"{value:.2g}x"


def _count(number: int) -> str:
    return f"{number / 1_000_000:g} million" if number >= 1_000_000 else f"{number:,}"
