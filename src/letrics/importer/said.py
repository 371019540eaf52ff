"""What rows say: of companies and contacts, in canonical values, with where they say it."""

from typing import Any, get_type_hints

import msgspec
from msgspec import UNSET, UnsetType

from letrics.model.company import Company
from letrics.model.fields import COMPANY_FIELDS

# What a row says that only refers to a company.
REFERRING = frozenset({"domain", "external_id"})
Place = tuple[int, int]  # the file's place in the command, and the line


class CompanySaid(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a row says of a company.  A *reference* has nothing but keys, and changes nothing.

    *id* is a Letrics id that the file gives, *external_id* the source's own.
    """

    place: Place
    id: str | None = None
    external_id: str | None = None
    changes: dict[str, Any] = {}

    @property
    def is_reference(self) -> bool:
        """Whether the row says nothing of the company but which one it is."""
        return self.changes.keys() <= REFERRING


def _typed_changes() -> type[msgspec.Struct]:
    types = get_type_hints(Company)
    return msgspec.defstruct(
        "CompanyChanges", [(f.name, types[f.name] | None | UnsetType, UNSET) for f in COMPANY_FIELDS]
    )


# What a row says of a company, with its types: for what puts it aside.
CompanyChanges: Any = _typed_changes()


class ContactSaid(msgspec.Struct, frozen=True, kw_only=True):
    """What a row says of a contact, and of the contact's company if it names one."""

    place: Place
    id: str | None = None
    external_id: str | None = None
    changes: dict[str, Any] = {}
    company: CompanySaid | None = None


Said = CompanySaid | ContactSaid


class RowFault(Exception):
    """Why a row cannot be taken: the *field* that is at fault, and the reason."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason
