"""Leases, put-off suggestions, second clinicians, and covers.

Rejections from before keep their code inside their words: what a doctor wrote is not rewritten.
"""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

CONSENT = "message_consent"
TOPICS = "topic IN ('reminders', 'changes', 'alarms', 'caregiving', 'supply')"
TOPICS_NOW = "topic IN ('reminders', 'changes', 'alarms', 'caregiving', 'supply', 'decisions')"

REJECTIONS = (
    "code IN ('ask_about_doses', 'ask_patient', 'refer', 'values_unreliable', 'risk_of_lows', 'rule_does_not_fit', "
    "'changed_elsewhere', 'other_treatment', 'patients_wish', 'other')"
)
PUT_OFFS = "put_off_code IN ('wait_for_values', 'wait_for_labs', 'talk_to_patient', 'ask_colleague', 'other')"
RAISED_FAR = """NEW.decision = 'amended' AND EXISTS (
    SELECT 1 FROM suggestion AS s WHERE s.id = NEW.suggestion_id AND s.unit = 'U'
    AND CAST(NEW.amount AS NUMERIC) > CAST(s.to_amount AS NUMERIC)
    AND (CAST(NEW.amount AS NUMERIC) * 10 > CAST(s.from_amount AS NUMERIC) * 12
        OR CAST(NEW.amount AS NUMERIC) - CAST(s.from_amount AS NUMERIC) > 4)
) AND NOT EXISTS (
    SELECT 1 FROM second_opinion AS o WHERE o.suggestion_id = NEW.suggestion_id AND o.ended_how = 'signed'
    AND o.proposed_by = NEW.clinician_id AND o.amount = NEW.amount AND o.shown_digest = NEW.shown_digest
)"""
"""An insulin raised by more than 20 %, or 4 units, beyond what was proposed, without another clinician's signature."""
INSTANTS = (
    ("suggestion", "claimed_until"),
    ("suggestion", "opened_at"),
    ("suggestion", "put_off_until"),
    ("review", "opened_at"),
)
PROPOSED = (
    "id", "suggestion_id", "patient_id", "proposed_by", "proposer_role", "amount", "reason", "risks", "shown_digest",
    "authenticated_at", "opened_at", "proposed_at",
)  # fmt: skip


def upgrade() -> None:
    _add_columns()
    _add_second_opinion()
    _protect_second_opinion()
    _demand_a_second()
    _add_absence()
    _add_doctor_hearing()
    _add_suggestion_told()
    _change_topics(TOPICS_NOW)
    _tell_of_waiting()


def _add_columns() -> None:
    """Written out: SQLite takes a foreign key, or a check, only together with its column."""
    row = "INTEGER" if _is_sqlite() else "BIGINT"
    for table, column, kind, rule in (
        ("suggestion", "claimed_by", row, "fk_suggestion_claimed_by_person REFERENCES person (id)"),
        ("suggestion", "put_off_by", row, "fk_suggestion_put_off_by_person REFERENCES person (id)"),
        ("suggestion", "put_off_code", "VARCHAR(30)", f"ck_suggestion_put_off_code CHECK ({PUT_OFFS})"),
        ("suggestion", "superseded_by", row, "fk_suggestion_superseded_by_suggestion REFERENCES suggestion (id)"),
        ("review", "code", "VARCHAR(30)", f"ck_review_code CHECK ({REJECTIONS})"),
    ):
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind} CONSTRAINT {rule}")
    for table, column in INSTANTS:
        op.add_column(table, sa.Column(column, db.UtcDateTime(), nullable=True))
    op.add_column("suggestion", sa.Column("ended_because", sa.JSON(none_as_null=True), nullable=True))


