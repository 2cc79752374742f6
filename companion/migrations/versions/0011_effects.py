"""Wordings tried, calendar feeds, guidance on missed doses.

What a patient is told of a missed dose needs a clinician's review: a row of its own, in the name of somebody who is a
clinician, of a text that no longer changes.
"""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

OF_ERASED = (
    "EXISTS (SELECT 1 FROM erasure JOIN person ON person.public_id = erasure.patient WHERE person.id = OLD.patient_id)"
)
"""Whether the line that goes is a patient's who is erased."""
REVIEWED = "kind, name, doses_a_day, number, text_en, text_zh, source, drafted_by, drafted_at"
"""What a review is of."""


def upgrade() -> None:
    _add_trial()
    _add_entry()
    _add_exposure()
    _add_feed()
    _add_guidance()
    _add_review()
    _protect("exposure", "UPDATE", f"DELETE ON exposure WHEN NOT {OF_ERASED}", unless=OF_ERASED)
    _protect("guidance", f"UPDATE OF {REVIEWED}", "DELETE ON guidance")
    _protect("guidance_review", "UPDATE", "DELETE ON guidance_review")


def _add_trial() -> None:
    op.create_table(
        "wording_trial",
        _id(),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("shares", sa.JSON(), nullable=False),
        sa.Column("metric", sa.String(length=10), nullable=False),
        sa.Column("new_patients_a_day", sa.Integer(), nullable=False),
        sa.Column("starts_at", db.UtcDateTime(), nullable=False),
        sa.Column("ends_at", db.UtcDateTime(), nullable=False),
        sa.Column("started_by", _row_id(), nullable=False),
        sa.Column("stopped_at", db.UtcDateTime(), nullable=True),
        sa.CheckConstraint("metric IN ('answered', 'taken')", name=op.f("ck_wording_trial_metric")),
        sa.CheckConstraint("new_patients_a_day BETWEEN 1 AND 100000", name=op.f("ck_wording_trial_cap")),
        sa.ForeignKeyConstraint(["started_by"], ["person.id"], name=op.f("fk_wording_trial_started_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wording_trial")),
        sa.UniqueConstraint("public_id", name=op.f("uq_wording_trial_public_id")),
    )


def _add_entry() -> None:
    op.create_table(
        "trial_entry",
        _id(),
        sa.Column("trial_id", _row_id(), nullable=False),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("arm", sa.String(length=16), nullable=False),
        sa.Column("entered_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["trial_id"], ["wording_trial.id"], name=op.f("fk_trial_entry_trial_id_wording_trial")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_trial_entry_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_entry")),
        sa.UniqueConstraint("trial_id", "patient_id", name=op.f("uq_trial_entry_trial_id_patient_id")),
    )
    op.create_index("ix_trial_entry_trial_entered", "trial_entry", ["trial_id", "entered_at"], unique=False)


def _add_exposure() -> None:
    op.create_table(
        "exposure",
        _id(),
        sa.Column("trial_id", _row_id(), nullable=False),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("message_id", _row_id(), nullable=False),
        sa.Column("arm", sa.String(length=16), nullable=False),
        sa.Column("at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["trial_id"], ["wording_trial.id"], name=op.f("fk_exposure_trial_id_wording_trial")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_exposure_patient_id_person")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_exposure_message_id_message")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exposure")),
        sa.UniqueConstraint("message_id", name=op.f("uq_exposure_message_id")),
    )
    op.create_index(op.f("ix_exposure_trial_id"), "exposure", ["trial_id"], unique=False)


def _add_feed() -> None:
    op.create_table(
        "calendar_feed",
        _id(),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("with_names", sa.Boolean(), nullable=False),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.Column("revoked_at", db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_calendar_feed_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
    )
    op.create_index(op.f("ix_calendar_feed_patient_id"), "calendar_feed", ["patient_id"], unique=False)


def _add_guidance() -> None:
    op.create_table(
        "guidance",
        _id(),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("doses_a_day", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text_en", sa.String(length=600), nullable=False),
        sa.Column("text_zh", sa.String(length=600), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("drafted_by", _row_id(), nullable=False),
        sa.Column("drafted_at", db.UtcDateTime(), nullable=False),
        sa.Column("withdrawn_at", db.UtcDateTime(), nullable=True),
        sa.Column("withdrawn_by", _row_id(), nullable=True),
        sa.CheckConstraint("kind IN ('drug', 'drug_class')", name=op.f("ck_guidance_kind")),
        sa.CheckConstraint("doses_a_day BETWEEN 1 AND 12", name=op.f("ck_guidance_doses_a_day")),
        sa.CheckConstraint("source <> '' AND text_en <> '' AND text_zh <> ''", name=op.f("ck_guidance_sourced")),
        sa.ForeignKeyConstraint(["drafted_by"], ["person.id"], name=op.f("fk_guidance_drafted_by_person")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["person.id"], name=op.f("fk_guidance_withdrawn_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guidance")),
        sa.UniqueConstraint("public_id", name=op.f("uq_guidance_public_id")),
        sa.UniqueConstraint(
            "kind", "name", "doses_a_day", "number", name=op.f("uq_guidance_kind_name_doses_a_day_number")
        ),
    )


def _add_review() -> None:
    op.create_table(
        "guidance_review",
        _id(),
        sa.Column("guidance_id", _row_id(), nullable=False),
        sa.Column("clinician_id", _row_id(), nullable=False),
        sa.Column("clinician_role", sa.String(length=10), nullable=False),
        sa.Column("reviewed_at", db.UtcDateTime(), nullable=False),
        sa.Column("review_by", sa.Date(), nullable=False),
        sa.CheckConstraint("clinician_role = 'clinician'", name=op.f("ck_guidance_review_by_clinician")),
        sa.ForeignKeyConstraint(
            ["clinician_id", "clinician_role"],
            ["person.id", "person.role"],
            name=op.f("fk_guidance_review_clinician_id_clinician_role_person"),
        ),
        sa.ForeignKeyConstraint(["guidance_id"], ["guidance.id"], name=op.f("fk_guidance_review_guidance_id_guidance")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guidance_review")),
        sa.UniqueConstraint("guidance_id", name=op.f("uq_guidance_review_guidance_id")),
    )


def _protect(table: str, change: str, taking_out: str, unless: str = "") -> None:
    """As 0001 protects histories: neither changed nor taken out, but (`unless`) for a patient who is erased."""
    if _is_sqlite():
        for name, act in (("kept", taking_out), ("unchanged", f"{change} ON {table}")):
            op.execute(
                f"CREATE TRIGGER {table}_{name} BEFORE {act} BEGIN SELECT RAISE(ABORT, '{table} is history'); END"
            )
        return
    let_go = f"IF TG_OP = 'DELETE' AND {unless} THEN RETURN OLD; END IF; " if unless else ""
    op.execute(
        f"CREATE FUNCTION {table}_is_history() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {let_go}RAISE EXCEPTION '{table} is history'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_unchanged BEFORE {change} OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_is_history()"
    )


def downgrade() -> None:
    for table in ("guidance_review", "guidance", "calendar_feed", "exposure", "trial_entry", "wording_trial"):
        op.drop_table(table)
    if not _is_sqlite():
        for table in ("guidance_review", "guidance", "exposure"):
            op.execute(f"DROP FUNCTION {table}_is_history()")


def _id() -> sa.Column[int]:
    return sa.Column("id", _row_id(), nullable=False)


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
