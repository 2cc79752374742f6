"""Tokens that record systems have shown, so that each opens once."""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shown_token",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("until", db.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shown_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_shown_token_token_hash")),
    )
    op.create_index(op.f("ix_shown_token_until"), "shown_token", ["until"])


def downgrade() -> None:
    op.drop_table("shown_token")
