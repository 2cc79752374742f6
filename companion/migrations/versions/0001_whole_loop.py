"""Everything the whole loop needs: people, readings, doses, messages, advice."""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


LATE_KEYS = (
    ("fk_alert_dose_id_dose", "alert", "dose", ["dose_id"], ["id"]),
    (
        "fk_message_review",
        "message",
        "review",
        ["review_id", "review_decision", "recipient_id"],
        ["id", "decision", "patient_id"],
    ),
    ("fk_regimen_revision_review_id_review", "regimen_revision", "review", ["review_id"], ["id"]),
)
"""Foreign keys to tables made later. SQLite takes them inside CREATE TABLE; others want them afterwards."""

HISTORY = {
    "audit_entry": None,
    "review": None,
    "dose_event": None,
    "delivery_event": None,
    "regimen_revision": ("regimen_id", "number", "amount", "rule", "start_on", "end_on", "clinician_id", "made_at",
                         "reason", "review_id"),
}  # fmt: skip
"""Tables whose rows are history: they are never deleted, and these columns (None: any) never change."""


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", db.UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=20), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("patient", sa.String(length=20), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("previous_hash", name=op.f("uq_audit_entry_previous_hash")),
    )
    op.create_index(op.f("ix_audit_entry_patient"), "audit_entry", ["patient"], unique=False)
    op.create_table(
        "due_work",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("next_check_at", db.UtcDateTime(), nullable=False),
        sa.Column("lease_until", db.UtcDateTime(), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_due_work")),
        sa.UniqueConstraint("kind", "subject_id", name=op.f("uq_due_work_kind_subject_id")),
    )
    op.create_index("ix_due_work_next", "due_work", ["kind", "next_check_at", "id"], unique=False)
    op.create_table(
        "heartbeat",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("beat_at", db.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("phone", sa.String(length=16), nullable=True),
        sa.Column("phone_opted_out_at", db.UtcDateTime(), nullable=True),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("birth_on", sa.Date(), nullable=True),
        sa.Column("sex", sa.String(length=10), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.Column("left_at", db.UtcDateTime(), nullable=True),
        sa.CheckConstraint("role IN ('patient', 'clinician', 'caregiver', 'admin')", name=op.f("ck_person_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("id", "role", name=op.f("uq_person_id_role")),
        sa.UniqueConstraint("login", name=op.f("uq_person_login")),
        sa.UniqueConstraint("public_id", name=op.f("uq_person_public_id")),
    )
    op.create_index(op.f("ix_person_phone"), "person", ["phone"], unique=False)
    op.create_table(
        "reading",
        sa.Column("patient", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("metric", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("taken_at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("device", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.String(length=20), nullable=True),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("diastolic", sa.String(length=20), nullable=True),
        sa.Column("pulse", sa.String(length=20), nullable=True),
        sa.Column("out_of_range", sa.String(length=2), nullable=True),
        sa.Column("meal", sa.String(length=12), nullable=True),
        sa.Column("device_time", sa.String(length=40), nullable=False),
        sa.Column("clock_offset_s", sa.Integer(), nullable=False),
        sa.Column("flags", sa.String(length=60), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("patient", "metric", "taken_at_ms", "device", "sequence", name=op.f("pk_reading")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reading_identity",
        sa.Column("patient_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("identity", sa.LargeBinary(length=16), nullable=False),
        sa.Column("taken_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("patient_id", "identity", name=op.f("pk_reading_identity")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reading_name",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_name")),
        sa.UniqueConstraint("name", name=op.f("uq_reading_name_name")),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("at", db.UtcDateTime(), nullable=False),
        sa.Column("was_right", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    op.create_index("ix_sign_in_attempt_address", "sign_in_attempt", ["address", "at"], unique=False)
    op.create_index("ix_sign_in_attempt_login", "sign_in_attempt", ["login", "at"], unique=False)
    op.create_table(
        "alert",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unique_key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("patient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("recipient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("dose_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=14), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.Column("acknowledged_at", db.UtcDateTime(), nullable=True),
        sa.Column("acknowledgement", sa.String(length=30), nullable=True),
        sa.Column("closed_at", db.UtcDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'acknowledged', 'closed')", name=op.f("ck_alert_state")),
        sa.ForeignKeyConstraint(["dose_id"], ["dose.id"], name=op.f("fk_alert_dose_id_dose"), use_alter=True),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_alert_patient_id_person")),
        sa.ForeignKeyConstraint(["recipient_id"], ["person.id"], name=op.f("fk_alert_recipient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("unique_key", name=op.f("uq_alert_unique_key")),
    )
    op.create_index(op.f("ix_alert_dose_id"), "alert", ["dose_id"], unique=False)
    op.create_index(op.f("ix_alert_patient_id"), "alert", ["patient_id"], unique=False)
    op.create_index(op.f("ix_alert_recipient_id"), "alert", ["recipient_id"], unique=False)
    op.create_table(
        "amendment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("patient", sa.String(length=20), nullable=False),
        sa.Column("metric", sa.String(length=20), nullable=False),
        sa.Column("taken_at", db.UtcDateTime(), nullable=False),
        sa.Column("device", sa.String(length=160), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=10), nullable=False),
        sa.Column("old", sa.String(length=20), nullable=False),
        sa.Column("new", sa.String(length=20), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", db.UtcDateTime(), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_amendment_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendment")),
    )
    op.create_index("ix_amendment_reading", "amendment", ["patient", "metric", "taken_at"], unique=False)
    op.create_table(
        "care_link",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("patient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("consent_given_at", db.UtcDateTime(), nullable=False),
        sa.Column("consent_noted_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("starts_at", db.UtcDateTime(), nullable=False),
        sa.Column("ends_at", db.UtcDateTime(), nullable=True),
        sa.CheckConstraint("scope IN ('care', 'missed_doses', 'readings')", name=op.f("ck_care_link_scope")),
        sa.CheckConstraint("patient_id <> member_id", name=op.f("ck_care_link_two_people")),
        sa.ForeignKeyConstraint(["consent_noted_by"], ["person.id"], name=op.f("fk_care_link_consent_noted_by_person")),
        sa.ForeignKeyConstraint(["member_id"], ["person.id"], name=op.f("fk_care_link_member_id_person")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_care_link_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_link")),
    )
    op.create_index(op.f("ix_care_link_member_id"), "care_link", ["member_id"], unique=False)
    op.create_index(op.f("ix_care_link_patient_id"), "care_link", ["patient_id"], unique=False)
    op.create_table(
        "device",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("patient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("identity", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("address", sa.String(length=40), nullable=False),
        sa.Column("last_sequence", sa.Integer(), nullable=True),
        sa.Column("clock_offset_s", sa.Integer(), nullable=True),
        sa.Column("first_seen_at", db.UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_device_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("patient_id", "identity", name=op.f("uq_device_patient_id_identity")),
        sa.UniqueConstraint("public_id", name=op.f("uq_device_public_id")),
    )
    op.create_index(op.f("ix_device_patient_id"), "device", ["patient_id"], unique=False)
    op.create_table(
        "fact",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("patient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.Column("measured_on", sa.Date(), nullable=False),
        sa.Column("noted_at", db.UtcDateTime(), nullable=False),
        sa.Column("noted_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["noted_by"], ["person.id"], name=op.f("fk_fact_noted_by_person")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_fact_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact")),
    )
    op.create_index("ix_fact_patient_kind", "fact", ["patient_id", "kind"], unique=False)
    op.create_table(
        "inbound",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("provider_id", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("understood_as", sa.String(length=20), nullable=False),
        sa.Column("received_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_inbound_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound")),
        sa.UniqueConstraint("channel", "provider_id", name=op.f("uq_inbound_channel_provider_id")),
    )
    op.create_index(op.f("ix_inbound_person_id"), "inbound", ["person_id"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unique_key", sa.String(length=120), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("recipient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("patient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("review_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("review_decision", sa.String(length=10), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.Column("next_try_at", db.UtcDateTime(), nullable=False),
        sa.Column("expires_at", db.UtcDateTime(), nullable=False),
        sa.Column("lease_until", db.UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(review_id IS NULL) = (review_decision IS NULL) AND (review_decision IS NULL OR review_decision IN ('approved', 'amended'))",
            name=op.f("ck_message_review_released_it"),
        ),
        sa.CheckConstraint("purpose <> 'advice' OR review_id IS NOT NULL", name=op.f("ck_message_advice_needs_review")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_message_patient_id_person")),
        sa.ForeignKeyConstraint(["recipient_id"], ["person.id"], name=op.f("fk_message_recipient_id_person")),
        sa.ForeignKeyConstraint(
            ["review_id", "review_decision", "recipient_id"],
            ["review.id", "review.decision", "review.patient_id"],
            name="fk_message_review",
            use_alter=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("unique_key", name=op.f("uq_message_unique_key")),
    )
    op.create_index("ix_message_open", "message", ["state", "next_try_at"], unique=False)
    op.create_index(op.f("ix_message_patient_id"), "message", ["patient_id"], unique=False)
    op.create_index(op.f("ix_message_recipient_id"), "message", ["recipient_id"], unique=False)
    op.create_table(
        "regimen",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("patient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("drug", sa.String(length=80), nullable=False),
        sa.Column("drug_class", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=12), nullable=False),
        sa.Column("food", sa.String(length=8), nullable=False),
        sa.Column("grace_minutes", sa.Integer(), nullable=False),
        sa.Column("is_critical", sa.Boolean(), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.Column("stopped_at", db.UtcDateTime(), nullable=True),
        sa.Column("planned_until", db.UtcDateTime(), nullable=True),
        sa.CheckConstraint("grace_minutes BETWEEN 5 AND 720", name=op.f("ck_regimen_grace")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_regimen_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regimen")),
        sa.UniqueConstraint("public_id", name=op.f("uq_regimen_public_id")),
    )
    op.create_index(op.f("ix_regimen_patient_id"), "regimen", ["patient_id"], unique=False)
    op.create_table(
        "repeat_key",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("request_sha256", sa.String(length=64), nullable=False),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_repeat_key_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repeat_key")),
        sa.UniqueConstraint("person_id", "key", name=op.f("uq_repeat_key_person_id_key")),
    )
    op.create_index(op.f("ix_repeat_key_made_at"), "repeat_key", ["made_at"], unique=False)
    op.create_table(
        "sign_in_link",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.Column("expires_at", db.UtcDateTime(), nullable=False),
        sa.Column("used_at", db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sign_in_link_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_link_token_hash")),
    )
    op.create_index(op.f("ix_sign_in_link_person_id"), "sign_in_link", ["person_id"], unique=False)
    op.create_table(
        "task",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unique_key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("patient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.Column("due_at", db.UtcDateTime(), nullable=False),
        sa.Column("done_at", db.UtcDateTime(), nullable=True),
        sa.Column("done_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["done_by"], ["person.id"], name=op.f("fk_task_done_by_person")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_task_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("unique_key", name=op.f("uq_task_unique_key")),
    )
    op.create_index(op.f("ix_task_patient_id"), "task", ["patient_id"], unique=False)
    op.create_table(
        "upload_draft",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=40), nullable=False),
        sa.Column("patient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_upload_draft_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_draft")),
        sa.UniqueConstraint("public_id", name=op.f("uq_upload_draft_public_id")),
    )
    op.create_index(op.f("ix_upload_draft_created_at"), "upload_draft", ["created_at"], unique=False)
    op.create_index(op.f("ix_upload_draft_patient_id"), "upload_draft", ["patient_id"], unique=False)
    op.create_table(
        "web_session",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("opened_by", sa.String(length=10), nullable=False),
        sa.Column("opened_at", db.UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", db.UtcDateTime(), nullable=False),
        sa.Column("expires_at", db.UtcDateTime(), nullable=False),
        sa.Column("authenticated_at", db.UtcDateTime(), nullable=True),
        sa.Column("revoked_at", db.UtcDateTime(), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.CheckConstraint("opened_by IN ('password', 'link')", name=op.f("ck_web_session_opened_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_web_session_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_session")),
        sa.UniqueConstraint("public_id", name=op.f("uq_web_session_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_web_session_token_hash")),
    )
    op.create_index(op.f("ix_web_session_person_id"), "web_session", ["person_id"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("correlation_id", sa.String(length=40), nullable=False),
        sa.Column("provider_id", sa.String(length=80), nullable=True),
        sa.Column("error_code", sa.String(length=40), nullable=True),
        sa.Column("sent_to", sa.String(length=16), nullable=True),
        sa.Column("sent_text", sa.Text(), nullable=True),
        sa.Column("started_at", db.UtcDateTime(), nullable=False),
        sa.Column("look_up_at", db.UtcDateTime(), nullable=True),
        sa.Column("changed_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_delivery_message_id_message")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("correlation_id", name=op.f("uq_delivery_correlation_id")),
        sa.UniqueConstraint("message_id", "attempt", name=op.f("uq_delivery_message_id_attempt")),
        sa.UniqueConstraint("provider_id", name=op.f("uq_delivery_provider_id")),
    )
    op.create_index(op.f("ix_delivery_look_up_at"), "delivery", ["look_up_at"], unique=False)
    op.create_table(
        "intake",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("patient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("device_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("format", sa.String(length=30), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", db.UtcDateTime(), nullable=False),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_intake_by_id_person")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_intake_device_id_device")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_intake_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake")),
        sa.UniqueConstraint("public_id", name=op.f("uq_intake_public_id")),
    )
    op.create_index(op.f("ix_intake_patient_id"), "intake", ["patient_id"], unique=False)
    op.create_table(
        "plan",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("patient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("regimen_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("protocol", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("protocol_hash", sa.String(length=64), nullable=False),
        sa.Column("target_low", db.DecimalText(length=40), nullable=False),
        sa.Column("target_high", db.DecimalText(length=40), nullable=False),
        sa.Column("max_daily", db.DecimalText(length=40), nullable=False),
        sa.Column("targets_profile", sa.String(length=30), nullable=True),
        sa.Column("signed_by", sa.Integer(), nullable=False),
        sa.Column("clinician_role", sa.String(length=10), nullable=False),
        sa.Column("signed_at", db.UtcDateTime(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("stopped_at", db.UtcDateTime(), nullable=True),
        sa.CheckConstraint("clinician_role = 'clinician'", name=op.f("ck_plan_by_clinician")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_plan_patient_id_person")),
        sa.ForeignKeyConstraint(["regimen_id"], ["regimen.id"], name=op.f("fk_plan_regimen_id_regimen")),
        sa.ForeignKeyConstraint(
            ["signed_by", "clinician_role"],
            ["person.id", "person.role"],
            name=op.f("fk_plan_signed_by_clinician_role_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
    )
    op.create_index(op.f("ix_plan_patient_id"), "plan", ["patient_id"], unique=False)
    op.create_index(op.f("ix_plan_regimen_id"), "plan", ["regimen_id"], unique=False)
    op.create_table(
        "regimen_revision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("regimen_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("amount", db.DecimalText(length=40), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=True),
        sa.Column("clinician_id", sa.Integer(), nullable=False),
        sa.Column("clinician_role", sa.String(length=10), nullable=False),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("review_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("effective_at", db.UtcDateTime(), nullable=True),
        sa.Column("confirmed_at", db.UtcDateTime(), nullable=True),
        sa.CheckConstraint("clinician_role = 'clinician'", name=op.f("ck_regimen_revision_by_clinician")),
        sa.ForeignKeyConstraint(
            ["clinician_id", "clinician_role"],
            ["person.id", "person.role"],
            name=op.f("fk_regimen_revision_clinician_id_clinician_role_person"),
        ),
        sa.ForeignKeyConstraint(["regimen_id"], ["regimen.id"], name=op.f("fk_regimen_revision_regimen_id_regimen")),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.id"], name=op.f("fk_regimen_revision_review_id_review"), use_alter=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regimen_revision")),
        sa.UniqueConstraint("regimen_id", "number", name=op.f("uq_regimen_revision_regimen_id_number")),
        sa.UniqueConstraint("review_id", name=op.f("uq_regimen_revision_review_id")),
    )
    op.create_table(
        "delivery_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("said", sa.String(length=60), nullable=False),
        sa.Column("at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_delivery_event_delivery_id_delivery")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_event")),
        sa.UniqueConstraint("delivery_id", "said", name=op.f("uq_delivery_event_delivery_id_said")),
    )
    op.create_table(
        "dose",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("patient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("regimen_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("revision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("local_on", sa.Date(), nullable=False),
        sa.Column("local_time", sa.String(length=5), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("due_at", db.UtcDateTime(), nullable=False),
        sa.Column("window_ends_at", db.UtcDateTime(), nullable=False),
        sa.Column("amount", db.DecimalText(length=40), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("snoozed_until", db.UtcDateTime(), nullable=True),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("answered_at", db.UtcDateTime(), nullable=True),
        sa.Column("answered_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("answered_via", sa.String(length=12), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("tzdata", sa.String(length=12), nullable=False),
        sa.CheckConstraint(
            "state IN ('planned', 'due', 'taken', 'skipped', 'snoozed', 'missed', 'missed_unreached', 'cancelled')",
            name=op.f("ck_dose_state"),
        ),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_dose_answered_by_person")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_dose_patient_id_person")),
        sa.ForeignKeyConstraint(["regimen_id"], ["regimen.id"], name=op.f("fk_dose_regimen_id_regimen")),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["regimen_revision.id"], name=op.f("fk_dose_revision_id_regimen_revision")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dose")),
        sa.UniqueConstraint("regimen_id", "local_on", "slot", name=op.f("uq_dose_regimen_id_local_on_slot")),
    )
    op.create_index("ix_dose_patient_due", "dose", ["patient_id", "due_at"], unique=False)
    op.create_table(
        "protocol_run",
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.Column("assessed_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_protocol_run_plan_id_plan")),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_protocol_run")),
    )
    op.create_table(
        "quarantined",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("patient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("identity", sa.LargeBinary(length=16), nullable=False),
        sa.Column("intake_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["intake_id"], ["intake.id"], name=op.f("fk_quarantined_intake_id_intake")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_quarantined_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantined")),
        sa.UniqueConstraint("patient_id", "identity", name=op.f("uq_quarantined_patient_id_identity")),
    )
    op.create_index(op.f("ix_quarantined_patient_id"), "quarantined", ["patient_id"], unique=False)
    op.create_table(
        "suggestion",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("patient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("regimen_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("base_revision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("from_amount", db.DecimalText(length=40), nullable=False),
        sa.Column("to_amount", db.DecimalText(length=40), nullable=False),
        sa.Column("unit", sa.String(length=12), nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("protocol", sa.String(length=80), nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("registry_hash", sa.String(length=64), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.Column("expires_at", db.UtcDateTime(), nullable=False),
        sa.Column("decided_at", db.UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'approved', 'amended', 'rejected', 'expired', 'superseded', 'withdrawn')",
            name=op.f("ck_suggestion_state"),
        ),
        sa.ForeignKeyConstraint(
            ["base_revision_id"], ["regimen_revision.id"], name=op.f("fk_suggestion_base_revision_id_regimen_revision")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_suggestion_patient_id_person")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_suggestion_plan_id_plan")),
        sa.ForeignKeyConstraint(["regimen_id"], ["regimen.id"], name=op.f("fk_suggestion_regimen_id_regimen")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion")),
        sa.UniqueConstraint("public_id", name=op.f("uq_suggestion_public_id")),
    )
    op.create_index(op.f("ix_suggestion_patient_id"), "suggestion", ["patient_id"], unique=False)
    op.create_index(
        "uq_suggestion_pending",
        "suggestion",
        ["regimen_id"],
        unique=True,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "dose_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("dose_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event", sa.String(length=16), nullable=False),
        sa.Column("at", db.UtcDateTime(), nullable=False),
        sa.Column("actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("via", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_dose_event_actor_id_person")),
        sa.ForeignKeyConstraint(["dose_id"], ["dose.id"], name=op.f("fk_dose_event_dose_id_dose")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dose_event")),
    )
    op.create_index(op.f("ix_dose_event_dose_id"), "dose_event", ["dose_id"], unique=False)
    op.create_table(
        "review",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("suggestion_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("patient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("clinician_id", sa.Integer(), nullable=False),
        sa.Column("clinician_role", sa.String(length=10), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=False),
        sa.Column("amount", db.DecimalText(length=40), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("shown_digest", sa.String(length=64), nullable=False),
        sa.Column("authenticated_at", db.UtcDateTime(), nullable=False),
        sa.Column("decided_at", db.UtcDateTime(), nullable=False),
        sa.CheckConstraint("(decision = 'rejected') = (amount IS NULL)", name=op.f("ck_review_amount")),
        sa.CheckConstraint("clinician_role = 'clinician'", name=op.f("ck_review_by_clinician")),
        sa.CheckConstraint("decision IN ('approved', 'amended', 'rejected')", name=op.f("ck_review_decision")),
        sa.ForeignKeyConstraint(
            ["clinician_id", "clinician_role"],
            ["person.id", "person.role"],
            name=op.f("fk_review_clinician_id_clinician_role_person"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_review_patient_id_person")),
        sa.ForeignKeyConstraint(["suggestion_id"], ["suggestion.id"], name=op.f("fk_review_suggestion_id_suggestion")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint("id", "decision", "patient_id", name=op.f("uq_review_id_decision_patient_id")),
        sa.UniqueConstraint("suggestion_id", name=op.f("uq_review_suggestion_id")),
    )
    if op.get_bind().dialect.name != "sqlite":
        for name, source, target, columns, referred in LATE_KEYS:
            op.create_foreign_key(name, source, target, columns, referred)
    for table, unchanging in HISTORY.items():
        _protect(table, unchanging)


def _protect(table: str, columns: tuple[str, ...] | None) -> None:
    what = "UPDATE" + (f" OF {', '.join(columns)}" if columns else "")
    if op.get_bind().dialect.name == "sqlite":
        for name, act in (("kept", "DELETE"), ("unchanged", what)):
            op.execute(
                f"CREATE TRIGGER {table}_{name} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is history'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_is_history() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is history'; END $$"
    )
    for name, act in (("kept", "DELETE"), ("unchanged", what)):
        op.execute(
            f"CREATE TRIGGER {table}_{name} BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_is_history()"
        )


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        op.execute("PRAGMA defer_foreign_keys=ON")
        for table in HISTORY:
            for name in ("kept", "unchanged"):
                op.execute(f"DROP TRIGGER {table}_{name}")
    else:
        for name, source, *_ in LATE_KEYS:
            op.drop_constraint(name, source, type_="foreignkey")
    op.drop_table("review")
    op.drop_index(op.f("ix_dose_event_dose_id"), table_name="dose_event")
    op.drop_table("dose_event")
    op.drop_index(
        "uq_suggestion_pending",
        table_name="suggestion",
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.drop_index(op.f("ix_suggestion_patient_id"), table_name="suggestion")
    op.drop_table("suggestion")
    op.drop_index(op.f("ix_quarantined_patient_id"), table_name="quarantined")
    op.drop_table("quarantined")
    op.drop_table("protocol_run")
    op.drop_index("ix_dose_patient_due", table_name="dose")
    op.drop_table("dose")
    op.drop_table("delivery_event")
    op.drop_table("regimen_revision")
    op.drop_index(op.f("ix_plan_regimen_id"), table_name="plan")
    op.drop_index(op.f("ix_plan_patient_id"), table_name="plan")
    op.drop_table("plan")
    op.drop_index(op.f("ix_intake_patient_id"), table_name="intake")
    op.drop_table("intake")
    op.drop_index(op.f("ix_delivery_look_up_at"), table_name="delivery")
    op.drop_table("delivery")
    op.drop_index(op.f("ix_web_session_person_id"), table_name="web_session")
    op.drop_table("web_session")
    op.drop_index(op.f("ix_upload_draft_patient_id"), table_name="upload_draft")
    op.drop_index(op.f("ix_upload_draft_created_at"), table_name="upload_draft")
    op.drop_table("upload_draft")
    op.drop_index(op.f("ix_task_patient_id"), table_name="task")
    op.drop_table("task")
    op.drop_index(op.f("ix_sign_in_link_person_id"), table_name="sign_in_link")
    op.drop_table("sign_in_link")
    op.drop_index(op.f("ix_repeat_key_made_at"), table_name="repeat_key")
    op.drop_table("repeat_key")
    op.drop_index(op.f("ix_regimen_patient_id"), table_name="regimen")
    op.drop_table("regimen")
    op.drop_index(op.f("ix_message_recipient_id"), table_name="message")
    op.drop_index(op.f("ix_message_patient_id"), table_name="message")
    op.drop_index("ix_message_open", table_name="message")
    op.drop_table("message")
    op.drop_index(op.f("ix_inbound_person_id"), table_name="inbound")
    op.drop_table("inbound")
    op.drop_index("ix_fact_patient_kind", table_name="fact")
    op.drop_table("fact")
    op.drop_index(op.f("ix_device_patient_id"), table_name="device")
    op.drop_table("device")
    op.drop_index(op.f("ix_care_link_patient_id"), table_name="care_link")
    op.drop_index(op.f("ix_care_link_member_id"), table_name="care_link")
    op.drop_table("care_link")
    op.drop_index("ix_amendment_reading", table_name="amendment")
    op.drop_table("amendment")
    op.drop_index(op.f("ix_alert_recipient_id"), table_name="alert")
    op.drop_index(op.f("ix_alert_patient_id"), table_name="alert")
    op.drop_index(op.f("ix_alert_dose_id"), table_name="alert")
    op.drop_table("alert")
    op.drop_index("ix_sign_in_attempt_login", table_name="sign_in_attempt")
    op.drop_index("ix_sign_in_attempt_address", table_name="sign_in_attempt")
    op.drop_table("sign_in_attempt")
    op.drop_table("reading_name")
    op.drop_table("reading_identity")
    op.drop_table("reading")
    op.drop_index(op.f("ix_person_phone"), table_name="person")
    op.drop_table("person")
    op.drop_table("heartbeat")
    op.drop_index("ix_due_work_next", table_name="due_work")
    op.drop_table("due_work")
    op.drop_index(op.f("ix_audit_entry_patient"), table_name="audit_entry")
    op.drop_table("audit_entry")
    if not sqlite:
        for table in HISTORY:
            op.execute(f"DROP FUNCTION {table}_is_history() CASCADE")
