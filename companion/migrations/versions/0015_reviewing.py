"""Leases, put-off suggestions, second clinicians, and covers."""

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


def upgrade() -> None:
    _add_absence()
    _add_doctor_hearing()
    _add_suggestion_told()
    _change_topics(TOPICS_NOW)


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


def downgrade() -> None:
    _forget_topic("decisions")
    _change_topics(TOPICS)
    op.drop_table("suggestion_told")
    op.drop_table("doctor_hearing")
    op.drop_index(op.f("ix_absence_cover_id"), table_name="absence")
    op.drop_index(op.f("ix_absence_clinician_id"), table_name="absence")
    op.drop_table("absence")


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
