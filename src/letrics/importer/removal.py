"""Removing records: found by what names them, shown first, and taken out in one commit that can be undone."""

from collections.abc import Iterator, Sequence

import msgspec

from letrics.backend import Backend, Change, Searcher
from letrics.model.company import Email
from letrics.model.filters import Search
from letrics.model.keys import domain_key, email_key, id_key
from letrics.query.query import Query


class _Record(msgspec.Struct, frozen=True):
    id: str


class _Contact(_Record, frozen=True):
    emails: tuple[Email, ...] = ()


def ids_of_query(searcher: Searcher, query: Query) -> list[str]:
    """Return the ids of all records that *query* finds, whatever its page."""
    return [msgspec.json.decode(row, type=_Record).id for row in searcher.scan(query)]


def ids_of_keys(
    backend: Backend, search: Search, *, ids: Sequence[str], domains: Sequence[str], emails: Sequence[str]
) -> list[str]:
    """Return the ids of the stored records that have one of these ids, domains or e-mail addresses (canonical)."""
    keys = [*map(id_key, ids), *map(domain_key, domains), *map(email_key, emails)]
    found = [record_id for each in backend.lookup().find(search, keys) for record_id in each]
    # An address such as info@ is no key: several may share it.
    found += _ids_of_addresses(backend.searcher(), emails) if emails else ()
    return list(dict.fromkeys(found))


def _ids_of_addresses(searcher: Searcher, emails: Sequence[str]) -> Iterator[str]:
    """Yield the ids of all contacts that have one of these addresses, whatever its type."""
    wanted = set(emails)
    written = [msgspec.json.encode(each) for each in wanted]
    for _, read in searcher.scan(Query(search="contacts")).lines():
        lines = bytes(read)
        # Few lines hold any: the others are not decoded.
        if any(each in lines for each in written):
            for line in lines.splitlines():
                contact = msgspec.json.decode(line, type=_Contact)
                if any(each.value in wanted for each in contact.emails):
                    yield contact.id


def remove(
    backend: Backend, search: Search, ids: Sequence[str], *, with_contacts: bool, at: str, why: str
) -> tuple[int, int]:
    """
    Remove records; return how many companies and contacts went.

    The contacts of a removed company stay, without a company, unless they go *with_contacts*.
    """
    with backend.writer("delete") as writer:
        contacts = list(writer.lookup.contact_ids_of(ids)) if search == "companies" and with_contacts else []
        for record_id in contacts:
            writer.delete("contacts", record_id)
        for record_id in ids:
            writer.delete(search, record_id)
        gone = (len(ids), len(contacts)) if search == "companies" else (0, len(ids))
        writer.commit(
            Change(kind="delete", at=at, what=(why,), companies=(0, 0, 0, gone[0]), contacts=(0, 0, 0, gone[1]))
        )
    return gone
