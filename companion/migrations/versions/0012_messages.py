"""Addresses in the person's order, what was agreed to hear by each, other channels when one stays silent.

Every telephone number becomes an address for text messages: the clinic had noted it, and what its owner agreed to then
is written down as agreed to, with a text that says so.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KINDS = "kind IN ('sms', 'voice', 'push', 'wechat', 'email', 'apprise')"
CONSENT = "message_consent"
URGENT = "state = 'open' AND purpose IN ('advice', 'urgent_reading')"
ADDED: tuple[tuple[str, str, sa.types.TypeEngine[Any], Any], ...] = (
    ("person", "names_medicines", sa.Boolean(), sa.false()),
    ("message", "fallback_at", db.UtcDateTime(), None),
    ("message", "why", sa.String(length=40), None),
    ("delivery", "means", sa.String(length=16), None),
    ("delivery", "patient_until", db.UtcDateTime(), None),
    ("delivery", "again_at", db.UtcDateTime(), None),
)
"""Table, column, type, and what stands there where nobody chose (None: nothing)."""
TOPICS = {
    "patient": ("reminders", "changes", "alarms", "supply"),
    "caregiver": ("caregiving", "alarms", "supply", "reminders"),
    "clinician": ("alarms", "reminders"),
    "admin": ("reminders",),
}
"""What people of a role were sent by text message until now."""
BEFORE = "before-2026-11"
AGREED_BEFORE = {
    "en": "Agreed to by word of mouth when the clinic noted the number; the words were not kept then.",
    "zh": "诊所登记号码时口头同意；当时未保留原文。",
}


def upgrade() -> None:
    _add_contact_point()
    _add_message_consent()
    _protect_consent()
    _add_pace()
    _add_account_link()
    for table, name, kind, default in ADDED:
        op.add_column(table, sa.Column(name, kind, nullable=default is None, server_default=default))
    op.create_index("ix_message_fallback", "message", ["fallback_at"], unique=False)
    op.create_index(
        "ix_message_urgent",
        "message",
        ["state", "next_try_at"],
        unique=False,
        sqlite_where=sa.text(URGENT),
        postgresql_where=sa.text(URGENT),
    )
    op.create_index(op.f("ix_delivery_started_at"), "delivery", ["started_at"], unique=False)
    _point_deliveries()
    _change_sent_to("TEXT", "sent_to")
    _move_numbers()
    op.drop_index(op.f("ix_person_phone"), table_name="person")
    op.drop_column("person", "phone_opted_out_at")


def _add_contact_point() -> None:
    op.create_table(
        "contact_point",
        _id(),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("person_id", _row_id(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("verified_at", db.UtcDateTime(), nullable=True),
        sa.Column("verified_by", sa.String(length=10), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("code_made_at", db.UtcDateTime(), nullable=True),
        sa.Column("code_tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.String(length=10), server_default="ok", nullable=False),
        sa.Column("fault_code", sa.String(length=40), nullable=True),
        sa.Column("state_at", db.UtcDateTime(), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.Column("removed_at", db.UtcDateTime(), nullable=True),
        sa.CheckConstraint(KINDS, name=op.f("ck_contact_point_kind")),
        sa.CheckConstraint("state IN ('ok', 'suspect', 'bad', 'opted_out')", name=op.f("ck_contact_point_state")),
        sa.CheckConstraint("verified_by IN ('clinic', 'code', 'device')", name=op.f("ck_contact_point_verified_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_contact_point_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_point")),
        sa.UniqueConstraint("public_id", name=op.f("uq_contact_point_public_id")),
        sa.UniqueConstraint("person_id", "kind", "address", name=op.f("uq_contact_point_person_id_kind_address")),
    )
    op.create_index("ix_contact_point_address", "contact_point", ["kind", "address"], unique=False)
    op.create_index(op.f("ix_contact_point_person_id"), "contact_point", ["person_id"], unique=False)


def _add_message_consent() -> None:
    op.create_table(
        CONSENT,
        _id(),
        sa.Column("person_id", _row_id(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("topic", sa.String(length=12), nullable=False),
        sa.Column("is_agreed", sa.Boolean(), nullable=False),
        sa.Column("text_version", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("noted_by", _row_id(), nullable=True),
        sa.Column("at", db.UtcDateTime(), nullable=False),
        sa.CheckConstraint(KINDS, name=op.f("ck_message_consent_kind")),
        sa.CheckConstraint(
            "topic IN ('reminders', 'changes', 'alarms', 'caregiving', 'supply')",
            name=op.f("ck_message_consent_topic"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_message_consent_person_id_person")),
        sa.ForeignKeyConstraint(["noted_by"], ["person.id"], name=op.f("fk_message_consent_noted_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_consent")),
    )
    op.create_index("ix_message_consent_person", CONSENT, ["person_id", "kind", "topic"], unique=False)


def _protect_consent() -> None:
    """As 0001 protects histories: neither changed nor taken out."""
    if _is_sqlite():
        for name, act in (("kept", "DELETE"), ("unchanged", "UPDATE")):
            op.execute(
                f"CREATE TRIGGER {CONSENT}_{name} BEFORE {act} ON {CONSENT} "
                f"BEGIN SELECT RAISE(ABORT, '{CONSENT} is history'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {CONSENT}_is_history() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{CONSENT} is history'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {CONSENT}_unchanged BEFORE UPDATE OR DELETE ON {CONSENT} "
        f"FOR EACH ROW EXECUTE FUNCTION {CONSENT}_is_history()"
    )


def _add_pace() -> None:
    op.create_table(
        "channel_pace",
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("free_at", db.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_pace")),
    )


def _add_account_link() -> None:
    op.create_table(
        "account_link",
        sa.Column("person_id", _row_id(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_account_link_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "kind", name=op.f("pk_account_link")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_account_link_code_hash")),
    )


def _point_deliveries() -> None:
    """Written out: SQLite takes a foreign key only together with its column, and Alembic does not write it so."""
    kind = "INTEGER" if _is_sqlite() else "BIGINT"
    op.execute(
        f"ALTER TABLE delivery ADD COLUMN contact_point_id {kind} "
        "CONSTRAINT fk_delivery_contact_point_id_contact_point REFERENCES contact_point (id)"
    )
    op.create_index(op.f("ix_delivery_contact_point_id"), "delivery", ["contact_point_id"], unique=False)


def _change_sent_to(kind: str, value: str) -> None:
    """The column in another type, without a new table on SQLite."""
    op.execute(f"ALTER TABLE delivery ADD COLUMN sent_to_new {kind}")
    op.execute(f"UPDATE delivery SET sent_to_new = {value}")
    op.drop_column("delivery", "sent_to")
    op.execute("ALTER TABLE delivery RENAME COLUMN sent_to_new TO sent_to")


def _move_numbers() -> None:
    """Whoever said stop stays stopped, and the word that undoes it will."""
    random = "lower(hex(randomblob(6)))" if _is_sqlite() else "substr(replace(gen_random_uuid()::text, '-', ''), 1, 12)"
    op.execute(
        "INSERT INTO contact_point (public_id, person_id, kind, address, position, verified_at, verified_by, state, "
        f"state_at, created_at) SELECT 'cp_' || {random}, id, 'sms', phone, 1, created_at, 'clinic', "
        "CASE WHEN phone_opted_out_at IS NULL THEN 'ok' ELSE 'opted_out' END, "
        "COALESCE(phone_opted_out_at, created_at), created_at FROM person WHERE phone IS NOT NULL"
    )
    words = f"CASE language WHEN 'zh' THEN '{AGREED_BEFORE['zh']}' ELSE '{AGREED_BEFORE['en']}' END"
    _say(True, BEFORE, words, at="created_at", whose="phone IS NOT NULL")
    _say(
        False,
        "stopped",
        "'STOP'",
        at="phone_opted_out_at",
        whose="phone IS NOT NULL AND phone_opted_out_at IS NOT NULL",
    )


def _say(agrees: bool, version: str, words: str, *, at: str, whose: str) -> None:
    for role, topics in TOPICS.items():
        for topic in topics:
            op.execute(
                f"INSERT INTO {CONSENT} (person_id, kind, topic, is_agreed, text_version, text, at) "
                f"SELECT id, 'sms', '{topic}', {_boolean(agrees)}, '{version}', {words}, {at} "
                f"FROM person WHERE role = '{role}' AND {whose} ORDER BY id"
            )


def downgrade() -> None:
    op.add_column("person", sa.Column("phone_opted_out_at", db.UtcDateTime(), nullable=True))
    op.create_index(op.f("ix_person_phone"), "person", ["phone"], unique=False)
    op.execute(
        "UPDATE person SET phone_opted_out_at = (SELECT MAX(state_at) FROM contact_point WHERE person_id = person.id "
        "AND kind = 'sms' AND address = person.phone AND state = 'opted_out')"
    )
    _change_sent_to("VARCHAR(16)", "CASE WHEN length(sent_to) <= 16 THEN sent_to END")
    op.drop_index(op.f("ix_delivery_contact_point_id"), table_name="delivery")
    op.drop_column("delivery", "contact_point_id")
    op.drop_index(op.f("ix_delivery_started_at"), table_name="delivery")
    op.drop_index("ix_message_urgent", table_name="message")
    op.drop_index("ix_message_fallback", table_name="message")
    for table, name, _, _ in reversed(ADDED):
        op.drop_column(table, name)
    for table in ("account_link", "channel_pace", CONSENT, "contact_point"):
        op.drop_table(table)
    if not _is_sqlite():
        op.execute(f"DROP FUNCTION {CONSENT}_is_history()")


def _boolean(value: bool) -> str:
    return str(int(value)) if _is_sqlite() else str(value).lower()


def _id() -> sa.Column[int]:
    return sa.Column("id", _row_id(), nullable=False)


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
