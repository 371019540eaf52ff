"""What an import would make of each column, shown on a few of its values: for `--dry-run` and mapping files."""

from collections.abc import Sequence

import msgspec

from letrics.importer.field_values import PartlyRead, value_of_cell
from letrics.importer.mapping import CUSTOM, Column, Mapping
from letrics.model.company import Email
from letrics.model.fields import COMPANY_FIELDS, CONTACT_FIELDS
from letrics.model.values import text

_FIELDS = {f"company.{f.name}": f for f in COMPANY_FIELDS} | {f"contact.{f.name}": f for f in CONTACT_FIELDS}
_SAMPLES = 3
_KEPT = "kept in custom as it is"


class Sample(msgspec.Struct, frozen=True):
    """A value as the file has it, and as the record will have it."""

    before: str
    after: str


class ColumnPreview(msgspec.Struct, frozen=True):
    """A column: what it feeds, how sure that is, and a few of its values."""

    header: str
    targets: tuple[str, ...]
    confidence: float
    samples: tuple[Sample, ...]


def preview(mapping: Mapping, rows: Sequence[Sequence[str]]) -> list[ColumnPreview]:
    """Return what each column of *mapping* makes of its first distinct values in *rows*."""
    elsewhere = {header: join.to for join in mapping.joins for header in join.columns}
    elsewhere |= {header: f"contact.{field}" for each in mapping.people for header, field in each.columns.items()}
    shown = []
    for place, column in enumerate(mapping.columns):
        values = sample_values(rows, place)
        targets = column.targets or ((elsewhere[column.header],) if column.header in elsewhere else (CUSTOM,))
        samples = tuple(Sample(value, _after(column, value)) for value in values)
        shown.append(ColumnPreview(column.header, targets, column.confidence, samples))
    return shown


def sample_values(rows: Sequence[Sequence[str]], place: int) -> list[str]:
    """Return the first few distinct values of a column."""
    values: dict[str, None] = {}
    for row in rows:
        value = text(row[place])
        if value is not None:
            values[value] = None
            if len(values) == _SAMPLES:
                break
    return list(values)


def _after(column: Column, value: str) -> str:
    try:
        target = column.targets[0] if column.targets else CUSTOM
        texts = [(target, value)] if column.is_plain else column.texts(value)
        return "; ".join(_shown(target, part) for target, part in texts) or "nothing"
    except ValueError:
        return _KEPT


def _shown(target: str, part: str) -> str:
    field = _FIELDS.get(target)
    if field is None:
        return part
    try:
        value = value_of_cell(field.value, part)
    except PartlyRead as read:
        value = read.value
    if isinstance(value, tuple):
        return ", ".join(each.value if isinstance(each, Email) else str(each) for each in value)
    return "nothing" if value is None else str(value)
