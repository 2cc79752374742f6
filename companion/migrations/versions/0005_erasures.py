"""What was erased, and the proof of it; a dose's history may be emptied of its notes for who is erased."""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OF_ERASED = (
    "EXISTS (SELECT 1 FROM erasure JOIN person ON person.public_id = erasure.patient "
    "JOIN dose ON dose.patient_id = person.id WHERE dose.id = OLD.dose_id)"
)
"""Whether the dose is a patient's who is erased."""


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("patient", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", db.UtcDateTime(), nullable=False),
        sa.Column("asked_by", sa.String(length=20), nullable=False),
        sa.Column("done_at", db.UtcDateTime(), nullable=True),
        sa.Column("kept_until", sa.Date(), nullable=False),
        sa.Column("proof", sa.JSON(), nullable=False),
        sa.CheckConstraint("state IN ('asked', 'done')", name=op.f("ck_erasure_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
        sa.UniqueConstraint("patient", name=op.f("uq_erasure_patient")),
    )
    _let_change(OF_ERASED)


def downgrade() -> None:
    _let_change("false")
    op.drop_table("erasure")


def _let_change(where: str) -> None:
    """Makes the guard of a dose's history anew: a line changes only where that holds, and is never deleted."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER dose_event_unchanged")
        op.execute(
            f"CREATE TRIGGER dose_event_unchanged BEFORE UPDATE ON dose_event WHEN NOT {where} "
            "BEGIN SELECT RAISE(ABORT, 'dose_event is history'); END"
        )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION dose_event_is_history() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF TG_OP = 'UPDATE' AND {where} THEN RETURN NEW; END IF; "
        "RAISE EXCEPTION 'dose_event is history'; END $$"
    )