def _add_second_opinion() -> None:
    op.create_table(
        "second_opinion",
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("suggestion_id", _row_id(), nullable=False),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("proposer_role", sa.String(length=10), nullable=False),
        sa.Column("amount", db.DecimalText(length=40), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("risks", sa.JSON(), nullable=False),
        sa.Column("shown_digest", sa.String(length=64), nullable=False),
        sa.Column("authenticated_at", db.UtcDateTime(), nullable=False),
        sa.Column("opened_at", db.UtcDateTime(), nullable=True),
        sa.Column("proposed_at", db.UtcDateTime(), nullable=False),
        sa.Column("ended_at", db.UtcDateTime(), nullable=True),
        sa.Column("ended_how", sa.String(length=20), nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("ender_role", sa.String(length=10), nullable=True),
        sa.Column("ender_authenticated_at", db.UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "ended_how IN ('signed', 'declined', 'taken_back', 'lapsed', 'decided_otherwise')",
            name=op.f("ck_second_opinion_ended_how"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_how IS NULL) AND (ended_by IS NULL) = (ender_role IS NULL)",
            name=op.f("ck_second_opinion_ended"),
        ),
        sa.CheckConstraint(
            "proposer_role = 'clinician' AND (ender_role IS NULL OR ender_role = 'clinician')",
            name=op.f("ck_second_opinion_by_clinicians"),
        ),
        sa.CheckConstraint(
            "ended_how IS NULL OR ended_how <> 'signed' OR "
            "(ended_by IS NOT NULL AND ended_by <> proposed_by AND ender_authenticated_at IS NOT NULL)",
            name=op.f("ck_second_opinion_two_people"),
        ),
        sa.ForeignKeyConstraint(
            ["suggestion_id"], ["suggestion.id"], name=op.f("fk_second_opinion_suggestion_id_suggestion")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_second_opinion_patient_id_person")),
        sa.ForeignKeyConstraint(
            ["proposed_by", "proposer_role"],
            ["person.id", "person.role"],
            name=op.f("fk_second_opinion_proposed_by_proposer_role_person"),
        ),
        sa.ForeignKeyConstraint(
            ["ended_by", "ender_role"],
            ["person.id", "person.role"],
            name=op.f("fk_second_opinion_ended_by_ender_role_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_opinion")),
    )
    for column in ("suggestion_id", "patient_id"):
        op.create_index(op.f(f"ix_second_opinion_{column}"), "second_opinion", [column], unique=False)
    op.create_index(
        "uq_second_opinion_open",
        "second_opinion",
        ["suggestion_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _protect_second_opinion() -> None:
    """What was proposed never changes; what has ended neither; what was signed stays."""
    acts = (
        ("unchanged", f"UPDATE OF {', '.join(PROPOSED)}", ""),
        ("over", "UPDATE", "OLD.ended_at IS NOT NULL"),
        ("kept", "DELETE", "OLD.ended_how = 'signed'"),
    )
    if not _is_sqlite():
        op.execute(
            "CREATE FUNCTION second_opinion_is_history() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'second_opinion is history'; END $$"
        )
    for name, act, when in acts:
        condition = f"WHEN ({when}) " if when else ""
        told = (
            "BEGIN SELECT RAISE(ABORT, 'second_opinion is history'); END"
            if _is_sqlite()
            else "EXECUTE FUNCTION second_opinion_is_history()"
        )
        op.execute(
            f"CREATE TRIGGER second_opinion_{name} BEFORE {act} ON second_opinion FOR EACH ROW {condition}{told}"
        )


def _demand_a_second() -> None:
    says = "a second clinician has to sign"
    if _is_sqlite():
        op.execute(
            f"CREATE TRIGGER review_signed_by_two BEFORE INSERT ON review WHEN {RAISED_FAR} "
            f"BEGIN SELECT RAISE(ABORT, '{says}'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION review_needs_two() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {RAISED_FAR} THEN RAISE EXCEPTION '{says}' USING ERRCODE = 'integrity_constraint_violation'; "
        "END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER review_signed_by_two BEFORE INSERT ON review FOR EACH ROW EXECUTE FUNCTION review_needs_two()"
    )


def _add_absence() -> None:
    op.create_table(
        "absence",
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("clinician_id", _row_id(), nullable=False),
        sa.Column("clinician_role", sa.String(length=10), nullable=False),
        sa.Column("cover_id", _row_id(), nullable=False),
        sa.Column("cover_role", sa.String(length=10), nullable=False),
        sa.Column("starts_at", db.UtcDateTime(), nullable=False),
        sa.Column("ends_at", db.UtcDateTime(), nullable=False),
        sa.Column("noted_at", db.UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "clinician_role = 'clinician' AND cover_role = 'clinician'", name=op.f("ck_absence_clinicians")
        ),
        sa.CheckConstraint("clinician_id <> cover_id", name=op.f("ck_absence_two_people")),
        sa.CheckConstraint("ends_at >= starts_at", name=op.f("ck_absence_span")),
        sa.ForeignKeyConstraint(
            ["clinician_id", "clinician_role"],
            ["person.id", "person.role"],
            name=op.f("fk_absence_clinician_id_clinician_role_person"),
        ),
        sa.ForeignKeyConstraint(
            ["cover_id", "cover_role"],
            ["person.id", "person.role"],
            name=op.f("fk_absence_cover_id_cover_role_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index(op.f("ix_absence_clinician_id"), "absence", ["clinician_id"], unique=False)
    op.create_index(op.f("ix_absence_cover_id"), "absence", ["cover_id"], unique=False)


def _add_doctor_hearing() -> None:
    op.create_table(
        "doctor_hearing",
        sa.Column("person_id", _row_id(), autoincrement=False, nullable=False),
        sa.Column("digest_hour", sa.Integer(), nullable=False),
        sa.Column("every_at_once", sa.Boolean(), nullable=False),
        sa.CheckConstraint("digest_hour BETWEEN 0 AND 23", name=op.f("ck_doctor_hearing_digest_hour")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_doctor_hearing_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_doctor_hearing")),
    )


def _add_suggestion_told() -> None:
    op.create_table(
        "suggestion_told",
        sa.Column("suggestion_id", _row_id(), nullable=False),
        sa.Column("person_id", _row_id(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("told_at", db.UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('waits', 'ends', 'ended')", name=op.f("ck_suggestion_told_kind")),
        sa.ForeignKeyConstraint(
            ["suggestion_id"], ["suggestion.id"], name=op.f("fk_suggestion_told_suggestion_id_suggestion")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_suggestion_told_person_id_person")),
        sa.PrimaryKeyConstraint("suggestion_id", "person_id", "kind", name=op.f("pk_suggestion_told")),
    )


def _change_topics(topics: str) -> None:
    """SQLite makes the table anew, and takes its triggers off with the old one."""
    with op.batch_alter_table(CONSENT) as consent:
        consent.drop_constraint(op.f("ck_message_consent_topic"), type_="check")
        consent.create_check_constraint(op.f("ck_message_consent_topic"), topics)
    if _is_sqlite():
        for name, act in (("kept", "DELETE"), ("unchanged", "UPDATE")):
            op.execute(
                f"CREATE TRIGGER {CONSENT}_{name} BEFORE {act} ON {CONSENT} "
                f"BEGIN SELECT RAISE(ABORT, '{CONSENT} is history'); END"
            )


def _tell_of_waiting() -> None:
    """Suggestions that wait already: somebody hears of them, too."""
    op.execute(
        "INSERT INTO due_work (kind, subject_id, due_on, next_check_at, generation) "
        "SELECT 'tell_doctor', id, '0001-01-01', created_at, 0 FROM suggestion WHERE state = 'pending'"
    )


def downgrade() -> None:
    op.execute("DELETE FROM due_work WHERE kind IN ('tell_doctor', 'work_digest')")
    _forget_reviewing()
    _forget_topic("decisions")
    _change_topics(TOPICS)
    op.drop_table("suggestion_told")
    op.drop_table("doctor_hearing")
    op.drop_index(op.f("ix_absence_cover_id"), table_name="absence")
    op.drop_index(op.f("ix_absence_clinician_id"), table_name="absence")
    op.drop_table("absence")


def _forget_reviewing() -> None:
    op.execute("DROP TRIGGER review_signed_by_two" + ("" if _is_sqlite() else " ON review"))
    if _is_sqlite():
        op.execute("DROP TRIGGER second_opinion_kept")
    op.drop_table("second_opinion")
    if not _is_sqlite():
        op.execute("DROP FUNCTION review_needs_two()")
        op.execute("DROP FUNCTION second_opinion_is_history()")
    for column in ("ended_because", "superseded_by", "put_off_code", "put_off_by", "claimed_by"):
        op.drop_column("suggestion", column)
    op.drop_column("review", "code")
    for table, column in INSTANTS:
        op.drop_column(table, column)


def _forget_topic(topic: str) -> None:
    """What was said to a topic that the older schema does not know. History is unlocked for that one statement; on
    SQLite making the table anew locks it again."""
    forget = f"DELETE FROM {CONSENT} WHERE topic = '{topic}'"
    if _is_sqlite():
        op.execute(f"DROP TRIGGER {CONSENT}_kept")
        op.execute(forget)
        return
    op.execute(f"ALTER TABLE {CONSENT} DISABLE TRIGGER {CONSENT}_unchanged")
    op.execute(forget)
    op.execute(f"ALTER TABLE {CONSENT} ENABLE TRIGGER {CONSENT}_unchanged")


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
