"""
An import from start to end: read everything, tell which rows speak of what, merge, write, commit once.

References between files are resolved after all of them are read, so that their order changes nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import BinaryIO

import msgspec

from letrics.backend import Backend
from letrics.errors import InvalidInput
from letrics.garbage import not_looked_for
from letrics.importer.ahead import one_ahead
from letrics.importer.borrowed_ids import DEFAULT_SOURCE
from letrics.importer.companies import CompanyWords, write_companies
from letrics.importer.contacts import ContactDrafts
from letrics.importer.guess import SAMPLE_ROWS, guess
from letrics.importer.inputs import Input, expand
from letrics.importer.mapping import Mapping
from letrics.importer.mapping_file import MappingFile, apply, write_mapping
from letrics.importer.presets import presets, recognised
from letrics.importer.preview import ColumnPreview, preview, sample_values
from letrics.importer.reading import InputOrder, Known, Read, RowReader
from letrics.importer.rejects import check_rejects_place, rejects_kept
from letrics.importer.replacing import Replacing
from letrics.importer.report import Progress, Reject, Report
from letrics.importer.rows import Batch, BrokenRow, Row
from letrics.importer.shelf import Shelf
from letrics.importer.suppressions import IsSuppressed
from letrics.importer.write import Writing


class ImportOptions(msgspec.Struct, frozen=True, kw_only=True):
    """
    *source* names where the data is from (default: as the preset or the mapping has it, else `file`); *rejects* is
    where rejected rows go (default: by the first file).

    *sheet* names the sheet of a workbook (default: the first with anything in it); *mapping* is a mapping file and
    its name, which overrules what is guessed.  A *dry_run* changes nothing.  With *replace_source* the files
    are all that *source* has: what they do not speak of goes.  *scratch* is the folder for what is put aside
    meanwhile (default: where temporary files go).
    """

    source: str | None = None
    rejects: Path | None = None
    sheet: str | None = None
    mapping: tuple[str, MappingFile] | None = None
    scratch: Path | None = None
    dry_run: bool = False
    replace_source: bool = False


# An import makes millions of objects and no cycles; looking for some takes a fifth of its time.  What it holds itself
# is gone before they are looked for again.
@not_looked_for()
def run_import(
    paths: Sequence[str],
    options: ImportOptions,
    backend: Backend,
    *,
    now: str,
    stdin: BinaryIO,
    progress: Progress,
    suppressions: Callable[[], IsSuppressed | None] = lambda: None,
) -> Report:
    """
    Import *paths* (`-` is *stdin*) and return what became of them; *now* is the time of the import.

    *suppressions* gives, once nothing else can change the data, what tells who must not come in.

    Raises InvalidInput or NotFound for a file that cannot be read at all, ConflictError when another import
    is under way.  Until it returns, searches see the data as it was; if it raises, it stays so.
    """
    started = perf_counter()
    if not paths:
        raise InvalidInput("Name a file to import, or - for standard input.")
    report = Report(dry_run=options.dry_run)
    files, report.passed_over = expand(paths)
    check_rejects_place(options.rejects, files)
    with ExitStack() as stack:
        inputs = [stack.enter_context(closing(Input(path, stdin, sheet=options.sheet))) for path in files]
        writer = stack.enter_context(backend.writer(f"import of {', '.join(Path(each).name for each in files)}"))
        mappings = [mapping_of(each, options) for each in inputs]
        sources = [options.source or (mapping and mapping.source) or DEFAULT_SOURCE for mapping in mappings]
        run = Writing(
            sources=sources,
            now=now,
            writer=writer,
            report=report,
            names=[each.name for each in inputs],
            progress=progress,
            is_suppressed=suppressions(),
            replacing=Replacing(sources[0]) if options.replace_source else None,
        )
        shelf = stack.enter_context(closing(Shelf(options.scratch)))
        _write_all(run, inputs, mappings, shelf)
        if run.replacing is not None:
            progress.phase("Removing what is gone", None)
            run.replacing.finish(writer, report, now)
        _add_texts(report, inputs)
        report.rejected = len(report.rejects)
        if options.dry_run:
            report.previews = _previews(inputs, mappings)
        else:
            progress.phase("Indexing", None)
            with rejects_kept(report, options.rejects, paths[0]):
                report.generation = writer.commit(report.as_change(now, run.names, run.sources))
            report.number = backend.changes()[-1].number
    report.seconds = perf_counter() - started
    return report


def _write_all(run: Writing, inputs: Sequence[Input], mappings: Sequence[Mapping | None], shelf: Shelf) -> None:
    """Read all inputs, then write what they say: a reference may lead to what stands in another file."""
    readers: list[RowReader] = []
    words = CompanyWords(shelf, lambda known: readers[known.file].companies_again(known.origins))
    drafts = ContactDrafts(shelf, lambda file, origins, draft: readers[file].again(origins, draft))
    for number, (each, mapping) in enumerate(zip(inputs, mappings, strict=True)):
        run.progress.phase(f"Reading {Path(each.name).name}", None)
        reading = msgspec.json.encode((version("letrics"), mapping))
        order = InputOrder(number, each.name, run.sources[number], run.now, mapping, reading)
        readers.append(RowReader(order, run.is_suppressed))
        with closing(one_ahead(_steps(each, readers[-1], run))) as batches:
            for step in batches:
                _put_aside(run, each, step, words, drafts)
                run.progress.advance(len(step.batch), step.share_read)
        notes = [*each.notes, *(mapping.notes() if mapping is not None else [])]
        notes += [
            f"{column}: {n:,} values kept in custom as they are" for column, n in readers[-1].unread.most_common()
        ]
        if notes:
            run.report.notes[each.name] = notes
    drafts.write(run, write_companies(run, words))


class _Step(msgspec.Struct, frozen=True):
    """Some rows of an input: those that are *known*, what the others say, and how much of the input is read by then."""

    batch: Batch
    known: Known
    read: Read
    share_read: float | None


def _steps(each: Input, reader: RowReader, run: Writing) -> Iterator[_Step]:
    """Read all rows of an input, many at once."""
    for batch in each.batches():
        # Whoever reads the file tells how far it is: nobody else may look at it meanwhile.
        share_read = each.share_read
        known = reader.known(batch.rows, run.writer.lookup, may_pass=run.replacing is None)
        yield _Step(batch, known, reader.read(known.others, batch.others, run.writer.lookup), share_read)


def _put_aside(run: Writing, each: Input, step: _Step, words: CompanyWords, drafts: ContactDrafts) -> None:
    """Put aside what some rows of an input say of companies and contacts, and reject the rest."""
    batch, known, read = step.batch, step.known, step.read
    run.report.read += len(batch)
    rejects = [Reject(each.name, row.line, "", row.reason, row.text) for row in batch.broken]
    words.known.add(known.companies)
    for word in known.words:
        words.number_of(word)
    read.keep_rows(run.writer)
    numbers = words.numbers_of(read.companies, read.company_drafts)
    read.drafts.companies = [-1 if place < 0 else numbers[place] for place in read.drafts.companies]
    drafts.add(read.drafts, known.contacts)
    run.report.rejects += sorted([*rejects, *read.rejects], key=lambda reject: reject.line)


def _previews(inputs: Sequence[Input], mappings: Sequence[Mapping | None]) -> dict[str, list[ColumnPreview]]:
    """Return what each file's columns would feed."""
    return {
        each.name: preview(mapping, sample_of(each))
        for each, mapping in zip(inputs, mappings, strict=True)
        if mapping is not None
    }


