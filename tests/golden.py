"""What a preset makes of its fixture, in a form that people can read; run it to write the golden files anew."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from importing import NOW, Database
from letrics.model.filters import SEARCHES

PRESETS = Path(__file__).parent / "fixtures" / "presets"
_OURS = ("id", "updated_at", "sources", "tld", "public_suffix", "continent")


def records_of(fixture: Path, folder: Path) -> dict[str, list[Any]]:
    """Import *fixture* into a new database in *folder*; return its records without what is empty or always there."""
    database = Database(folder)
    database.run([str(fixture)])
    return {search: [_said(json.loads(row)) for row in database.rows(search)] for search in SEARCHES}


def _said(value: Any) -> Any:
    if isinstance(value, list):
        return [_said(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "added_at" in value and "updated_at" not in value:
        return {"name": value["name"], "domain": value["domain"]}  # a contact's company
    said = {name: _said(each) for name, each in value.items() if name not in _OURS and each not in (None, [], {}, NOW)}
    return said | {"source": value["sources"][0]["name"]} if "sources" in value else said


if __name__ == "__main__":
    for path in sorted(PRESETS.glob("*.csv")):
        with tempfile.TemporaryDirectory() as folder:
            golden = json.dumps(records_of(path, Path(folder)), indent=1, ensure_ascii=False)
        path.with_suffix(".json").write_text(golden + "\n", encoding="utf-8")
        sys.stdout.write(f"{path.stem}\n")
