"""Values: one canonical form of each kind, and a sentence for what has none."""

import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from publicsuffixlist import PublicSuffixList

from letrics.importer.headers import known_target
from letrics.model import values
from letrics.model.folding import fold
from letrics.model.places import canonical_location
from letrics.model.times import timestamps
from letrics.model.values import domains

GOOD: list[tuple[Callable[[str], Any], str, Any]] = [
    (values.text, "  a \t b\x00 ", "a b"),
    (values.text, "N/A", None),
    (values.text, "NA", "NA"),
    (values.domain, "https://www.Acme.co.uk/about?x=1", "acme.co.uk"),
    (values.domain, "shop.myshopify.com", "shop.myshopify.com"),
    (values.domain, "MÜNCHEN.de.", "xn--mnchen-3ya.de"),
    (values.domain, "eva@mail.acme.com", "acme.com"),
    (values.domain, "acme.com:8080", "acme.com"),
    (values.public_suffix, "firm.co.uk", "co.uk"),
    (values.public_suffix, "shop.myshopify.com", "com"),
    (values.tld, "firm.co.uk", "uk"),
    (values.tld_terms, "firm.co.uk", ("co.uk", "uk")),
    (values.canonical_tld, ".Co.UK", "co.uk"),
    (values.canonical_tld, "рф", "xn--p1ai"),
    (values.email, " Eva.Linde@ACME.com", "eva.linde@acme.com"),
    (values.email, "mailto:a@müller.de", "a@xn--mller-kva.de"),
    (values.email, "Jane Doe <Jane@ACME.com>", "jane@acme.com"),
    (values.email, '"Doe, Jane" <mailto:jane@acme.com>', "jane@acme.com"),
    (values.email_type, "info@acme.com", "generic"),
    *(
        (values.email_type, f"{role}@acme.com", "generic")
        for role in (
            "buero",
            "büro",
            "hola",
            "pedidos",
            "ordini",
            "reservas",
            "facturen",
            "kundservice",
            "toimisto",
            "zamowienia",
            "objednavky",
            "iroda",
            "serviceclient",
            "geschaeftsleitung",
            "iletisim",
        )
    ),
    *((values.email_type, f"{name}@acme.com", "personal") for name in ("eva", "ola", "contador", "bo")),
    *(
        (values.email_scope, f"eva@{host}", "private")
        for host in (
            "yahoo.ca",
            "outlook.de",
            "yahoo.com.au",
            "bigpond.com",
            "foxmail.com",
            "hotmail.se",
            "live.dk",
            "gmx.fr",
            "uol.com.br",
        )
    ),
    (values.email_type, "kontakt@acme.de", "generic"),
    (values.email_type, "info.de@acme.com", "generic"),
    (values.email_type, "eva.info@acme.com", "personal"),
    (values.email_scope, "eva@gmail.com", "private"),
    (values.email_scope, "eva@acme.com", "work"),
    (values.linkedin_url, "de.linkedin.com/in/Jane-Doe/?trk=x", "https://www.linkedin.com/in/jane-doe"),
    (values.linkedin_url, "http://linkedin.com/company/Acme/about", "https://www.linkedin.com/company/acme"),
    (values.linkedin_url, "linkedin.com/in/j%C3%B6rg", "https://www.linkedin.com/in/j%C3%B6rg"),
    (values.website_url, "Acme.com/", "https://acme.com"),
    (values.website_url, "HTTP://ACME.com/A?b=C", "http://acme.com/A?b=C"),
    (values.phone, "+1 (212) 555-0100", "+12125550100"),
    (values.phone, "0123 nobody", "0123 nobody"),
    (values.count, "2,100,000", 2_100_000),
    (values.count, "2.100.000", 2_100_000),
    (values.count, "1 556 000", 1_556_000),
    (values.count, "1'234", 1_234),
    (values.count, "10k", 10_000),
    (values.count, "1.5M", 1_500_000),
    (values.count, "10000+", 10_000),
    (values.count, "250 Mitarbeiter", 250),
    (values.money, "$681,000,000,000", 681_000_000_000),
    (values.money, "€ 1,2 Mrd", 1_200_000_000),
    (values.money, "(5,000)", -5_000),
    (values.money, "€1.500 Mio", 1_500_000_000),
    (values.money, "1,234 Mrd", 1_234_000_000),
    (values.money, "$1.234 billion", 1_234_000_000),
    (values.money, "$1,234 million", 1_234_000_000),
    (values.money, "USD 10 million", 10_000_000),
    (values.employee_range, "1,001-5,000 employees", "1001-5000"),
    (values.employee_range, "51 to 200", "51-200"),
    (values.employee_range, "10000+", "10001+"),
    (values.employee_range, "7", "1-10"),
    (values.year, "1998-05-01", 1998),
    (values.boolean, "Ja", True),
    (values.boolean, "0", False),
    (values.timestamp_text, 0, "1970-01-01T00:00:00Z"),
    (values.timestamp_text, 1, "1970-01-01T00:00:00.000001Z"),
    (values.split_name, "Ludwig van Beethoven Jr.", ("Ludwig", "van Beethoven Jr.")),
    (values.split_name, "Madonna", (None, "Madonna")),
    (values.split_name, "Judge Reinhold", ("Judge", "Reinhold")),
    (values.split_name, "Prof. Dr. Hans von Berg", ("Hans", "von Berg")),
    (values.split_name, "María José de la Cruz", ("María José", "de la Cruz")),
    (values.person_name, " Null ", "Null"),
    (values.person_name, "Nil", "Nil"),
    *((values.person_name, nothing, None) for nothing in ("NULL", "null", "nan", "N/A", "None", "-", "")),
    (values.several, '["a", "b", null]', ("a", "b")),
    (values.several, "a; b|A; ;c", ("a", "b", "c")),
    (values.several, "Mail, Package and Freight", ("Mail, Package and Freight",)),
]
BAD: list[tuple[Callable[[str], Any], str]] = [
    *((values.domain, text) for text in ("", "acme", "co.uk", "1.2.3.4", "a b.com", "acme.nosuchtld", "-.com", "ä" * 300)),
    *((values.email, text) for text in ("", "eva", "eva@", "@acme.com", "a b@acme.com", "eva@acme", "a@b@c.com")),
    *((values.linkedin_url, text) for text in ("", "linkedin.com", "acme.com/in/x", "linkedin.com/feed/x")),
    *((values.website_url, text) for text in ("", "acme", "ftp://acme.com", "a b.com", "http://[")),
    *((values.phone, text) for text in ("", "none")),
    *((values.count, text) for text in ("", "many", "1.2.3", "1,23,4", "-5", "1e400", "9" * 40)),
    *((values.money, text) for text in ("", "free", "$")),
    *((values.employee_range, text) for text in ("", "some")),
    *((values.year, text) for text in ("", "98", "0999", "2101", "19980")),
    *((values.boolean, text) for text in ("", "maybe")),
    *((values.timestamp, text) for text in ("", "2026", "2026-13-01", "2026-02-30", "2026-01-01T24:00:00Z", "1/2/2026",
      "2026-01-01T10", "2026-01-01T10:00:00+24:00", "0001-01-01T00:00:00+01:00", "２０２６-01-01")),
    *((values.loose_time, text) for text in ("03/04/2024", "yesterday", "32.01.2024", "202411", "20241131")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("function", "given_text", "expected"),
    GOOD,
    ids=lambda value: getattr(value, "__name__", None) or ascii(value)[:40],
)
def test_canonical_forms(function: Callable[[Any], Any], given_text: Any, expected: Any) -> None:
    """Each spelling that files use becomes the one canonical form."""
    assert function(given_text) == expected


@pytest.mark.parametrize(
    ("function", "given_text"), BAD, ids=lambda value: getattr(value, "__name__", None) or ascii(value)[:40]
)
def test_what_has_no_canonical_form(function: Callable[[str], Any], given_text: str) -> None:
    """What cannot be read raises ValueError with a sentence for the user, and nothing else."""
    with pytest.raises(ValueError, match=r"\.$") as caught:
        function(given_text)
    assert type(caught.value) is ValueError


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31",
        "2026-01-31T00:00:00",
        "2026-01-31 00:00Z",
        "2026-01-31T01:00:00+01:00",
        "2026-01-31T00:00:00.0000009Z",
    ],
)
def test_spellings_of_one_moment(text: str) -> None:
    """A bare date is its midnight, no offset is UTC, and what is finer than a microsecond is cut."""
    assert values.timestamp(text) == values.timestamp("2026-01-31T00:00:00Z")


