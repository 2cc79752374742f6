"""What came from a record system, what of it is in conflict, and the record systems that ask us."""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

SOURCE = sa.String(length=200)


def upgrade() -> None:
    _add_client()
    _add_patient()
    _add_import()
    _add_item()
    _add_conflict()
    _add_card()
    _add_feedback()


def _add_client() -> None:
    op.create_table(
        "record_client",
        _id(),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("source", SOURCE, nullable=False),
        sa.Column("clinician_id", _row_id(), nullable=False),
        sa.Column("clinician_role", sa.String(length=10), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("may_import", sa.Boolean(), nullable=False),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.Column("expires_at", db.UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", db.UtcDateTime(), nullable=True),
        sa.Column("revoked_at", db.UtcDateTime(), nullable=True),
        sa.CheckConstraint("clinician_role = 'clinician'", name=op.f("ck_record_client_for_clinician")),
        sa.ForeignKeyConstraint(
            ["clinician_id", "clinician_role"],
            ["person.id", "person.role"],
            name=op.f("fk_record_client_clinician_id_clinician_role_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_client")),
        sa.UniqueConstraint("public_id", name=op.f("uq_record_client_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_record_client_token_hash")),
    )


def _add_patient() -> None:
    op.create_table(
        "record_patient",
        _id(),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("source", SOURCE, nullable=False),
        sa.Column("their_id", sa.String(length=80), nullable=False),
        sa.Column("noted_at", db.UtcDateTime(), nullable=False),
        _to_person("record_patient", "patient_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_patient")),
        sa.UniqueConstraint("source", "their_id", name=op.f("uq_record_patient_source_their_id")),
    )
    op.create_index(op.f("ix_record_patient_patient_id"), "record_patient", ["patient_id"], unique=False)


def _add_import() -> None:
    op.create_table(
        "record_import",
        _id(),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("source", SOURCE, nullable=False),
        sa.Column("by_id", _row_id(), nullable=False),
        sa.Column("at", db.UtcDateTime(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("intake", sa.String(length=20), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("conflicts", sa.Integer(), nullable=False),
        _to_person("record_import", "patient_id"),
        _to_person("record_import", "by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_import")),
        sa.UniqueConstraint("public_id", name=op.f("uq_record_import_public_id")),
    )
    op.create_index(op.f("ix_record_import_patient_id"), "record_import", ["patient_id"], unique=False)


def _add_item() -> None:
    op.create_table(
        "record_item",
        _id(),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("import_id", _row_id(), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("resource_type", sa.String(length=40), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("said", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("fact_id", _row_id(), nullable=True),
        sa.CheckConstraint("outcome IN ('taken', 'refused', 'conflict')", name=op.f("ck_record_item_outcome")),
        _to_person("record_item", "patient_id"),
        sa.ForeignKeyConstraint(
            ["import_id"], ["record_import.id"], name=op.f("fk_record_item_import_id_record_import")
        ),
        sa.ForeignKeyConstraint(["fact_id"], ["fact.id"], name=op.f("fk_record_item_fact_id_fact")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_item")),
        sa.UniqueConstraint(
            "patient_id",
            "identity",
            "content_sha256",
            name=op.f("uq_record_item_patient_id_identity_content_sha256"),
        ),
    )
    op.create_index(op.f("ix_record_item_import_id"), "record_item", ["import_id"], unique=False)
    op.create_index(op.f("ix_record_item_fact_id"), "record_item", ["fact_id"], unique=False)


def _add_conflict() -> None:
    op.create_table(
        "record_conflict",
        _id(),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("import_id", _row_id(), nullable=False),
        sa.Column("unique_key", sa.String(length=64), nullable=False),
        sa.Column("about", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("ours", sa.String(length=200), nullable=False),
        sa.Column("theirs", sa.String(length=200), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("found_at", db.UtcDateTime(), nullable=False),
        sa.Column("decided_at", db.UtcDateTime(), nullable=True),
        sa.Column("decided_by", _row_id(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.CheckConstraint("state IN ('open', 'taken_over', 'kept')", name=op.f("ck_record_conflict_state")),
        sa.CheckConstraint("(state = 'open') = (decided_by IS NULL)", name=op.f("ck_record_conflict_decided")),
        _to_person("record_conflict", "patient_id"),
        _to_person("record_conflict", "decided_by"),
        sa.ForeignKeyConstraint(
            ["import_id"], ["record_import.id"], name=op.f("fk_record_conflict_import_id_record_import")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_conflict")),
        sa.UniqueConstraint("public_id", name=op.f("uq_record_conflict_public_id")),
        sa.UniqueConstraint("patient_id", "unique_key", name=op.f("uq_record_conflict_patient_id_unique_key")),
    )
    op.create_index("ix_record_conflict_open", "record_conflict", ["patient_id", "state"], unique=False)


def _add_card() -> None:
    op.create_table(
        "cds_card",
        _id(),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("suggestion_id", _row_id(), nullable=False),
        sa.Column("issuer", SOURCE, nullable=False),
        sa.Column("clinician_id", _row_id(), nullable=False),
        sa.Column("shown_at", db.UtcDateTime(), nullable=False),
        _to_person("cds_card", "patient_id"),
        _to_person("cds_card", "clinician_id"),
        sa.ForeignKeyConstraint(
            ["suggestion_id"], ["suggestion.id"], name=op.f("fk_cds_card_suggestion_id_suggestion")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cds_card")),
        sa.UniqueConstraint("uuid", name=op.f("uq_cds_card_uuid")),
        sa.UniqueConstraint(
            "suggestion_id", "issuer", "clinician_id", name=op.f("uq_cds_card_suggestion_id_issuer_clinician_id")
        ),
    )
    op.create_index(op.f("ix_cds_card_patient_id"), "cds_card", ["patient_id"], unique=False)


def _add_feedback() -> None:
    op.create_table(
        "cds_feedback",
        _id(),
        sa.Column("card_id", _row_id(), nullable=False),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.Column("comment", sa.String(length=400), nullable=False),
        sa.Column("said_at", db.UtcDateTime(), nullable=False),
        sa.Column("received_at", db.UtcDateTime(), nullable=False),
        sa.CheckConstraint("outcome IN ('accepted', 'overridden')", name=op.f("ck_cds_feedback_outcome")),
        _to_person("cds_feedback", "patient_id"),
        sa.ForeignKeyConstraint(["card_id"], ["cds_card.id"], name=op.f("fk_cds_feedback_card_id_cds_card")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cds_feedback")),
        sa.UniqueConstraint("card_id", "outcome", "said_at", name=op.f("uq_cds_feedback_card_id_outcome_said_at")),
    )
    op.create_index(op.f("ix_cds_feedback_card_id"), "cds_feedback", ["card_id"], unique=False)
    op.create_index(op.f("ix_cds_feedback_patient_id"), "cds_feedback", ["patient_id"], unique=False)


def _id() -> sa.Column[int]:
    return sa.Column("id", _row_id(), nullable=False)


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _to_person(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["person.id"], name=op.f(f"fk_{table}_{column}_person"))


def downgrade() -> None:
    for table in (
        "cds_feedback", "cds_card", "record_conflict", "record_item", "record_import", "record_patient",
        "record_client",
    ):  # fmt: skip
        op.drop_table(table)
