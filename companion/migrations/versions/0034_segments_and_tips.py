"""Sheets and traits of patients, tips, rounds of questions, experiments; one more topic to agree to."""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

SHEET, TRAIT = "patient_sheet", "patient_trait"
REVIEW, ENTRY, CHOSEN = "tip_review", "tip_entry", "tip_chosen"
ROUND, ASK = "survey_round", "survey_ask"
EXPERIMENT, EXPOSURE = "experiment", "experiment_exposure"
CONSENT = "message_consent"
BEFORE = "topic IN ('reminders', 'changes', 'alarms', 'caregiving', 'supply', 'decisions')"
NOW = "topic IN ('reminders', 'changes', 'alarms', 'caregiving', 'supply', 'decisions', 'programme')"
CHANGED = (
    "(changed_at IS NULL) = (changed_en IS NULL) AND (changed_at IS NULL) = (changed_zh IS NULL) "
    "AND (changed_at IS NULL) = (changed_by IS NULL)"
)


def upgrade() -> None:
    _add_sheets()
    _add_tips()
    _add_surveys()
    _add_experiments()
    _change_topics(BEFORE, NOW)


def _add_sheets() -> None:
    op.create_table(
        SHEET,
        sa.Column("patient_id", _row_id(), autoincrement=False, nullable=False),
        sa.Column("sheet", sa.JSON(), nullable=False),
        sa.Column("definitions", sa.String(length=20), nullable=False),
        sa.Column("worked_out_at", db.UtcDateTime(), nullable=False),
        *_keys(SHEET, "patient_id", primary=("patient_id",)),
    )
    op.create_index(op.f(f"ix_{SHEET}_worked_out_at"), SHEET, ["worked_out_at"], unique=False)
    op.create_table(
        TRAIT,
        sa.Column("trait", sa.String(length=60), nullable=False),
        sa.Column("patient_id", _row_id(), autoincrement=False, nullable=False),
        *_keys(TRAIT, "patient_id", primary=("trait", "patient_id")),
        sqlite_with_rowid=False,
    )
    op.create_index(f"ix_{TRAIT}_patient_id", TRAIT, ["patient_id"], unique=False)