def test_loose_dates() -> None:
    """Dates of files are read where day and month can be told apart."""
    expected = values.timestamp("2024-12-31")
    for text in (
        "12/31/2024",
        "31/12/2024",
        "31.12.2024",
        "Dec 31, 2024",
        "31 December 2024",
        "20241231",
        "31-Dec-2024",
    ):
        assert values.loose_time(text) == expected, text


@given(st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31)))
def test_times_go_there_and_back(moment: datetime) -> None:
    """Canonical text names the same microsecond, and is its own canonical text."""
    time_us = (moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert values.timestamp(values.timestamp_text(time_us)) == time_us


@given(st.lists(st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31)), max_size=4), st.booleans())
def test_many_times_are_told_as_each_is(moments: list[datetime], are_whole: bool) -> None:
    """Whole seconds in canonical text, which are told at once, and all others."""
    if are_whole:
        moments = [each.replace(microsecond=0) for each in moments]
    texts = [values.timestamp_text(values.timestamp(each.isoformat())) for each in moments]
    if not are_whole:
        texts.append("2026-01-31T01:00:00+01:00")
    assert timestamps(texts).tolist() == list(map(values.timestamp, texts))


@given(st.text(max_size=40))
def test_folding_twice_is_folding_once(text: str) -> None:
    """A folded value is its own folded form, but for the few letters that NFKC itself folds again."""
    once = fold(text)
    assert fold(once) == fold(fold(once))
    assert once == once.strip()


