"""How an import's report looks on a terminal."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from letrics.cli import terminal
from letrics.importer.preview import ColumnPreview
from letrics.importer.report import Outcome, Report

_REJECTS_SHOWN = 5
_CLASHES_SHOWN = 5
_SAMPLE_CHARACTERS = 70


def print_report(report: Report) -> None:
    """Print what an import did, or would do."""
    out = terminal.output
    for file, columns in report.previews.items():
        out.print(Text(file, style="bold"))
        out.print(_columns(columns))
        for note in report.notes.get(file, ()):
            if " → " not in note:
                out.print(Text(f"  {note}"), soft_wrap=True)
        out.print()
    for file, notes in report.notes.items():
        if file in report.previews:
            continue
        out.print(Text(file, style="bold"))
        for note in notes:
            out.print(Text(f"  {note}"), soft_wrap=True)
        out.print()
    if report.passed_over:
        out.print(Text(f"Passed over, as no data: {', '.join(report.passed_over)}\n"), soft_wrap=True)
    table = Table(box=None, pad_edge=False)
    removes = report.companies.deleted or report.contacts.deleted
    deeds = ("created", "updated", "unchanged", *(("deleted",) if removes else ()))
    for title in ("", *(f"would be {did}" if report.dry_run else did for did in deeds)):
        table.add_column(title, justify="left" if not title else "right")
    table.add_row("companies", *_figures(report.companies, deeds))
    table.add_row("contacts", *_figures(report.contacts, deeds))
    out.print(table)
    kept_out = report.companies.suppressed, report.contacts.suppressed
    if any(kept_out):
        out.print(f"Kept out, as suppressed: {kept_out[0]:,} companies and {kept_out[1]:,} contacts.")
    number = f"Import {report.number}: " if report.number else ""
    out.print(f"\n{number}{report.read:,} rows read, {report.rejected:,} rejected, in {report.seconds:.1f} s.")
    _print_remarks(report)
    if report.dry_run:
        out.print("\nA dry run: nothing was changed.")


def _print_remarks(report: Report) -> None:
    """Print what was rejected, and what was noticed."""
    out = terminal.output
    for reject in report.rejects[:_REJECTS_SHOWN]:
        field = f"{reject.field}: " if reject.field else ""
        out.print(Text(f"  {reject.file}, line {reject.line}: {field}{reject.reason}"), soft_wrap=True)
    if report.rejects_file is not None:
        out.print(Text(f"All rejected rows, with reasons, are in {report.rejects_file}."), soft_wrap=True)
    for clash in report.clashes[:_CLASHES_SHOWN]:
        out.print(Text(f"Note: {clash}"), soft_wrap=True)
    if report.clashes_total > _CLASHES_SHOWN:
        out.print(f"… and {report.clashes_total - _CLASHES_SHOWN:,} notes more; --json has the first of them.")


def _figures(outcome: Outcome, deeds: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{getattr(outcome, did):,}" for did in deeds)


def _columns(columns: Sequence[ColumnPreview]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("Column", overflow="fold")
    table.add_column("feeds", overflow="fold")
    table.add_column("sure", justify="right")
    table.add_column("values: in the file → in the record", overflow="fold")
    for each in columns:
        feeds = ", ".join(each.targets)
        sure = "" if each.targets == ("custom",) else f"{each.confidence:.0%}"
        same = [s.before if s.before == s.after else f"{s.before} → {s.after}" for s in each.samples]
        shown = "\n".join(value[:_SAMPLE_CHARACTERS].replace("\n", " ") for value in same)
        table.add_row(Text(each.header), Text(feeds, style="dim" if feeds == "custom" else ""), sure, Text(shown))
    return table
