"""Accounts: who may use an installation, kept in SQLite or PostgreSQL.  Knows nothing of searching."""
