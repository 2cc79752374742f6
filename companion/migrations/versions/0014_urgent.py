"""What the patient reports, instructions a clinician approved, and tasks that escalate.

What a patient is told to do about an urgent event needs a clinician's signature: a row of its own, in the name of
somebody who is a clinician, under a text that no longer changes.
"""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

SIGNED = "about, number, patient_en, patient_zh, caregiver_en, caregiver_zh, drafted_by, drafted_at"
"""What a signature is of."""
HISTORIES = {"instruction": f"UPDATE OF {SIGNED}", "instruction_signature": "UPDATE"}
NEW = ("task_notice", "urgent_episode", "reported", "instruction_signature", "instruction")


def upgrade() -> None:
    _let_tasks_be_taken()
    _add_notice()
    _add_episode()
    _add_reported()
    _add_instruction()
    _add_signature()
    for table, change in HISTORIES.items():
        _protect(table, change)


def _let_tasks_be_taken() -> None:
    """Written out: SQLite takes a foreign key only together with its column, and Alembic does not write it so."""
    kind = "INTEGER" if _is_sqlite() else "BIGINT"
    op.execute(f"ALTER TABLE task ADD COLUMN taken_by {kind} CONSTRAINT fk_task_taken_by_person REFERENCES person (id)")
    op.add_column("task", sa.Column("taken_at", db.UtcDateTime(), nullable=True))


def _add_notice() -> None:
    op.create_table(
        "task_notice",
        _id(),
        sa.Column("task_id", _row_id(), nullable=False),
        sa.Column("person_id", _row_id(), nullable=False),
        sa.Column("turn", sa.String(length=8), nullable=False),
        sa.Column("told_at", db.UtcDateTime(), nullable=False),
        sa.CheckConstraint("turn IN ('doctor', 'team', 'admin')", name=op.f("ck_task_notice_turn")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_notice_task_id_task")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_task_notice_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_notice")),
        sa.UniqueConstraint("task_id", "person_id", name=op.f("uq_task_notice_task_id_person_id")),
    )


def _add_episode() -> None:
    op.create_table(
        "urgent_episode",
        _id(),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("event", sa.String(length=20), nullable=False),
        sa.Column("first_at", db.UtcDateTime(), nullable=False),
        sa.Column("last_at", db.UtcDateTime(), nullable=False),
        sa.Column("found_at", db.UtcDateTime(), nullable=False),
        sa.Column("task_id", _row_id(), nullable=True),
        sa.Column("read_at", db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_urgent_episode_patient_id_person")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_urgent_episode_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_urgent_episode")),
        sa.UniqueConstraint("public_id", name=op.f("uq_urgent_episode_public_id")),
    )
    op.create_index("ix_urgent_episode_patient", "urgent_episode", ["patient_id", "last_at"], unique=False)


def _add_reported() -> None:
    op.create_table(
        "reported",
        _id(),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("told_at", db.UtcDateTime(), nullable=False),
        sa.Column("told_by", _row_id(), nullable=False),
        sa.Column("via", sa.String(length=8), nullable=False),
        sa.Column("ended_at", db.UtcDateTime(), nullable=True),
        sa.Column("ended_by", _row_id(), nullable=True),
        sa.Column("ended_as", sa.String(length=8), nullable=True),
        sa.CheckConstraint(
            "what IN ('ill', 'vomiting', 'dizzy', 'fall', 'needed_help', 'symptoms')", name=op.f("ck_reported_what")
        ),
        sa.CheckConstraint("ended_as IN ('over', 'mistake')", name=op.f("ck_reported_ended_as")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_as IS NULL)", name=op.f("ck_reported_ended")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_reported_patient_id_person")),
        sa.ForeignKeyConstraint(["told_by"], ["person.id"], name=op.f("fk_reported_told_by_person")),
        sa.ForeignKeyConstraint(["ended_by"], ["person.id"], name=op.f("fk_reported_ended_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reported")),
        sa.UniqueConstraint("public_id", name=op.f("uq_reported_public_id")),
    )
    op.create_index("ix_reported_patient", "reported", ["patient_id", "told_at"], unique=False)


def _add_instruction() -> None:
    texts = ("patient_en", "patient_zh", "caregiver_en", "caregiver_zh")
    op.create_table(
        "instruction",
        _id(),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("about", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *(sa.Column(text, sa.String(length=300), nullable=False) for text in texts),
        sa.Column("drafted_by", _row_id(), nullable=False),
        sa.Column("drafted_at", db.UtcDateTime(), nullable=False),
        sa.Column("withdrawn_at", db.UtcDateTime(), nullable=True),
        sa.Column("withdrawn_by", _row_id(), nullable=True),
        sa.CheckConstraint(" AND ".join(f"{text} <> ''" for text in texts), name=op.f("ck_instruction_whole")),
        sa.ForeignKeyConstraint(["drafted_by"], ["person.id"], name=op.f("fk_instruction_drafted_by_person")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["person.id"], name=op.f("fk_instruction_withdrawn_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instruction")),
        sa.UniqueConstraint("public_id", name=op.f("uq_instruction_public_id")),
        sa.UniqueConstraint("about", "number", name=op.f("uq_instruction_about_number")),
    )


def _add_signature() -> None:
    op.create_table(
        "instruction_signature",
        _id(),
        sa.Column("instruction_id", _row_id(), nullable=False),
        sa.Column("clinician_id", _row_id(), nullable=False),
        sa.Column("clinician_role", sa.String(length=10), nullable=False),
        sa.Column("signed_at", db.UtcDateTime(), nullable=False),
        sa.CheckConstraint("clinician_role = 'clinician'", name=op.f("ck_instruction_signature_by_clinician")),
        sa.ForeignKeyConstraint(
            ["clinician_id", "clinician_role"],
            ["person.id", "person.role"],
            name=op.f("fk_instruction_signature_clinician_id_clinician_role_person"),
        ),
        sa.ForeignKeyConstraint(
            ["instruction_id"], ["instruction.id"], name=op.f("fk_instruction_signature_instruction_id_instruction")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instruction_signature")),
        sa.UniqueConstraint("instruction_id", name=op.f("uq_instruction_signature_instruction_id")),
    )


def _protect(table: str, change: str) -> None:
    """As 0001 protects histories: neither changed nor taken out."""
    if _is_sqlite():
        for name, act in (("kept", "DELETE"), ("unchanged", change)):
            op.execute(
                f"CREATE TRIGGER {table}_{name} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is history'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_is_history() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is history'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_unchanged BEFORE {change} OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_is_history()"
    )


def downgrade() -> None:
    for table in NEW:
        op.drop_table(table)
    if not _is_sqlite():
        for table in HISTORIES:
            op.execute(f"DROP FUNCTION {table}_is_history()")
    op.drop_column("task", "taken_at")
    op.drop_column("task", "taken_by")


def _id() -> sa.Column[int]:
    return sa.Column("id", _row_id(), nullable=False)


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
