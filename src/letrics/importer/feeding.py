"""Which columns of a file feed which field of its records, where each field can be read on its own."""

import msgspec

from letrics.importer.headers import DERIVED
from letrics.importer.mapping import CUSTOM, Mapping
from letrics.model.fields import COMPANY_FIELDS, CONTACT_FIELDS, Value

# Fields that are the text of a cell.
TEXTS = frozenset(field.name for field in (*CONTACT_FIELDS, *COMPANY_FIELDS) if field.value is Value.TEXT)


class FieldColumns(msgspec.Struct, frozen=True):
    """
    The *columns* (header and place) of one field; those not of its *own* only say how the others are to be read.

    *is_plain* says that it is one column whose cells are not changed first, *is_text* that they are the values.
    """

    columns: tuple[tuple[str, int], ...]
    own: frozenset[str]
    is_plain: bool
    is_text: bool

    @property
    def headers(self) -> list[str]:
        """The names of the columns."""
        return [header for header, _ in self.columns]


class Feeding(msgspec.Struct, frozen=True):
    """The columns of each of the record's *fields*, those of a contact's *company*, and those kept in *custom*."""

    fields: dict[str, FieldColumns]
    company: list[tuple[str, int]]
    custom: list[tuple[str, int]]

    @classmethod
    def of(cls, mapping: Mapping) -> "Feeding | None":
        """Return it, None where rows hold more than a record, or a field is made of what feeds another."""
        if mapping.joins or mapping.people or any(column.names_derived for column in mapping.columns):
            return None
        if any(target.startswith(f"{mapping.record}.") for target in mapping.constants):
            return None
        fed: dict[str, list[tuple[str, int]]] = {}
        feeding = cls({}, [], [])
        for place, column in enumerate(mapping.columns):
            if column.targets == (DERIVED,):
                continue
            if column.targets in ((), (CUSTOM,)):
                feeding.custom.append((column.header, place))
                continue
            record, _, name = column.targets[0].partition(".")
            if len(column.targets) > 1 or record not in ("contact", "company") or name.startswith("custom"):
                return None
            if record == mapping.record:
                fed.setdefault(name.partition(".")[0], []).append((column.header, place))
            elif record == "company":
                feeding.company.append((column.header, place))
            else:
                return None
        for name, columns in fed.items():
            is_plain = len(columns) == 1 and mapping.columns[columns[0][1]].is_plain
            # A number without its country is one of the country where its holder is.
            context = fed.get("location", []) if name == "phones" else []
            own = frozenset(header for header, _ in columns)
            feeding.fields[name] = FieldColumns(
                (*columns, *context), own, is_plain, is_plain and name in (*TEXTS, "id")
            )
        return feeding