def _add_texts(report: Report, inputs: Sequence[Input]) -> None:
    """Give the rejects that were found after reading, such as references that lead nowhere, the text of their rows."""
    wanted = {(reject.file, reject.line) for reject in report.rejects if not reject.row}
    texts: dict[tuple[str, int], str] = {}
    for each in inputs:
        if any(file == each.name for file, _ in wanted):
            rows = (row for row in each.rows() if (each.name, row.line) in wanted)
            texts |= {(each.name, row.line): row.text if isinstance(row, BrokenRow) else row.as_written for row in rows}
    report.rejects = [
        reject if reject.row else msgspec.structs.replace(reject, row=texts.get((reject.file, reject.line), ""))
        for reject in report.rejects
    ]


def written_mapping(path: str, options: ImportOptions, stdin: BinaryIO) -> str:
    """Return the mapping of a file as a mapping file; raises InvalidInput for one whose fields have names."""
    with closing(Input(path, stdin, sheet=options.sheet)) as each:
        mapping = mapping_of(each, options)
        if mapping is None:
            raise InvalidInput(f"{path} is JSON: its fields have names, and need no mapping.")
        rows = sample_of(each)
        return write_mapping(mapping, [sample_values(rows, place) for place in range(len(mapping.columns))])


def mapping_of(each: Input, options: ImportOptions) -> Mapping | None:
    """
    Return what the columns of an input feed, None for JSON, whose fields have names.

    A mapping file comes first, then a preset that recognises the headers, then the guess.
    """
    if each.header is None:
        return None
    preset = recognised(each.header)
    chosen = options.mapping or ((preset, presets()[preset]) if preset is not None else None)
    guessed = guess(each.header, sample_of(each), chosen[1].record if chosen is not None else None)
    return apply(chosen[1], chosen[0], each.header, guessed) if chosen is not None else guessed


def sample_of(each: Input) -> list[list[str]]:
    """Return the cells of an input's first rows."""
    rows = (row for row in each.rows() if isinstance(row, Row))
    return [row.cells for row in islice(rows, SAMPLE_ROWS) if row.cells is not None]
