"""Rows that count: inserted where missing, added to where there, in one statement on either database."""

from importlib import import_module
from typing import Any

import sqlalchemy as sa


def add_up(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Insert *rows*; where the key is taken, add their other columns to those of the stored row."""
    insert = _insert(connection, table)
    changes = {column.name: insert.excluded[column.name] + column for column in table.columns if not column.primary_key}
    connection.execute(insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=changes), rows)


def insert_missing(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Insert those of *rows* whose key is not taken, so that every key has a row that can be locked."""
    connection.execute(_insert(connection, table).on_conflict_do_nothing(), rows)


def _insert(connection: sa.Connection, table: sa.Table) -> Any:
    # Only that of the database at hand: PostgreSQL's takes a twentieth of a second to load.
    dialect: Any = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
    return dialect.insert(table)