@given(st.text(max_size=40))
def test_no_text_breaks_a_reader_of_values(text: str) -> None:
    """Any text gives a value or a ValueError."""
    for function in {function for function, _ in BAD}:
        try:
            function(text)
        except ValueError:
            continue


@pytest.mark.parametrize(
    ("one", "other"),
    [("R&D", "r & d"), ("R and D", "R&D"), ("İ", "i̇"), ("ﬁne", "FINE"), ("STRASSE", "straße"), ("a\u00a0 b", "A B")],
)
def test_spellings_that_fold_to_one(one: str, other: str) -> None:
    """Case, compatibility forms, ampersands and white space make no difference."""
    assert fold(one) == fold(other)


def test_accents_are_kept_by_folding() -> None:
    """Nothing is stemmed or guessed: é is not e."""
    assert fold("café") != fold("cafe")


def test_shared_hosts_are_known() -> None:
    """Mailbox, social-network and link-page hosts are nobody's own domain."""
    assert all(values.is_shared_host(host) for host in ("gmail.com", "linkedin.com", "linktr.ee"))
    assert not values.is_shared_host("acme.com")


# What a cell may be made of: nothing, marks of nothing, odd white space, and letters that join.
_PIECES = ["", " ", "\n", "\t", "\r\n", "\u00a0", "\u2028", "\u200b", "\ufeff", "\x7f", "-", "—", "N/A", "null", "A", "é", "e\u0301", "\u0301", "ﬁ", "\u1100", "\u1161", "李"]  # fmt: skip


@given(st.lists(st.lists(st.sampled_from(_PIECES), max_size=4).map("".join), min_size=1, max_size=6))
def test_a_column_is_cleaned_as_its_cells_are(cells: list[str]) -> None:
    """Looking at a whole column at once says of each cell what looking at it alone says."""
    assert values.cleaned(cells) == list(map(values.text, cells))


def test_domains_are_told_by_a_look_as_the_library_tells_them() -> None:
    """The look at the list that tells most domains agrees with the library on every rule there is."""
    listed = str(domains._suffix_list(), "ascii")
    suffixes = PublicSuffixList(listed, accept_unknown=False, accept_encoded_idn=False)
    icann = domains._suffixes(only_icann=True)
    _, _, names = domains._rules()
    told = 0
    for host in (*names, *(f"{labels}.{name}" for name in names for labels in ("acme", "www.acme", "com"))):
        if domains._suffix_over(host, only_icann=False) is not None:
            assert suffixes.privatesuffix(host) == host
            told += 1
        suffix = domains._suffix_over(host, only_icann=True)
        assert suffix in (None, icann.publicsuffix(host)), host
    assert told > 5_000


_LONG = {
    "newlines": "1" + "\n" * 50_000 + "!",
    "spaces": "a" + " " * 50_000 + "x",
    "brackets": "([" * 20_000,
    "words": "ab " * 50_000,
    "places": "a, " * 20_000,
    "labels": "a." * 50_000 + "com",
    "ats": "a@" * 50_000,
    "digits": "1" * 100_000,
    "groups": "1" + ",111" * 20_000,
    "escapes": "linkedin.com/in/" + "%41" * 30_000,
}
_READING = [
    *(values.count, values.money, values.employee_range, values.split_name, values.domain, values.email),
    *(values.phone, values.loose_time, values.website_url, values.linkedin_url, values.year, values.text, known_target),
]


@pytest.mark.parametrize("text", _LONG.values(), ids=_LONG)
def test_no_cell_takes_long(text: str) -> None:
    """Whatever a cell or a header holds, it is read or refused in time that rises with its length only."""
    started = time.process_time()
    for read in _READING:
        with contextlib.suppress(ValueError):
            read(text)
    canonical_location(raw=text)
    assert time.process_time() - started < 2


@pytest.mark.parametrize("zone", ["Z", "z", "", "+00:00", "+02:00"])
@pytest.mark.parametrize("fraction", ["", ".5", ".000000", ".123456", ",123456", ".1234567", ".123450"])
@pytest.mark.parametrize("between", ["T", "t", " "])
def test_a_time_comes_with_its_canonical_text(between: str, fraction: str, zone: str) -> None:
    """However it is written, also where it is canonical already."""
    given = f"2026-01-31{between}09:30:07{fraction}{zone}"
    time_us = values.timestamp(given)
    assert values.timestamp_with_text(given) == (time_us, values.timestamp_text(time_us))
