"""Suppressions."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the table of keyed hashes."""
    op.create_table(
        "suppressions",
        sa.Column("hash", sa.LargeBinary(32), primary_key=True),
        sa.Column("cause", sa.LargeBinary(32), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at_us", sa.BigInteger, nullable=False),
    )
    op.create_index("suppressions_cause", "suppressions", ["cause"])
