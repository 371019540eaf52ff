"""Cells of CSV, compiled: told apart just as Python's `csv` does, strictly and without the spaces before a cell."""

from typing import Any

from letrics.packed.compiled import inner, kernel

_QUOTE, _SPACE, _LF, _CR, _DELETE = 34, 32, 10, 13, 127
# Instead of where a cell ends: it is not CSV, or goes on beyond what there is.
_BROKEN = -1


@inner
def _quoted(data: Any, at: int, cells: Any, out: int) -> Any:
    """Do as `_cell` does for a cell whose quote was opened before *at*."""
    total, lines = len(data), 0
    while at < total:
        byte = data[at]
        at += 1
        if byte == _QUOTE:
            if at == total or data[at] != _QUOTE:
                return at, out, lines
            at += 1
        elif byte == _LF:
            lines += 1
        elif byte == _CR and (at == total or data[at] != _LF):
            return _BROKEN, out, lines
        cells[out] = byte
        out += 1
    return _BROKEN, out, lines


@inner
def _cell(data: Any, at: int, delimiter: int, cells: Any, out: int) -> Any:
    """Put the cell that begins at *at* to *out*; return where it ends here and there, and what lines end within."""
    total = len(data)
    while at < total and data[at] == _SPACE:
        at += 1
    if at < total and data[at] == _QUOTE:
        at, out, lines = _quoted(data, at + 1, cells, out)
        if 0 <= at < total and data[at] != delimiter and data[at] != _LF and data[at] != _CR:
            at = _BROKEN
        return at, out, lines
    while at < total and data[at] != delimiter and data[at] != _LF and data[at] != _CR:
        cells[out] = data[at]
        out += 1
        at += 1
    return at, out, 0


@inner
def _holds_letters(cells: Any, at: int, end: int) -> bool:
    """Return whether there is a byte that is surely no white space."""
    while at < end and not _SPACE < cells[at] < _DELETE:
        at += 1
    return at < end


@kernel
def split(data: Any, delimiter: int, width: int, cell_bytes_max: int, cells: Any, ends: Any, rows: Any) -> Any:
    """
    Put the cells of the first rows that have *width* of them into *cells*, and where each ends into *ends*, from 1 on.

    *rows* gets, of each row, where it begins and ends in *data*, how many lines come before it, whether it is one of
    these.  Those that are not, or may be blank, are left out of *cells*.  Returns how many rows there are, how many of
    these, and where the next row begins, which is no whole row of CSV.
    """
    at, out, line, count, plain = 0, 0, 0, 0, 0
    while at < len(data):
        first, first_out, first_line = at, out, line
        found, is_plain = 0, False
        fits = True
        while True:
            start = out
            at, out, lines = _cell(data, at, delimiter, cells, out)
            if at < 0 or out - start > cell_bytes_max:
                return count, plain, first
            line += lines
            if found < width:
                ends[plain * width + found + 1] = out
                is_plain = is_plain or _holds_letters(cells, start, out)
            elif out > start:
                fits = False
            found += 1
            if at == len(data) or data[at] != delimiter:
                break
            at += 1
        if at < len(data) and data[at] == _CR and (at + 1 == len(data) or data[at + 1] != _LF):
            return count, plain, first
        is_plain = is_plain and fits and found >= width
        rows[count, 0], rows[count, 1], rows[count, 2], rows[count, 3] = first, at, first_line, is_plain
        count += 1
        if is_plain:
            plain += 1
        else:
            out = first_out
        at += 2 if at < len(data) and data[at] == _CR else 1
        line += 1
    return count, plain, min(at, len(data))
