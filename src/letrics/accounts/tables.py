"""
The tables of the accounts database, as its newest migration leaves them; times are microseconds, UTC.

That of tokens is in `token_table.py`.
"""

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

users = sa.Table(
    "users",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("email", sa.String(254), nullable=False, unique=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    # None until the person has chosen one by the link of the invitation.
    sa.Column("password_hash", sa.Text, nullable=True),
    sa.Column("created_at_us", sa.BigInteger, nullable=False),
    sa.Column("last_sign_in_at_us", sa.BigInteger, nullable=True),
    sa.Column("disabled_at_us", sa.BigInteger, nullable=True),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("secret_sha256", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("user_id", sa.String(40), sa.ForeignKey(users.c.id), nullable=False),
    sa.Column("created_at_us", sa.BigInteger, nullable=False),
    sa.Column("seen_at_us", sa.BigInteger, nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("agent", sa.String(200), nullable=False),
)

# One-time links: the first administrator's (no user yet), those of invitations and of new passwords.
links = sa.Table(
    "links",
    metadata,
    sa.Column("secret_sha256", sa.LargeBinary(32), primary_key=True),
    sa.Column("user_id", sa.String(40), sa.ForeignKey(users.c.id), nullable=True),
    sa.Column("expires_at_us", sa.BigInteger, nullable=False),
)

sa.Index("sessions_user_id", sessions.c.user_id)
sa.Index("links_user_id", links.c.user_id)

# Sign-ins that failed lately, by account and by address (both hashed): what the back-off counts.
failures = sa.Table(
    "failures",
    metadata,
    sa.Column("key_sha256", sa.LargeBinary(32), primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("last_at_us", sa.BigInteger, nullable=False),
)

usage = sa.Table(
    "usage",
    metadata,
    sa.Column("token_id", sa.String(40), primary_key=True),
    sa.Column("day", sa.Integer, primary_key=True),  # since the Unix epoch, UTC
    sa.Column("requests", sa.BigInteger, nullable=False),
    sa.Column("records", sa.BigInteger, nullable=False),
)

# Keyed hashes of record keys that must not come in; those that followed from one have its hash as *cause*.
suppressions = sa.Table(
    "suppressions",
    metadata,
    sa.Column("hash", sa.LargeBinary(32), primary_key=True),
    sa.Column("cause", sa.LargeBinary(32), primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("at_us", sa.BigInteger, nullable=False),
)

sa.Index("suppressions_cause", suppressions.c.cause)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at_us", sa.BigInteger, nullable=False),
    sa.Column("actor_id", sa.String(40), nullable=False),
    sa.Column("actor", sa.String(254), nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("request_id", sa.String(40), nullable=False),
    sa.Column("action", sa.String(40), nullable=False),
    sa.Column("target_id", sa.String(40), nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("result", sa.String(16), nullable=False),
    sa.Column("hash", sa.LargeBinary(32), nullable=False),
)
