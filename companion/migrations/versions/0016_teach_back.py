"""What the patient answers to a change, and changes that a doctor takes back.

A change that already waits for its patient is looked at from now on, as a new one is.
"""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ANSWERS = "change_answer"
WITHDRAWAL = "withdrawal"
URGENT = "state = 'open' AND purpose IN ('advice', 'urgent_reading', 'withdrawal')"
URGENT_BEFORE = "state = 'open' AND purpose IN ('advice', 'urgent_reading')"
HISTORY = {
    ANSWERS: "",
    WITHDRAWAL: " OF review_id, review_decision, suggestion_id, revision_id, patient_id, clinician_id, "
    "clinician_role, code, reason, was_opened, authenticated_at, withdrawn_at",
}
"""Tables whose rows are never deleted, and which of their columns never change (nothing named: none does)."""
NEEDS_ACT = (
    "purpose <> 'withdrawal' OR (withdrawal_id IS NOT NULL AND review_id IS NOT NULL AND withdrawal_id = review_id)"
)


def upgrade() -> None:
    _add_answers()
    _add_withdrawals()
    for table, history in HISTORY.items():
        _protect(table, history)
    for name in ("read_at", "withdrawn_at"):
        op.add_column("regimen_revision", sa.Column(name, db.UtcDateTime(), nullable=True))
    _point("regimen_revision")
    _point("message", f" CONSTRAINT ck_message_withdrawal_needs_act CHECK ({NEEDS_ACT})")
    _index_urgent(URGENT)
    _look_at_what_waits()


def _add_answers() -> None:
    op.create_table(
        ANSWERS,
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("revision_id", _row_id(), nullable=False),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("amount", db.DecimalText(length=40), nullable=True),
        sa.Column("start_on", sa.Date(), nullable=True),
        sa.Column("heard", sa.String(length=8), nullable=False),
        sa.Column("via", sa.String(length=12), nullable=False),
        sa.Column("noted_by", _row_id(), nullable=False),
        sa.Column("at", db.UtcDateTime(), nullable=False),
        sa.CheckConstraint("heard IN ('right', 'half', 'wrong')", name=op.f("ck_change_answer_heard")),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["regimen_revision.id"], name=op.f("fk_change_answer_revision_id_regimen_revision")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_change_answer_patient_id_person")),
        sa.ForeignKeyConstraint(["noted_by"], ["person.id"], name=op.f("fk_change_answer_noted_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_answer")),
    )
    for column in ("revision_id", "patient_id"):
        op.create_index(op.f(f"ix_change_answer_{column}"), ANSWERS, [column], unique=False)


def _add_withdrawals() -> None:
    op.create_table(
        WITHDRAWAL,
        sa.Column("review_id", _row_id(), autoincrement=False, nullable=False),
        sa.Column("review_decision", sa.String(length=10), nullable=False),
        sa.Column("suggestion_id", _row_id(), nullable=False),
        sa.Column("revision_id", _row_id(), nullable=False),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("clinician_id", _row_id(), nullable=False),
        sa.Column("clinician_role", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("was_opened", sa.Boolean(), nullable=False),
        sa.Column("authenticated_at", db.UtcDateTime(), nullable=False),
        sa.Column("withdrawn_at", db.UtcDateTime(), nullable=False),
        sa.Column("acknowledged_at", db.UtcDateTime(), nullable=True),
        sa.Column("acknowledged_via", sa.String(length=12), nullable=True),
        sa.CheckConstraint("clinician_role = 'clinician'", name=op.f("ck_withdrawal_by_clinician")),
        sa.CheckConstraint("review_decision IN ('approved', 'amended')", name=op.f("ck_withdrawal_of_what_was_sent")),
        sa.ForeignKeyConstraint(
            ["review_id", "review_decision", "patient_id"],
            ["review.id", "review.decision", "review.patient_id"],
            name="fk_withdrawal_review",
        ),
        sa.ForeignKeyConstraint(
            ["clinician_id", "clinician_role"],
            ["person.id", "person.role"],
            name=op.f("fk_withdrawal_clinician_id_clinician_role_person"),
        ),
        sa.ForeignKeyConstraint(
            ["suggestion_id"], ["suggestion.id"], name=op.f("fk_withdrawal_suggestion_id_suggestion")
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["regimen_revision.id"], name=op.f("fk_withdrawal_revision_id_regimen_revision")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_withdrawal_patient_id_person")),
        sa.PrimaryKeyConstraint("review_id", name=op.f("pk_withdrawal")),
        sa.UniqueConstraint("suggestion_id", name=op.f("uq_withdrawal_suggestion_id")),
    )
    op.create_index(op.f("ix_withdrawal_patient_id"), WITHDRAWAL, ["patient_id"], unique=False)


def _protect(table: str, columns: str) -> None:
    """As 0001 protects histories."""
    if _is_sqlite():
        for name, act in (("kept", "DELETE"), ("unchanged", f"UPDATE{columns}")):
            op.execute(
                f"CREATE TRIGGER {table}_{name} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is history'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_is_history() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is history'; END $$"
    )
    for name, act in (("kept", "DELETE"), ("unchanged", f"UPDATE{columns}")):
        op.execute(
            f"CREATE TRIGGER {table}_{name} BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_is_history()"
        )


def _point(table: str, check: str = "") -> None:
    """A pointer to a withdrawal. Written out: SQLite takes a foreign key, or a check, only together with its column."""
    kind = "INTEGER" if _is_sqlite() else "BIGINT"
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN withdrawal_id {kind} "
        f"CONSTRAINT fk_{table}_withdrawal_id_withdrawal REFERENCES withdrawal (review_id){check}"
    )


def _index_urgent(where: str) -> None:
    op.drop_index("ix_message_urgent", table_name="message")
    op.create_index(
        "ix_message_urgent",
        "message",
        ["state", "next_try_at"],
        unique=False,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def _look_at_what_waits() -> None:
    op.execute(
        "INSERT INTO due_work (kind, subject_id, due_on, next_check_at, generation) "
        f"SELECT 'change', id, {_no_day()}, made_at, 0 FROM regimen_revision "
        "WHERE review_id IS NOT NULL AND confirmed_at IS NULL"
    )


def downgrade() -> None:
    op.execute("DELETE FROM due_work WHERE kind IN ('change', 'withdrawal')")
    # What is still to be told is told as an older version tells of a change: "open companion or call".
    op.execute("UPDATE message SET purpose = 'advice' WHERE purpose = 'withdrawal'")
    _index_urgent(URGENT_BEFORE)
    if not _is_sqlite():
        op.drop_constraint(op.f("ck_message_withdrawal_needs_act"), "message", type_="check")
    op.drop_column("message", "withdrawal_id")
    for name in ("withdrawal_id", "withdrawn_at", "read_at"):
        op.drop_column("regimen_revision", name)
    if _is_sqlite():
        for table in HISTORY:
            for name in ("kept", "unchanged"):
                op.execute(f"DROP TRIGGER {table}_{name}")
    op.drop_table(WITHDRAWAL)
    op.drop_table(ANSWERS)
    if not _is_sqlite():
        for table in HISTORY:
            op.execute(f"DROP FUNCTION {table}_is_history()")


def _no_day() -> str:
    """The day of work that belongs to none (care.due_work)."""
    return "'0001-01-01'" if _is_sqlite() else "DATE '0001-01-01'"


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
