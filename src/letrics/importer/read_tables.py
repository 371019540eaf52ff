"""Tables with types, here the sheets of a workbook; each value becomes the text that a CSV would have."""

import json
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from letrics.errors import InvalidInput, NotFound
from letrics.importer.rows import BrokenRow, Row, distinct_names
from letrics.importer.sheet_size import check_sheets

# A sheet may have a title and notes above the names of its columns.
_TITLE_ROWS_MAX = 20


class WorkbookReader:
    """One sheet of a workbook (XLSX, XLS, XLSB, ODS); its first row with several cells names the columns."""

    def __init__(self, name: str, path: Path, sheet: str | None) -> None:
        from python_calamine import CalamineError, CalamineWorkbook

        if zipfile.is_zipfile(path):
            check_sheets(name, path)
        try:
            workbook = CalamineWorkbook.from_path(str(path))
        except (CalamineError, OSError) as error:
            raise InvalidInput(f"{name} is no workbook that can be read: {error}") from None
        names = workbook.sheet_names
        if sheet is not None and sheet not in names:
            raise NotFound(f"{name} has no sheet {sheet!r}. Its sheets are: {', '.join(names)}.")
        for each in [sheet] if sheet is not None else names:
            try:
                self._rows: list[list[Any]] = workbook.get_sheet_by_name(each).to_python(skip_empty_area=False)
            except CalamineError as error:
                raise InvalidInput(f"{name}: the sheet {each!r} cannot be read: {error}") from None
            self._first = self._find_header()
            if self._first >= 0:
                break
        else:
            raise InvalidInput(f"{name} is empty.")
        others = [other for other in names if other != each]
        self.notes = [f"sheet {each!r} is read; {', '.join(map(repr, others))} with --sheet"] if others else []
        if any(cell_text(value) for row in self._rows[: self._first] for value in row):
            self.notes.append(f"row {self._first + 1} names the columns; what stands above it is passed over")
        cells = [cell_text(value) for value in self._rows[self._first]]
        # Formatting leaves empty columns behind the last one that has a name or a value.
        self._width = max((i + 1 for row in self._rows for i, value in enumerate(row) if cell_text(value)), default=0)
        self.header: list[str] | None = distinct_names(cells[: self._width])

    def _find_header(self) -> int:
        """Return the row that names the columns: the first with several names, else with anything; -1 if none has."""
        filled = [sum(1 for value in row if cell_text(value)) for row in self._rows[:_TITLE_ROWS_MAX]]
        several = next((place for place, count in enumerate(filled) if count > 1), -1)
        return (
            several if several >= 0 else next((i for i, row in enumerate(self._rows) if any(map(cell_text, row))), -1)
        )

    def rows(self) -> Iterator[Row | BrokenRow]:
        """Yield every row that has something in it; its line is that of the sheet."""
        for place, values in enumerate(self._rows[self._first + 1 :], self._first + 2):
            cells = [cell_text(value) for value in values[: self._width]]
            if any(cells):
                yield Row(place, cells, None, "")


def cell_text(value: Any) -> str:
    """Return a typed value as the text that a CSV would have: whole numbers without a point, times in ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() and value.tzinfo is None else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, list) and set(map(type, value)) <= {str}:
        parts = "".join(value)
        if parts.isprintable() and '"' not in parts and "\\" not in parts:
            return '["' + '", "'.join(value) + '"]' if value else "[]"
    if isinstance(value, list | dict | tuple):
        return json.dumps(value, ensure_ascii=False, default=cell_text)
    if isinstance(value, timedelta):
        return str(value)
    return str(value)
