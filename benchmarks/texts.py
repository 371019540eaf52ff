"""
The made-up records as Arrow columns of text: what a file says of them, and what a search answers.

Everything is put together column by column; of a vocabulary each value is made once and then taken by number.
Every domain and profile says that it is not real; phone numbers are of the block kept for film and print.
"""

from functools import cached_property
from typing import Any

import msgspec
import numpy as np
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.people import Companies, Contacts, Numbers, make_companies, make_contacts
from benchmarks.world import World
from letrics.demo.countries import COUNTRIES
from letrics.demo.names import FIRST_WORDS, MARK, SECOND_WORDS, TRADES, mailbox_part
from letrics.model.folding import fold
from letrics.model.location import Location
from letrics.model.places import canonical_location, location_terms
from letrics.model.values import tld_terms

IMPORTED_AT = "2026-11-20T12:00:00Z"
SOURCE = "benchmark"
_ID_DIGITS = np.frombuffer(b"0123456789abcdefghijklmnopqrstuv", dtype=np.uint8)
_ID_LENGTH = 12  # of 5 bits each
_WITH_REGION = ("US", "CA", "AU")

Column = Any  # a pyarrow array


def joined(*parts: Any) -> Column:
    """Return the columns and constant texts *parts* joined row by row; what is null makes the row null."""
    return pc.binary_join_element_wise(*[pa.scalar(p) if isinstance(p, str) else p for p in parts], "")


def quoted(column: Column) -> Column:
    """Return text as JSON strings, null where there is none."""
    escaped = pc.replace_substring(pc.replace_substring(column, "\\", "\\\\"), '"', '\\"')
    return joined('"', escaped, '"')


def json_list(column: Column) -> Column:
    """Return lists of text (nothing in it that JSON would escape) as JSON."""
    return pc.if_else(
        pc.equal(pc.list_value_length(column), 0), "[]", joined('["', pc.binary_join(column, '","'), '"]')
    )


def json_bool(column: Column) -> Column:
    """Return booleans as JSON."""
    return pc.if_else(column, "true", "false")


def json_object(fields: dict[str, Column]) -> Column:
    """Return objects of *fields*, whose values are JSON already; what is null is said to be so."""
    parts: list[Any] = []
    for name, column in fields.items():
        parts += [f'{"," if parts else "{"}"{name}":', column if isinstance(column, str) else column.fill_null("null")]
    return joined(*parts, "}")


def _ids(start: str, numbers: Numbers) -> Column:
    """Return ids that compare as their numbers do."""
    shifts = np.arange(_ID_LENGTH - 1, -1, -1, dtype=np.int64) * 5
    digits = _ID_DIGITS[(numbers[:, None] >> shifts) & 31]
    fixed = pa.Array.from_buffers(pa.binary(_ID_LENGTH), len(numbers), [None, pa.py_buffer(digits.tobytes())])
    return joined(start, fixed.cast(pa.binary()).cast(pa.string()))


def _times(seconds: Numbers) -> Column:
    return pc.strftime(pa.array(seconds, pa.timestamp("s")), "%Y-%m-%dT%H:%M:%SZ")


def _taken(values: list[Any], lists: pa.ListArray) -> Column:
    """Return lists of numbers as lists of *values*."""
    return pa.ListArray.from_arrays(lists.offsets, pa.array(values).take(lists.values))


