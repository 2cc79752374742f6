"""Conversations of the pharmacist desk: who asked, who has them, what was said (sealed), and who answers what."""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

CONVERSATION, LINE, SUBJECT = "conversation", "conversation_line", "desk_subject"
CHECKS = {
    "subject": "subject IN ('medicines', 'injecting', 'inhaling', 'devices', 'other')",
    "channel": "channel IN ('page', 'call', 'text')",
    "state": "state IN ('waiting', 'open', 'handed_over', 'closed')",
    "taken": "state <> 'open' OR (taken_by IS NOT NULL AND lease_until IS NOT NULL)",
    "ended": "(state IN ('handed_over', 'closed')) = (ended_at IS NOT NULL)",
    "noted": "channel = 'page' OR noted_by IS NOT NULL",
    "rating": "rating BETWEEN 1 AND 5",
}


def upgrade() -> None:
    _add_conversation()
    _add_line()
    op.create_table(
        SUBJECT,
        _id(),
        sa.Column("person_id", _row_id(), nullable=False),
        sa.Column("subject", sa.String(length=10), nullable=False),
        _to_person(SUBJECT, "person_id"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{SUBJECT}")),
        sa.UniqueConstraint("person_id", "subject", name=op.f(f"uq_{SUBJECT}_person_id_subject")),
    )


def _add_conversation() -> None:
    op.create_table(
        CONVERSATION,
        _id(),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("subject", sa.String(length=10), nullable=False),
        sa.Column("channel", sa.String(length=6), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("asked_at", db.UtcDateTime(), nullable=False),
        sa.Column("noted_by", _row_id(), nullable=True),
        sa.Column("taken_by", _row_id(), nullable=True),
        sa.Column("taken_at", db.UtcDateTime(), nullable=True),
        sa.Column("lease_until", db.UtcDateTime(), nullable=True),
        sa.Column("ended_at", db.UtcDateTime(), nullable=True),
        sa.Column("keep_until", db.UtcDateTime(), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        *(sa.CheckConstraint(words, name=op.f(f"ck_{CONVERSATION}_{name}")) for name, words in CHECKS.items()),
        *(_to_person(CONVERSATION, column) for column in ("patient_id", "noted_by", "taken_by")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{CONVERSATION}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{CONVERSATION}_public_id")),
    )
    op.create_index(op.f(f"ix_{CONVERSATION}_patient_id"), CONVERSATION, ["patient_id"], unique=False)
    op.create_index(f"ix_{CONVERSATION}_state_asked_at", CONVERSATION, ["state", "asked_at"], unique=False)


def _add_line() -> None:
    said_by = "said_by IN ('patient', 'pharmacist', 'service')"
    op.create_table(
        LINE,
        _id(),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("conversation_id", _row_id(), nullable=False),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("said_by", sa.String(length=10), nullable=False),
        sa.Column("person_id", _row_id(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.JSON(), nullable=False),
        sa.Column("at", db.UtcDateTime(), nullable=False),
        sa.Column("keep_until", db.UtcDateTime(), nullable=True),
        sa.CheckConstraint(said_by, name=op.f(f"ck_{LINE}_said_by")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f(f"fk_{LINE}_conversation_id_conversation")
        ),
        *(_to_person(LINE, column) for column in ("patient_id", "person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{LINE}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{LINE}_public_id")),
    )
    for column in ("conversation_id", "patient_id"):
        op.create_index(op.f(f"ix_{LINE}_{column}"), LINE, [column], unique=False)


def downgrade() -> None:
    for table in (SUBJECT, LINE, CONVERSATION):
        op.drop_table(table)


def _to_person(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["person.id"], name=op.f(f"fk_{table}_{column}_person"))


def _id() -> sa.Column[int]:
    return sa.Column("id", _row_id(), nullable=False)


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")
