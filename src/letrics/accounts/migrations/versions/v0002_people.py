"""People: users with their sessions and one-time links, tokens that have owners, usage, and the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add what people need; the tokens that there are belong to the installation."""
    op.create_table(
        "users",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("email", sa.String(254), nullable=False, unique=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.Text, nullable=True),
        sa.Column("created_at_us", sa.BigInteger, nullable=False),
        sa.Column("last_sign_in_at_us", sa.BigInteger, nullable=True),
        sa.Column("disabled_at_us", sa.BigInteger, nullable=True),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("secret_sha256", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("user_id", sa.String(40), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("created_at_us", sa.BigInteger, nullable=False),
        sa.Column("seen_at_us", sa.BigInteger, nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("agent", sa.String(200), nullable=False),
    )
    op.create_table(
        "links",
        sa.Column("secret_sha256", sa.LargeBinary(32), primary_key=True),
        sa.Column("user_id", sa.String(40), sa.ForeignKey("users.id"), nullable=True),
        sa.Column("expires_at_us", sa.BigInteger, nullable=False),
    )
    op.create_index("sessions_user_id", "sessions", ["user_id"])
    op.create_index("links_user_id", "links", ["user_id"])
    op.create_table(
        "failures",
        sa.Column("key_sha256", sa.LargeBinary(32), primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("last_at_us", sa.BigInteger, nullable=False),
    )
    _give_tokens_owners()
    op.create_table(
        "usage",
        sa.Column("token_id", sa.String(40), primary_key=True),
        sa.Column("day", sa.Integer, primary_key=True),
        sa.Column("requests", sa.BigInteger, nullable=False),
        sa.Column("records", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "audit",
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


def _give_tokens_owners() -> None:
    op.drop_index("tokens_name", "tokens")
    op.execute("UPDATE tokens SET owner = '' WHERE owner IS NULL")
    with op.batch_alter_table("tokens") as batch:
        batch.alter_column("owner", existing_type=sa.String(40), nullable=False, server_default="")
        batch.add_column(sa.Column("replaced_by", sa.String(40), nullable=True))
    in_place = sa.text("revoked_at_us IS NULL AND replaced_by IS NULL")
    op.create_index(
        "tokens_name", "tokens", ["owner", "name"], unique=True, sqlite_where=in_place, postgresql_where=in_place
    )
