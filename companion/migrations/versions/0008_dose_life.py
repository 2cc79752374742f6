"""When and how much was really taken, what the patient wrote, and links that answer one dose."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WHAT_WAS_SAID: dict[str, sa.types.TypeEngine[Any]] = {
    "taken_at": db.UtcDateTime(),
    "amount_taken": db.DecimalText(),
    "remark": sa.String(length=200),
}


def upgrade() -> None:
    for table in ("dose", "dose_event"):
        for name, kind in WHAT_WAS_SAID.items():
            op.add_column(table, sa.Column(name, kind, nullable=True))
    op.add_column("dose_event", sa.Column("note", sa.String(length=200), nullable=True))
    op.add_column("dose", sa.Column("is_late", sa.Boolean(), nullable=False, server_default=sa.false()))
    _tell_answer_from_intake()
    _add_one_tap_link()


def _tell_answer_from_intake() -> None:
    """`answered_at` was both until now; late is what was answered after its window."""
    op.execute("UPDATE dose SET taken_at = answered_at WHERE state = 'taken'")
    op.execute(f"UPDATE dose SET is_late = {_true()} WHERE answered_at > window_ends_at")


def _true() -> str:
    return "1" if op.get_bind().dialect.name == "sqlite" else "true"


def _add_one_tap_link() -> None:
    op.create_table(
        "one_tap_link",
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("due_at", db.UtcDateTime(), nullable=False),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.Column("expires_at", db.UtcDateTime(), nullable=False),
        sa.Column("used_at", db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_one_tap_link_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_tap_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_one_tap_link_token_hash")),
    )
    op.create_index(op.f("ix_one_tap_link_patient_id"), "one_tap_link", ["patient_id"], unique=False)


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def downgrade() -> None:
    op.drop_table("one_tap_link")
    op.execute("UPDATE dose SET answered_at = taken_at WHERE taken_at IS NOT NULL")
    op.drop_column("dose", "is_late")
    op.drop_column("dose_event", "note")
    for table in ("dose_event", "dose"):
        for name in reversed(WHAT_WAS_SAID):
            op.drop_column(table, name)
