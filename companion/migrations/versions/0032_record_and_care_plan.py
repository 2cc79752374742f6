"""What patients answer, what is agreed on with them, and reports of check-ups."""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

ANSWER, LINE, REVIEW, REPORT, VALUE = (
    "questionnaire_answer", "care_plan_line", "care_plan_review", "checkup", "checkup_value",
)  # fmt: skip
CLOSED = "(state = 'open') = (closed_at IS NULL) AND (closed_at IS NULL) = (closed_by IS NULL)"


def upgrade() -> None:
    _add_answers()
    _add_care_plan()
    _add_checkups()


def _add_answers() -> None:
    op.create_table(
        ANSWER,
        *_named(),
        sa.Column("questionnaire", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("is_red", sa.Boolean(), nullable=False),
        sa.Column("answered_at", db.UtcDateTime(), nullable=False),
        sa.Column("answered_by", _row_id(), nullable=False),
        sa.Column("via", sa.String(length=8), nullable=False),
        *_keys(ANSWER, "patient_id", "answered_by"),
        _public_once(ANSWER),
    )
    op.create_index(f"ix_{ANSWER}_newest", ANSWER, ["patient_id", "questionnaire", "id"], unique=False)


def _add_care_plan() -> None:
    op.create_table(
        LINE,
        *_named(),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("owner_id", _row_id(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", _row_id(), nullable=False),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("closed_by", _row_id(), nullable=True),
        sa.Column("closed_at", db.UtcDateTime(), nullable=True),
        sa.Column("sealed_end", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("kind IN ('goal', 'step')", name=op.f(f"ck_{LINE}_kind")),
        sa.CheckConstraint("state IN ('open', 'done', 'dropped')", name=op.f(f"ck_{LINE}_state")),
        sa.CheckConstraint(CLOSED, name=op.f(f"ck_{LINE}_closed")),
        sa.CheckConstraint("kind = 'goal' OR due_on IS NOT NULL", name=op.f(f"ck_{LINE}_due")),
        *_keys(LINE, "patient_id", "owner_id", "made_by", "closed_by"),
        _public_once(LINE),
    )
    op.create_index(f"ix_{LINE}_open", LINE, ["patient_id", "state"], unique=False)
    op.create_index(op.f(f"ix_{LINE}_owner_id"), LINE, ["owner_id"], unique=False)
    op.create_table(
        REVIEW,
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("reviewed_by", _row_id(), nullable=False),
        sa.Column("reviewed_at", db.UtcDateTime(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=False),
        *_keys(REVIEW, "patient_id", "reviewed_by"),
    )
    op.create_index(op.f(f"ix_{REVIEW}_patient_id"), REVIEW, ["patient_id"], unique=False)


def _add_checkups() -> None:
    op.create_table(
        REPORT,
        *_named(),
        sa.Column("format", sa.String(length=4), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("sent_by", _row_id(), nullable=False),
        sa.Column("sent_at", db.UtcDateTime(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("format IN ('fhir', 'csv', 'pdf')", name=op.f(f"ck_{REPORT}_format")),
        *_keys(REPORT, "patient_id", "sent_by"),
        _public_once(REPORT),
        sa.UniqueConstraint("patient_id", "sha256", name=op.f(f"uq_{REPORT}_patient_id_sha256")),
    )
    op.create_table(
        VALUE,
        *_named(),
        sa.Column("checkup_id", _row_id(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.Column("told", sa.String(length=80), nullable=False),
        sa.Column("measured_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("decided_by", _row_id(), nullable=True),
        sa.Column("decided_at", db.UtcDateTime(), nullable=True),
        sa.Column("fact_id", _row_id(), nullable=True),
        sa.CheckConstraint("state IN ('waits', 'confirmed', 'set_aside')", name=op.f(f"ck_{VALUE}_state")),
        sa.CheckConstraint("(state = 'waits') = (decided_by IS NULL)", name=op.f(f"ck_{VALUE}_decided")),
        sa.CheckConstraint("(state = 'confirmed') = (fact_id IS NOT NULL)", name=op.f(f"ck_{VALUE}_fact")),
        *_keys(VALUE, "patient_id", "decided_by"),
        sa.ForeignKeyConstraint(["checkup_id"], ["checkup.id"], name=op.f(f"fk_{VALUE}_checkup_id_checkup")),
        sa.ForeignKeyConstraint(["fact_id"], ["fact.id"], name=op.f(f"fk_{VALUE}_fact_id_fact")),
        _public_once(VALUE),
        sa.UniqueConstraint(
            "patient_id", "kind", "measured_on", "value", name=op.f(f"uq_{VALUE}_patient_id_kind_measured_on_value")
        ),
    )
    op.create_index(f"ix_{VALUE}_waits", VALUE, ["patient_id", "state"], unique=False)
    op.create_index(op.f(f"ix_{VALUE}_checkup_id"), VALUE, ["checkup_id"], unique=False)
    op.create_index(op.f(f"ix_{VALUE}_fact_id"), VALUE, ["fact_id"], unique=False)


def downgrade() -> None:
    for table in (VALUE, REPORT, REVIEW, LINE, ANSWER):
        op.drop_table(table)


def _named() -> tuple[sa.Column[int], sa.Column[str], sa.Column[int]]:
    return (
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("patient_id", _row_id(), nullable=False),
    )


def _keys(table: str, *people: str) -> tuple[sa.Constraint, ...]:
    """The primary key, and every column that points to a person."""
    to_people = (
        sa.ForeignKeyConstraint([column], ["person.id"], name=op.f(f"fk_{table}_{column}_person")) for column in people
    )
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")), *to_people


def _public_once(table: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint("public_id", name=op.f(f"uq_{table}_public_id"))


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")
