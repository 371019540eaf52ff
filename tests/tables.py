"""Tables that are made of data packages once: every process of the tests takes them from beside the compiled code."""

from pathlib import Path

from letrics import prepared

TABLES = Path(__file__).parent / "__pycache__" / "prepared"

TABLES.parent.mkdir(exist_ok=True)
prepared.keep_in(TABLES)
