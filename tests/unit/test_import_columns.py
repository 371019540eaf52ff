"""Reading by columns, packed or not, and writing without grouping are shortcuts: the slow ways give the same records."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from importing import LATER, Database
from letrics import forked, packed
from letrics.importer import changing, columns, companies, contacts, inputs, read_csv
from letrics.importer.changing import Changing, write_changed
from letrics.importer.company_words import CompanyWord
from letrics.importer.feeding import Feeding
from letrics.importer.rows import Row
from letrics.index import segment_writer
from letrics.model.filters import SEARCHES

# Newer versions of Python warn of every fork where there are threads, as in a run of tests.
pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork")

PRESETS = sorted((Path(__file__).parents[1] / "fixtures" / "presets").glob("*.csv"))
CELLS = {
    "First Name": ("Ada", "Émile", "ada", "Dr.", "", "N/A", " Bo "),
    "Last Name": ("Ash", "van Beethoven", "O'Hara", "", "李"),
    "Email": ("ada{n}@firm{m}-letricsdemo.de", "ADA{n}@gmail.com", "info@firm{m}-letricsdemo.de", "no mail", "", "a@b.de; c@d.de"),
    "Job Title": ("Finance Director", '""Chief"" \\ Cook', "CEO", "Head of R&D", "", "-", "Assistant to the CEO"),
    "Seniority": ("C suite", "vp", "", "Grand Vizier"),
    "Departments": ("Human Resources", "Sales; Marketing", ""),
    "LinkedIn": ("https://www.linkedin.com/in/letricsdemo-{n}", "linkedin.com/in/Letricsdemo-{n}/?x=1", "", "twitter.com/x"),
    "Phone": ("+49 30 9018{n}", "030 9018{n}", "", "none", "call me"),
    "City": ("Berlin", "Munich", "", "Nowhereville"),
    "Country": ("Germany", "DE", "", "Atlantis"),
    "Company": ("Firm {m}", "Firm {m} GmbH", ""),
    "Website": ("firm{m}-letricsdemo.de", "https://www.firm{m}-letricsdemo.de/x", "", "gmail.com"),
    "Employees": ("51-200", "1,200", "", "many"),
    "Note": ("x", "", "=1+1"),
}  # fmt: skip
FIELDS = {
    "first_name": ("Ada", " Ada  B ", "n/a", None, ""),
    "full_name": ("Ada Ash {n}", "Ludwig van Beethoven", None),
    "job_title": ("CTO", "Owner", None),
    "departments": (["R&D"], "Sales", [], None, 7),
    "is_decision_maker": (True, False, None),
    "emails": (
        ["ada{n}@firm{m}-letricsdemo.de"],
        ["ADA{n}@gmail.com"],
        ["info@firm{m}-letricsdemo.de", "b{n}@gmail.com"],
        "c@d.de",
        ["c"],
        [{"value": "bo{n}@gmail.com", "status": "valid"}],
        [],
        None,
    ),
    "linkedin_url": (
        "https://www.linkedin.com/in/letricsdemo-{n}",
        "linkedin.com/in/Letricsdemo-{n}/?x=1",
        "",
        None,
        7,
    ),
    "location": ({"city": "Munich", "country": "DE"}, "Berlin, Germany", None),
    "external_id": ("{n}", 12, None),
    "company": ({"domain": "firm{m}-letricsdemo.de"}, {"name": "Firm {m}", "location": {"country": "DE"}}, None, {}),
    "added_at": ("2026-01-0{k}", None),
    "unknown": ("kept", None),
}


def _csv(chance: random.Random, count: int) -> str:
    lines = [";".join(f'"{name}"' for name in CELLS)]
    for _ in range(count):
        cells = (
            chance.choice(choices).format(n=chance.randrange(count), m=chance.randrange(9))
            for choices in CELLS.values()
        )
        lines.append(";".join(f'"{cell}"' for cell in cells))
    return "\n".join(lines)


def _ndjson(chance: random.Random, count: int) -> str:
    def filled(value: object) -> object:
        text = json.dumps(value)
        for name, number in (
            ("{n}", chance.randrange(count)),
            ("{m}", chance.randrange(9)),
            ("{k}", chance.randrange(1, 9)),
        ):
            text = text.replace(name, str(number))
        return json.loads(text)

    records = [
        {name: filled(chance.choice(values)) for name, values in FIELDS.items() if chance.random() < 0.6}
        for _ in range(count)
    ]
    return "\n".join(json.dumps(record) for record in records)


def _outcome(folder: Path, files: list[str], again: list[str]) -> tuple[object, ...]:
    """Return all that two imports, one after the other, leave and report."""
    folder.mkdir()
    database = Database(folder)
    reports = [database.run(files), database.run(again, now=LATER)]
    rows = {search: [json.loads(row) for row in database.rows(search)] for search in SEARCHES}
    told = [
        (r.read, r.companies, r.contacts, [(each.line, each.field, each.reason, each.row) for each in r.rejects])
        for r in reports
    ]
    # What is known already is not read again, and so counts no values that could not be read.
    return rows, told, [sorted(each) for each in reports[0].notes.values()]


def _row_by_row(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Feeding, "of", classmethod(lambda cls, mapping: None))
    patch.setattr(columns, "_is_plain", lambda record, given: False)


def _all_grouped(patch: pytest.MonkeyPatch) -> None:
    for module in (companies, contacts):
        patch.setattr(module, "sharing", lambda held, count: np.ones(count, dtype=bool))


def _as_of_large_files(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(inputs, "_LARGE_BYTES", 0)
    patch.setattr(read_csv, "_BLOCK_CHARACTERS", 1_000)
    patch.setattr(packed, "_MANY", 0)


def _by_two_processes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(forked, "is_possible", lambda: True)
    patch.setattr(changing, "_PART", 3)
    patch.setattr(segment_writer, "_FEW", 0)


OTHER_WAYS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "row by row": _row_by_row,
    "all grouped": _all_grouped,
    "as of large files": _as_of_large_files,
    "by two processes": _by_two_processes,
}


def hold(
    files: list[str],
    again: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    other_ways: dict[str, Callable[[pytest.MonkeyPatch], None]] = OTHER_WAYS,
) -> None:
    """Hold the outcome of *other_ways* to that of the usual one."""
    fast = _outcome(tmp_path / "fast", files, again)
    for name, other_way in other_ways.items():
        with monkeypatch.context() as patch:
            other_way(patch)
            assert _outcome(tmp_path / name, files, again) == fast, name


@pytest.mark.parametrize("form", [_csv, _ndjson])
@pytest.mark.parametrize("round", range(4))
def test_random_files(
    form: Callable[[random.Random, int], str], round: int, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of every kind, many of one person or company, twice over with some of them changed."""
    chance = random.Random(f"{seed} {round}")
    files = [tmp_path / f"{name}.txt" for name in ("first", "again")]
    first = form(chance, 60)
    files[0].write_text(first)
    lines = first.split("\n")
    files[1].write_text("\n".join([*lines[:40], *form(chance, 20).split("\n")[1:]]))
    hold([str(files[0])], [str(files[1])], tmp_path, monkeypatch)


