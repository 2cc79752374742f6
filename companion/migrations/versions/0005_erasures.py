"""What was erased, and the proof of it; notes of a dose's history may be emptied, and nothing else of it."""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

UNCHANGING = ("id", "dose_id", "event", "at", "actor_id", "via")
"""Of a dose's history. Columns that come later are notes that an erasure empties, unless they are added here then."""


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
    _protect(f"UPDATE OF {', '.join(UNCHANGING)}")


def downgrade() -> None:
    _protect("UPDATE")
    op.drop_table("erasure")


def _protect(what: str) -> None:
    """The trigger against rewriting a dose's history, made anew for that act."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER dose_event_unchanged")
        op.execute(
            f"CREATE TRIGGER dose_event_unchanged BEFORE {what} ON dose_event "
            "BEGIN SELECT RAISE(ABORT, 'dose_event is history'); END"
        )
        return
    op.execute("DROP TRIGGER dose_event_unchanged ON dose_event")
    op.execute(
        f"CREATE TRIGGER dose_event_unchanged BEFORE {what} ON dose_event "
        "FOR EACH ROW EXECUTE FUNCTION dose_event_is_history()"
    )
