"""Rows that count: inserted where missing, added to where there, in one statement on either database."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite


def add_up(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]], *, replaced: str = "") -> None:
    """
    Insert *rows*; where the key is taken, add their other columns to those of the stored row.

    The column *replaced* takes the new value.
    """
    dialect: Any = {"sqlite": sqlite, "postgresql": postgresql}[connection.dialect.name]
    insert = dialect.insert(table)
    changes = {
        column.name: insert.excluded[column.name] + (0 if column.name == replaced else column)
        for column in table.columns
        if not column.primary_key
    }
    connection.execute(insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=changes), rows)
