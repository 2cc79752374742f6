"""Invitations on paper, first visits, and care that ended."""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

PURPOSES = "purpose IN ('invitation', 'reset')"
REASONS = "reason IN ('moved', 'left', 'died')"


def upgrade() -> None:
    _add_invitation()
    _add_first_visit()
    _add_care_ending()


def _add_invitation() -> None:
    op.create_table(
        "invitation",
        _id(),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("person_id", _row_id(), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("made_by", _row_id(), nullable=True),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.Column("expires_at", db.UtcDateTime(), nullable=False),
        sa.Column("used_at", db.UtcDateTime(), nullable=True),
        sa.Column("revoked_at", db.UtcDateTime(), nullable=True),
        sa.CheckConstraint(PURPOSES, name=op.f("ck_invitation_purpose")),
        _to_person("invitation", "person_id"),
        _to_person("invitation", "made_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("public_id", name=op.f("uq_invitation_public_id")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_invitation_code_hash")),
    )
    op.create_index(op.f("ix_invitation_person_id"), "invitation", ["person_id"], unique=False)


def _add_first_visit() -> None:
    op.create_table(
        "first_visit",
        sa.Column("person_id", _row_id(), nullable=False),
        sa.Column("began_at", db.UtcDateTime(), nullable=False),
        sa.Column("reading_at", db.UtcDateTime(), nullable=True),
        sa.Column("reminders_at", db.UtcDateTime(), nullable=True),
        sa.Column("zone_at", db.UtcDateTime(), nullable=True),
        _to_person("first_visit", "person_id"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_first_visit")),
    )


def _add_care_ending() -> None:
    op.create_table(
        "care_ending",
        _id(),
        sa.Column("person_id", _row_id(), nullable=False),
        sa.Column("reason", sa.String(length=8), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("ended_at", db.UtcDateTime(), nullable=False),
        sa.Column("ended_by", sa.String(length=20), nullable=False),
        sa.Column("stopped", sa.JSON(), nullable=False),
        sa.Column("kept_until", sa.Date(), nullable=False),
        sa.Column("reopened_at", db.UtcDateTime(), nullable=True),
        sa.Column("reopened_by", sa.String(length=20), nullable=True),
        sa.CheckConstraint(REASONS, name=op.f("ck_care_ending_reason")),
        _to_person("care_ending", "person_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_ending")),
    )
    op.create_index(op.f("ix_care_ending_person_id"), "care_ending", ["person_id"], unique=False)


def downgrade() -> None:
    for table in ("care_ending", "first_visit", "invitation"):
        op.drop_table(table)


def _row_id() -> sa.BigInteger:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _id() -> sa.Column[int]:
    return sa.Column("id", _row_id(), nullable=False)


def _to_person(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["person.id"], name=op.f(f"fk_{table}_{column}_person"))
