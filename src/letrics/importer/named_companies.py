"""Which company a row speaks of: what names one, and the one that a business address tells."""

from typing import Any

import msgspec

from letrics.importer.said import CompanySaid, Place, RowFault
from letrics.model.company import Email
from letrics.model.values import domain, is_shared_host


def is_named(company: CompanySaid) -> bool:
    """Return whether a row says which company it speaks of."""
    names = (company.id, company.external_id, *map(company.changes.get, ("domain", "domain_aliases", "name")))
    return any(names)


def named(company: CompanySaid) -> CompanySaid:
    """Return *company*; raises RowFault where nothing names it, since the next import could not know it again."""
    if not is_named(company):
        raise RowFault("", "names no company: no name, domain or id")
    return company


def company_of_emails(
    place: Place, emails: tuple[Email, ...], unnamed: CompanySaid | None, said: dict[str, Any]
) -> CompanySaid | None:
    """
    Return the company of a business address: that of the address's domain, with what the row says of one *unnamed*.

    Where there is no such address, what is said of an unnamed company goes to the contact's `custom`, in *said*.
    """
    others = unnamed.changes if unnamed is not None else {}
    for each in emails:
        try:
            host = domain(each.value)
        except ValueError:
            continue
        if not is_shared_host(host):
            return CompanySaid(place=place, changes={"domain": host, **others})
    kept = {f"company.{name}": msgspec.to_builtins(value) for name, value in others.items() if value is not None}
    if kept:
        said["custom"] = {**(said.get("custom") or {}), **kept}
    return None