class Texts:
    """The texts of a data set, companies at once and contacts for as many as are asked for."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.of_companies: Companies = make_companies(world)
        self.of_contacts: Contacts = make_contacts(world, self.of_companies)

    @cached_property
    def company_columns(self) -> dict[str, Column]:
        """Every company's fields as a file has them, in the order of answers."""
        made, world = self.of_companies, self.world
        country = world.city_countries[made.city]
        name, slug = self._company_names
        suffixes = [suffix for each in COUNTRIES for suffix in each.suffixes]
        first = np.cumsum([0] + [len(each.suffixes) for each in COUNTRIES])[country]
        domain = joined(slug, f"-{MARK}.", pa.array(suffixes).take(pa.array(first + made.suffix)))
        locations = self._locations
        return {
            "id": _ids("co_", made.number),
            "name": name,
            "domain": domain,
            "website_url": joined("https://www.", domain),
            "location.city": pa.array([each.name for each in world.cities]).take(pa.array(made.city)),
            "location.region": pa.array([region for region, _ in locations]).take(pa.array(made.city)),
            "location.country": pa.array([each.country for each in world.cities]).take(pa.array(made.city)),
            "industries": _taken(world.industries, made.industries),
            "functions": _taken(world.functions, made.functions),
            "technologies": _taken(world.technologies, made.technologies),
            "emails": _lists_of(pc.if_else(pa.array(made.has_mailbox), joined("info@", domain), None)),
            "linkedin_url": pc.if_else(
                pa.array(made.has_page), joined("https://www.linkedin.com/company/", slug, f"-{MARK}"), None
            ),
            "first_seen_at": _times(made.seen_s),
            "added_at": _times(made.added_s),
        }

    @cached_property
    def _company_names(self) -> tuple[Column, Column]:
        """Names, and what domains begin with; the number in both keeps them apart."""
        word = self.of_companies.word
        words = [one + two for one in FIRST_WORDS for two in SECOND_WORDS]
        one = pa.array(words).take(pa.array(word % len(words)))
        trade = pa.array(TRADES).take(pa.array(word // len(words) % len(TRADES)))
        number = pa.array(np.arange(len(word)).astype(str))
        return joined(one, " ", trade, " ", number), joined(pc.utf8_lower(one), "-", number)

    @cached_property
    def _locations(self) -> list[tuple[str | None, Location]]:
        """Each town's region as a file says it, and its location as records have it."""
        found = []
        for city in self.world.cities:
            region = city.region.partition("-")[2] if city.region and city.country in _WITH_REGION else None
            location = canonical_location(city=city.name, region=region, country=city.country)
            assert location is not None
            found.append((region, location))
        return found

    @cached_property
    def company_terms(self) -> dict[str, Column]:
        """What the filters of the contact search read of each company."""
        made, world = self.of_companies, self.world
        suffix = (
            pc.extract_regex(self.company_columns["domain"], f"{MARK}(?P<suffix>.*)")
            .field("suffix")
            .dictionary_encode()
        )
        tlds = [list(tld_terms(f"example{each}")) for each in suffix.dictionary.to_pylist()]
        return {
            "company_has_generic_email": pa.array(made.has_mailbox),
            "company_has_linkedin_profile": pa.array(made.has_page),
            "added_us": pa.array(made.added_s * 1_000_000),
            "first_seen_us": pa.array(made.seen_s * 1_000_000),
            "locations": pa.array([list(location_terms(each)) for _, each in self._locations]).take(
                pa.array(made.city)
            ),
            "functions": _taken([fold(each) for each in world.functions], made.functions),
            "industries": _taken([fold(each) for each in world.industries], made.industries),
            "technologies": _taken([fold(each) for each in world.technologies], made.technologies),
            "tlds": pa.array(tlds).take(suffix.indices),
        }

    @cached_property
    def company_json(self) -> Column:
        """Each company as its contacts show it."""
        columns, made = self.company_columns, self.of_companies
        fields = {name: quoted(columns[name]) for name in ("id", "name", "domain")}
        fields["tld"] = quoted(pc.extract_regex(columns["domain"], r"\.(?P<tld>[a-z]+)$").field("tld"))
        fields["location"] = self._location_json.take(pa.array(made.city))
        fields |= {name: json_list(columns[name]) for name in ("industries", "functions", "technologies")}
        fields["linkedin_url"] = quoted(columns["linkedin_url"])
        fields["has_generic_email"] = json_bool(pa.array(made.has_mailbox))
        fields["has_linkedin_profile"] = json_bool(pa.array(made.has_page))
        return json_object(fields | {name: quoted(columns[name]) for name in ("first_seen_at", "added_at")})

    @cached_property
    def _location_json(self) -> Column:
        return pa.array([msgspec.json.encode(each).decode() for _, each in self._locations])

    @cached_property
    def title_columns(self) -> dict[str, Column]:
        """What each title says, by its number."""
        titles = self.world.titles
        return {
            "job_title": pa.array([each.text for each in titles]),
            "folded": pa.array([fold(each.text) for each in titles]),
            "department": pa.array([each.department for each in titles]),
            "seniority": pa.array([each.seniority for each in titles]),
            "decides": pa.array([each.decides for each in titles]),
        }

    @cached_property
    def _of_names(self) -> tuple[dict[str, Column], dict[str, Column]]:
        return tuple(  # type: ignore[return-value]  # there are two
            {"text": pa.array(pool), "part": pa.array([mailbox_part(name) for name in pool])}
            for pool in self.world.names
        )

    @cached_property
    def _area_codes(self) -> list[str]:
        return [
            str(area)
            for area in range(201, 990)
            if phonenumbers.is_valid_number(phonenumbers.parse(f"+1{area}5550123"))
        ]

    def contact_columns(self, which: Numbers) -> dict[str, Column]:
        """Return the fields of the contacts *which* as a file has them."""
        made = self.of_contacts
        company, title = pa.array(made.company[which]), pa.array(made.title[which], mask=made.title[which] < 0)
        firsts, lasts = self._of_names
        first, last = pa.array(made.first[which]), pa.array(made.last[which])
        own = {name: column.take(title) for name, column in self.title_columns.items()}
        domain = self.company_columns["domain"].take(company)
        mailbox = joined(firsts["part"].take(first), ".", lasts["part"].take(last))
        profile = joined(
            f"https://www.linkedin.com/in/{MARK}-", pc.replace_substring(mailbox, ".", "-"), "-", which.astype(str)
        )
        here = pa.array(made.is_here[which])
        areas = pa.array(self._area_codes).take(pa.array(which * 7_919 % len(self._area_codes)))
        phone = joined("+1 ", areas, "-555-01", pc.utf8_lpad(pa.array((which % 100).astype(str)), 2, "0"))
        return {
            "id": _ids("ct_", made.number[which]),
            "first_name": firsts["text"].take(first),
            "last_name": lasts["text"].take(last),
            "job_title": own["job_title"],
            "departments": _lists_of(own["department"]),
            "seniority": own["seniority"],
            "is_decision_maker": own["decides"].fill_null(False),
            "emails": _lists_of(pc.if_else(pa.array(made.has_email[which]), joined(mailbox, "@", domain), None)),
            "linkedin_url": pc.if_else(pa.array(made.has_profile[which]), profile, None),
            "phones": _lists_of(pc.if_else(pa.array(made.has_phone[which]), phone, None)),
            **{
                name: pc.if_else(here, self.company_columns[name].take(company), None)
                for name in ("location.city", "location.region", "location.country")
            },
            "company.domain": domain,
            "added_at": self.company_columns["added_at"].take(company),
        }

    def denormalised(self, which: Numbers) -> pa.Table:
        """Return the contacts *which* as a peer's documents: what filters read, the rank, and the answer's row."""
        made = self.of_contacts
        title = pa.array(made.title[which], mask=made.title[which] < 0)
        own = {name: column.take(title) for name, column in self.title_columns.items()}
        company = pa.array(made.company[which])
        columns = {
            "rank": pa.array(which.astype(np.uint32)),
            "job_title": own["folded"],
            "department": own["department"],
            "seniority": own["seniority"],
            "has_personal_email": pa.array(made.has_email[which]),
            "has_linkedin_profile": pa.array(made.has_profile[which]),
            "is_decision_maker": own["decides"].fill_null(False),
        }
        columns |= {name: column.take(company) for name, column in self.company_terms.items()}
        return pa.table(columns | {"row": self._rows(which)})

    def _rows(self, which: Numbers) -> Column:
        made, said = self.of_contacts, self.contact_columns(which)
        company = pa.array(made.company[which])
        address = joined(
            '[{"value":"', pc.list_element(_padded(said["emails"]), 0), '","type":"personal","scope":"work"}]'
        )
        here = self._location_json.take(pa.array(self.of_companies.city[made.company[which]]))
        named = {name: quoted(said[name]) for name in ("first_name", "last_name", "job_title", "seniority")}
        return json_object(
            {
                "id": quoted(said["id"]),
                "external_id": "null",
                "first_name": named["first_name"],
                "last_name": named["last_name"],
                "full_name": quoted(joined(said["first_name"], " ", said["last_name"])),
                "job_title": named["job_title"],
                "departments": json_list(said["departments"]),
                "seniority": named["seniority"],
                "is_decision_maker": json_bool(said["is_decision_maker"]),
                "emails": address.fill_null("[]"),
                "has_personal_email": json_bool(pa.array(made.has_email[which])),
                "linkedin_url": quoted(said["linkedin_url"]),
                "has_linkedin_profile": json_bool(pa.array(made.has_profile[which])),
                "phones": "[]",
                "socials": "{}",
                "location": pc.if_else(pa.array(made.is_here[which]), here, None),
                "added_at": quoted(said["added_at"]),
                "updated_at": f'"{IMPORTED_AT}"',
                "sources": f'[{{"name":"{SOURCE}","imported_at":"{IMPORTED_AT}"}}]',
                "custom": "{}",
                "derived": "[]",
                "company": self.company_json.take(company),
            }
        )


def _lists_of(column: Column) -> Column:
    """Return lists of the one value, or of none where it is null."""
    column = column if isinstance(column, pa.Array) else column.combine_chunks()
    valid = np.asarray(pc.is_valid(column))
    offsets = np.concatenate(([0], np.cumsum(valid))).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), column.drop_null())


def _padded(column: Column) -> Column:
    """Return lists of one value at most with a null in those that are empty, so that the first can be taken."""
    lengths = np.asarray(pc.list_value_length(column))
    places = np.where(lengths > 0, np.cumsum(lengths) - 1, 0)
    values = column.values.take(pa.array(places, mask=lengths == 0))
    return pa.ListArray.from_arrays(pa.array(np.arange(len(values) + 1, dtype=np.int32)), values)
