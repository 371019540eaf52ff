"""
Keeps a small index of the present format for the tests of all later ones.

To be run once after a format has changed: `.venv/bin/python tests/format/make_fixture.py`.  It adds a file and
changes none: what an older Letrics has written cannot be written again.
"""

import sys
import tempfile
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from importing import LATER, NOW, Database
from letrics.index import format, manifest
from letrics.model.filters import SEARCHES

INDEXES = Path(__file__).with_name("indexes")
EXPECTED = "expected.ndjson"
COMPANIES = [
    {
        "id": f"co_{number}",
        "name": f"Firm {number}",
        "domain": f"firm{number}-letricsdemo.de",
        "location": {"city": "Munich", "country": "DE"},
        "industries": ["Software", "Straße"],
        "technologies": ["Shopify"] if number % 2 else ["WordPress", "React"],
        "first_seen_at": f"2026-0{number + 1}-01T00:00:00Z",
        "added_at": "2026-03-01T00:00:00.000001Z",
    }
    for number in range(6)
]
CONTACTS = [
    {
        "id": f"ct_{number}",
        "full_name": f"Ada {number}",
        "job_title": "Finance Manager" if number % 2 else "管理 Lead",
        "emails": [f"ada@firm{number % 6}-letricsdemo.de"],
        "company": {"id": f"co_{number % 6}"},
    }
    for number in range(9)
]


def present() -> str:
    """Return the name of the present format: that of containers, and that of manifests."""
    return f"format-{format.VERSION}.{manifest.VERSION}"


def make(target: Path) -> None:
    """Write an index with deletes, of two imports, and what it should answer."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder))
        database.take(COMPANIES, CONTACTS, source="first", now=NOW)
        database.take([{**COMPANIES[1], "name": "Renamed"}], source="second", now=LATER)
        with zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted((Path(folder) / "index").iterdir()):
                if path.suffix != ".lock":
                    archive.write(path, f"index/{path.name}")
            archive.writestr(EXPECTED, b"\n".join(row for search in SEARCHES for row in database.rows(search)))


if __name__ == "__main__":
    INDEXES.mkdir(exist_ok=True)
    make(INDEXES / f"{present()}.zip")