def _add_tips() -> None:
    op.create_table(
        REVIEW,
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("tip_key", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("reviewed_by", _row_id(), nullable=False),
        sa.Column("reviewer_role", sa.String(length=10), nullable=False),
        sa.Column("reviewed_at", db.UtcDateTime(), nullable=False),
        sa.Column("ended_at", db.UtcDateTime(), nullable=True),
        sa.Column("ended_by", _row_id(), nullable=True),
        _check(REVIEW, "by_professional", "reviewer_role IN ('clinician', 'pharmacist')"),
        _check(REVIEW, "ended", "(ended_at IS NULL) = (ended_by IS NULL)"),
        sa.ForeignKeyConstraint(
            ["reviewed_by", "reviewer_role"],
            ["person.id", "person.role"],
            name=op.f(f"fk_{REVIEW}_reviewed_by_reviewer_role_person"),
        ),
        *_keys(REVIEW, "ended_by"),
    )
    op.create_index(f"ix_{REVIEW}_tip_key", REVIEW, ["tip_key"], unique=False)
    op.create_table(
        ENTRY,
        sa.Column("patient_id", _row_id(), autoincrement=False, nullable=False),
        sa.Column("arm", sa.String(length=8), nullable=False),
        sa.Column("entered_at", db.UtcDateTime(), nullable=False),
        _check(ENTRY, "arm", "arm IN ('sent', 'held_out')"),
        *_keys(ENTRY, "patient_id", primary=("patient_id",)),
    )
    op.create_table(
        CHOSEN,
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("review_id", _row_id(), nullable=False),
        sa.Column("tip_key", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("arm", sa.String(length=8), nullable=False),
        sa.Column("chosen_at", db.UtcDateTime(), nullable=False),
        sa.Column("opened_at", db.UtcDateTime(), nullable=True),
        sa.Column("answer", sa.String(length=12), nullable=True),
        sa.Column("answered_at", db.UtcDateTime(), nullable=True),
        _check(CHOSEN, "arm", "arm IN ('sent', 'held_out')"),
        _check(CHOSEN, "answer", "answer IN ('useful', 'not_for_me')"),
        _check(CHOSEN, "answered", "(answer IS NULL) = (answered_at IS NULL)"),
        sa.ForeignKeyConstraint(["review_id"], [f"{REVIEW}.id"], name=op.f(f"fk_{CHOSEN}_review_id_{REVIEW}")),
        *_keys(CHOSEN, "patient_id"),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{CHOSEN}_public_id")),
    )
    op.create_index(f"ix_{CHOSEN}_patient", CHOSEN, ["patient_id", "chosen_at"], unique=False)
    op.create_index(f"ix_{CHOSEN}_chosen_at", CHOSEN, ["chosen_at"], unique=False)
    op.create_index(op.f(f"ix_{CHOSEN}_review_id"), CHOSEN, ["review_id"], unique=False)


def _add_surveys() -> None:
    op.create_table(
        ROUND,
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("quarter", sa.String(length=7), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("opens_at", db.UtcDateTime(), nullable=False),
        sa.Column("closes_at", db.UtcDateTime(), nullable=False),
        sa.Column("opened_by", _row_id(), nullable=False),
        sa.Column("changed_en", sa.Text(), nullable=True),
        sa.Column("changed_zh", sa.Text(), nullable=True),
        sa.Column("changed_at", db.UtcDateTime(), nullable=True),
        sa.Column("changed_by", _row_id(), nullable=True),
        _check(ROUND, "share", "share BETWEEN 1 AND 100"),
        _check(ROUND, "span", "closes_at > opens_at"),
        _check(ROUND, "changed", CHANGED),
        *_keys(ROUND, "opened_by", "changed_by"),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{ROUND}_public_id")),
        sa.UniqueConstraint("quarter", name=op.f(f"uq_{ROUND}_quarter")),
    )
    op.create_table(
        ASK,
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("round_id", _row_id(), nullable=False),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("asked_at", db.UtcDateTime(), nullable=False),
        sa.Column("reminded_at", db.UtcDateTime(), nullable=True),
        sa.Column("answered_at", db.UtcDateTime(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        _check(ASK, "score", "score BETWEEN 1 AND 5"),
        _check(ASK, "answered", "(score IS NULL) = (answered_at IS NULL)"),
        sa.ForeignKeyConstraint(["round_id"], [f"{ROUND}.id"], name=op.f(f"fk_{ASK}_round_id_{ROUND}")),
        *_keys(ASK, "patient_id"),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{ASK}_public_id")),
        sa.UniqueConstraint("round_id", "patient_id", name=op.f(f"uq_{ASK}_round_id_patient_id")),
    )
    op.create_index(op.f(f"ix_{ASK}_patient_id"), ASK, ["patient_id"], unique=False)


def _add_experiments() -> None:
    op.create_table(
        EXPERIMENT,
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("place", sa.String(length=20), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("shares", sa.JSON(), nullable=False),
        sa.Column("metric", sa.String(length=10), nullable=False),
        sa.Column("starts_at", db.UtcDateTime(), nullable=False),
        sa.Column("ends_at", db.UtcDateTime(), nullable=False),
        sa.Column("started_by", _row_id(), nullable=False),
        sa.Column("stopped_at", db.UtcDateTime(), nullable=True),
        _check(EXPERIMENT, "place", "place IN ('tip_wording', 'tip_page')"),
        _check(EXPERIMENT, "metric", "metric IN ('opened', 'useful')"),
        *_keys(EXPERIMENT, "started_by"),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{EXPERIMENT}_public_id")),
    )
    op.create_table(
        EXPOSURE,
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("experiment_id", _row_id(), nullable=False),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("way", sa.String(length=20), nullable=False),
        sa.Column("at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_id"], [f"{EXPERIMENT}.id"], name=op.f(f"fk_{EXPOSURE}_experiment_id_{EXPERIMENT}")
        ),
        *_keys(EXPOSURE, "patient_id"),
        sa.UniqueConstraint("experiment_id", "patient_id", name=op.f(f"uq_{EXPOSURE}_experiment_id_patient_id")),
    )
    op.create_index(op.f(f"ix_{EXPOSURE}_patient_id"), EXPOSURE, ["patient_id"], unique=False)


def downgrade() -> None:
    op.execute("DELETE FROM due_work WHERE kind IN ('tips', 'survey')")
    op.execute("UPDATE message SET state = 'cancelled' WHERE purpose = 'programme' AND state = 'open'")
    _forget_topic()
    _change_topics(NOW, BEFORE)
    for table in (EXPOSURE, EXPERIMENT, ASK, ROUND, CHOSEN, ENTRY, REVIEW, TRAIT, SHEET):
        op.drop_table(table)


def _change_topics(before: str, after: str) -> None:
    if not _is_sqlite():
        op.drop_constraint(op.f("ck_message_consent_topic"), CONSENT, type_="check")
        op.create_check_constraint(op.f("ck_message_consent_topic"), CONSENT, after)
        return
    # The text of the check only, as sqlite.org/lang_altertable.html (7) allows where no row is kept differently.
    version = op.get_bind().exec_driver_sql("PRAGMA schema_version").scalar_one()
    op.execute("PRAGMA writable_schema = ON")
    changed = op.get_bind().execute(
        sa.text(
            "UPDATE sqlite_master SET sql = replace(sql, :before, :after) "
            "WHERE type = 'table' AND name = 'message_consent' AND instr(sql, :before) > 0"
        ),
        {"before": before, "after": after},
    )
    op.execute(f"PRAGMA schema_version = {int(version) + 1}")
    op.execute("PRAGMA writable_schema = OFF")
    if changed.rowcount != 1:
        raise RuntimeError("the check of message_consent.topic is not as it was made")


def _forget_topic() -> None:
    """What was said to a topic that the older schema does not know. History is unlocked for that one statement."""
    forget = f"DELETE FROM {CONSENT} WHERE topic = 'programme'"
    if _is_sqlite():
        op.execute(f"DROP TRIGGER {CONSENT}_kept")
        op.execute(forget)
        op.execute(
            f"CREATE TRIGGER {CONSENT}_kept BEFORE DELETE ON {CONSENT} "
            f"BEGIN SELECT RAISE(ABORT, '{CONSENT} is history'); END"
        )
        return
    op.execute(f"ALTER TABLE {CONSENT} DISABLE TRIGGER {CONSENT}_unchanged")
    op.execute(forget)
    op.execute(f"ALTER TABLE {CONSENT} ENABLE TRIGGER {CONSENT}_unchanged")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _check(table: str, name: str, sql: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(sql, name=op.f(f"ck_{table}_{name}"))


def _keys(table: str, *people: str, primary: tuple[str, ...] = ("id",)) -> list[sa.Constraint]:
    """The primary key, and columns that point to somebody."""
    return [
        sa.PrimaryKeyConstraint(*primary, name=op.f(f"pk_{table}")),
        *(
            sa.ForeignKeyConstraint([column], ["person.id"], name=op.f(f"fk_{table}_{column}_person"))
            for column in people
        ),
    ]


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")