@pytest.mark.parametrize("round", range(4))
def test_changed_people(round: int, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that each change one stored contact, among others that lead to two, or to one that others lead to."""
    chance = random.Random(f"{seed} {round} changed")
    names = ["First Name", "Last Name", "Job Title", "Email", "LinkedIn", "Company", "City", "Note"]
    people = [
        {
            **{name: chance.choice(CELLS[name]) for name in names},
            "Email": chance.choice((f"p{n}@firm{n % 7}-letricsdemo.de", f"p{n}@gmail.com", "")),
            "LinkedIn": f"https://www.linkedin.com/in/letricsdemo-{n}" if chance.random() < 0.7 else "",
            "Company": f"Firm {n % 7}",
        }
        for n in range(80)
    ]
    changed = [dict(each) for each in chance.sample(people, 50)]
    for each in changed:
        each.update({name: chance.choice(CELLS[name]) for name in chance.sample(names[:3], 2)})
        if chance.random() < 0.1:
            other = chance.choice(people)
            each.update({name: other[name] for name in chance.sample(("Email", "LinkedIn", "Company"), 1)})
    files = [tmp_path / "first.csv", tmp_path / "again.csv"]
    for file, rows in zip(files, (people, changed), strict=True):
        lines = [names, *([row[name] for name in names] for row in rows)]
        file.write_text("\n".join(";".join(f'"{cell}"' for cell in line) for line in lines))
    many: list[Changing] = []
    monkeypatch.setattr(contacts, "write_changed", lambda run, given: (many.extend(given), write_changed(run, given)))
    hold([str(files[0])], [str(files[1])], tmp_path, monkeypatch)
    assert many


@pytest.mark.parametrize("round", range(4))
def test_people_known_by_name(round: int, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that lead to a stored contact by its name and company, and may say that they are of somebody else."""
    chance = random.Random(f"{seed} {round} by name")

    def person(n: int, title: str) -> dict[str, object]:
        keys = {
            "emails": [f"ada{n + chance.randrange(2)}@gmail.com"],
            "linkedin_url": f"https://www.linkedin.com/in/letricsdemo-{n}-{chance.randrange(2)}",
            "external_id": f"{n + chance.randrange(2)}",
        }
        said = {name: value for name, value in keys.items() if chance.random() < 0.2}
        return {"full_name": f"Ada Ash {n}", "job_title": title, "company": {"name": f"Firm {n % 5}"}, **said}

    files = [tmp_path / "first.ndjson", tmp_path / "again.ndjson"]
    for file, title in zip(files, ("CTO", "CEO"), strict=True):
        people = [person(n if chance.random() < 0.9 else n + 1, title) for n in range(80)]
        file.write_text("\n".join(map(json.dumps, people)))
    many: list[Changing] = []
    monkeypatch.setattr(contacts, "write_changed", lambda run, given: (many.extend(given), write_changed(run, given)))
    hold([str(files[0])], [str(files[1])], tmp_path, monkeypatch)
    assert many


@pytest.mark.parametrize("fixture", PRESETS, ids=lambda path: path.stem)
def test_files_of_known_systems(fixture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fixtures of the presets."""
    hold([str(fixture)], [str(fixture)], tmp_path, monkeypatch)


def test_a_known_row_that_leads_elsewhere_now(tmp_path: Path) -> None:
    """Two stored contacts hold one address: a row of the one is read again with one of the other, and none is doubled."""
    database = Database(tmp_path)
    header, known = (
        "email,linkedin_url,full_name,company_domain,job_title\n",
        "ann@acme-letricsdemo.de,,Ann Lee,acme.com,\n",
    )
    two = "https://www.linkedin.com/in/letricsdemo-two"
    database.take(header + known)
    database.take([{"id": "ct_0aaa", "linkedin_url": two, "full_name": "Bob", "company": {"domain": "beta.com"}}])
    database.take([{"linkedin_url": two, "emails": ["ann@acme-letricsdemo.de"], "company": {"domain": "beta.com"}}])
    three = "https://www.linkedin.com/in/letricsdemo-three"
    changes = f",{three},Ann Lee,acme.com,\n,{two},,beta.com,Chief\n"
    report = database.take(header + known + changes, now=LATER)
    ids = [json.loads(row)["id"] for row in database.rows("contacts")]
    assert len(ids) == len(set(ids)) == 2
    assert report.contacts.updated == 1
    assert report.contacts.created == 0


@pytest.mark.parametrize("round", range(6))
def test_known_companies(round: int, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Companies known by their rows, among others that lead to them, and contacts that refer to them or say more."""
    chance = random.Random(f"{seed} {round} companies")
    names = ["name", "domain", "country", "linkedin_url", "industries", "employee_count", "id"]

    def company(n: int) -> list[str]:
        return [
            f"Firm {n}",
            chance.choice((f"firm{n}-letricsdemo.de", f"https://firm{n}-letricsdemo.de", "")),
            chance.choice(("Germany", "")),
            chance.choice((f"https://www.linkedin.com/company/firm{n}", "", "")),
            chance.choice(("Retail", "", "Retail; Software")),
            chance.choice(("12", "many", "")),
            chance.choice((f"x{n}", "")),
        ]

    stored = [company(n) for n in range(60)]
    # A known contact stays with its company though its row's domain leads elsewhere now, so none changes here.
    again = [[*company(n), each[1]] if chance.random() < 0.1 else [*each, each[1]] for n, each in enumerate(stored)]
    again = [[name, domain, *others] for name, _, *others, domain in again]
    for each in again:
        if chance.random() < 0.1:
            each[3] = chance.choice(stored)[3]
    people = ["full_name", "email", "company.domain", "company.name", "company.country"]
    full = chance.random() < 0.5

    def person(n: int) -> list[str]:
        firm = chance.randrange(70)
        said = [f"Firm {firm}", "Germany"] if full and chance.random() < 0.2 else ["", ""]
        return [f"Ada Ash {n}", f"ada{n}@gmail.com", f"firm{firm}-letricsdemo.de", *said]

    contacts_before = [person(n) for n in range(60)]
    contacts_after = [person(n) if chance.random() < 0.2 else each for n, each in enumerate(contacts_before)]
    files = []
    for name, header, rows in (
        ("a-companies", names, stored),
        ("a-contacts", people, contacts_before),
        ("b-companies", names, [*again, *chance.sample(again, 3)]),
        ("b-contacts", people, contacts_after),
    ):
        files.append(tmp_path / f"{name}.csv")
        files[-1].write_text("\n".join(",".join(f'"{cell}"' for cell in row) for row in [header, *rows]))
    first, second = [str(path) for path in files[:2]], [str(path) for path in files[2:]]
    hold(first, second, tmp_path, monkeypatch)


def test_rows_of_companies_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Companies that are imported again are not read but those that changed, and counted as unchanged."""
    database = Database(tmp_path)
    header = "name,domain,industries\n"
    rows = [f"Firm {n},firm{n}-letricsdemo.de,Retail\n" for n in range(9)]
    database.take(header + "".join(rows))
    read: list[Row] = []
    plain = columns.ColumnReader.companies
    monkeypatch.setattr(
        columns.ColumnReader,
        "companies",
        lambda self, rows: (read.extend(map(rows.row, range(len(rows)))), plain(self, rows))[1],
    )
    rows[4] = rows[4].replace("Retail", "Software")
    report = database.take(header + "".join(rows), now=LATER)
    assert [row.line for row in read] == [6]
    assert (report.companies.unchanged, report.companies.updated) == (8, 1)
    # What has been said of a company since makes it another: its row is read again.
    report = database.take(header + "".join(rows), now=LATER)
    assert [row.line for row in read] == [6, 6]
    assert report.companies.unchanged == 9


def test_a_reference_to_one_of_two_leads_to_that_of_the_file(tmp_path: Path) -> None:
    """Two stored companies hold one domain: a reference beside the known row of the one means that one, as ever."""
    database = Database(tmp_path)
    known = "id,name,domain\nco_zzz,Acme,acme-letricsdemo.com\n"
    database.take(known)
    database.take("id,name,domain\nco_aaa,Acme Two,two-letricsdemo.com\n")
    database.take([{"id": "co_aaa", "domain_aliases": ["acme-letricsdemo.com"]}])
    report = database.take([{"full_name": "Ann Lee", "company": {"domain": "acme-letricsdemo.com"}}], known)
    assert report.companies.unchanged == 1
    assert [json.loads(row)["company"]["id"] for row in database.rows("contacts")] == ["co_zzz"]


def test_words_of_companies(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands for a company, and by which keys it is known, is byte for byte the same."""
    chance = random.Random(f"{seed} words")
    cells = {
        # The order within custom is that of reading, so what columns of its own have comes first.
        "Note": ("", "x"),
        "id": ("", "", "co_{n}"),
        "external_id": ("", "E{n}", "É{n}"),
        "name": ("Firm {n}", "Søn – A/S {n}", "", "F" * 300),
        "domain": ("firm{n}-letricsdemo.de", "", "", "facebook.com"),
        "website_url": ("www.firm{n}-letricsdemo.com", "", "no site"),
        "domain_aliases": ("", "", "a{n}-letricsdemo.de; b{n}-letricsdemo.de"),
        "emails": ("", "info@firm{n}-letricsdemo.de", "; ;"),
        "linkedin_url": ("", "https://www.linkedin.com/company/firm{n}", "linkedin.com/company/Firm{n}"),
        "location.country": ("", "Germany"),
        "employee_count": ("", "12", "many"),
        "employee_range": ("", "", "51-200"),
    }
    rows = [[chance.choice(choices).format(n=n) for choices in cells.values()] for n in range(150)]
    # Some say only which company they mean.
    rows += [["", "", "", "", f"firm{n}-letricsdemo.de", *[""] * 7] for n in range(9)]
    file = tmp_path / "companies.csv"
    file.write_text("\n".join(";".join(f'"{cell}"' for cell in row) for row in (list(cells), *rows)))
    words: dict[str, list[CompanyWord]] = {}
    numbers_of = companies.CompanyWords.numbers_of
    for name, way in {"fast": lambda patch: None, **OTHER_WAYS}.items():
        told = words[name] = []
        with monkeypatch.context() as patch:
            way(patch)
            patch.setattr(
                companies.CompanyWords,
                "numbers_of",
                lambda self, given, drafts, told=told: (told.extend(given), numbers_of(self, given, drafts))[1],
            )
            (tmp_path / name).mkdir()
            Database(tmp_path / name).run([str(file)])
        told.sort(key=lambda word: word.place)
    assert len(words["fast"]) > 120
    assert all(each == words["fast"] for each in words.values())
