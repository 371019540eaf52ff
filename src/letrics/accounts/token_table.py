"""
The table of tokens; apart from the others, since its index has SQLAlchemy load all that it knows of PostgreSQL.

To load that takes a tenth of a second, which an import, or whoever else only writes to the audit log, is spared.
"""

import sqlalchemy as sa

from letrics.accounts import tables

tokens = sa.Table(
    "tokens",
    tables.metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("secret_sha256", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("prefix", sa.String(16), nullable=False),
    sa.Column("last_four", sa.String(4), nullable=False),
    sa.Column("scopes", sa.Text, nullable=False),
    # A user's id; empty for a token of the installation.
    sa.Column("owner", sa.String(40), nullable=False, server_default=""),
    sa.Column("created_at_us", sa.BigInteger, nullable=False),
    sa.Column("expires_at_us", sa.BigInteger, nullable=True),
    sa.Column("last_used_at_us", sa.BigInteger, nullable=True),
    sa.Column("revoked_at_us", sa.BigInteger, nullable=True),
    # The token that took this one's place and name while this one goes on for a while.
    sa.Column("replaced_by", sa.String(40), nullable=True),
)

# Two tokens of one owner and name could not be told apart; a revoked or replaced one gives its name free.
_in_place = sa.text("revoked_at_us IS NULL AND replaced_by IS NULL")
sa.Index("tokens_name", tokens.c.owner, tokens.c.name, unique=True, sqlite_where=_in_place, postgresql_where=_in_place)
