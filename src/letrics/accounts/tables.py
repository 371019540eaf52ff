"""The tables of the accounts database, as its newest migration leaves them; times are microseconds, UTC."""

import sqlalchemy as sa

# Every constraint has a name, by which a later migration can change it on either database.
metadata = sa.MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "fk": "%(table_name)s_%(column_0_name)s_fk",
        "uq": "%(table_name)s_%(column_0_name)s_uq",
        "ck": "%(table_name)s_%(constraint_name)s_ck",
    }
)

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("secret_sha256", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("prefix", sa.String(16), nullable=False),
    sa.Column("last_four", sa.String(4), nullable=False),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("owner", sa.String(40), nullable=True),
    sa.Column("created_at_us", sa.BigInteger, nullable=False),
    sa.Column("expires_at_us", sa.BigInteger, nullable=True),
    sa.Column("last_used_at_us", sa.BigInteger, nullable=True),
    sa.Column("revoked_at_us", sa.BigInteger, nullable=True),
)

# Two tokens of one name could not be told apart by it; a revoked one gives its name free.
_alive = sa.text("revoked_at_us IS NULL")
sa.Index("tokens_name", tokens.c.name, unique=True, sqlite_where=_alive, postgresql_where=_alive)
