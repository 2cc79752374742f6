"""Files that were sent, learnt columns, uploads taken back, links between readings of two sources."""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INTAKE_COLUMNS = ("first_at", "last_at", "linked_at")


def _id() -> sa.Column[int]:
    return sa.Column("id", _row_id(), nullable=False)


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _add_uploaded_file()
    _add_learnt_columns()
    _add_annulments()
    _add_reading_link()
    # It held files for a day at most; they are sent again.
    op.drop_table("upload_draft")
    for column in INTAKE_COLUMNS:
        op.add_column("intake", sa.Column(column, db.UtcDateTime(), nullable=True))


def _add_uploaded_file() -> None:
    op.create_table(
        "uploaded_file",
        _id(),
        sa.Column("public_id", sa.String(length=40), nullable=False),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("by_id", _row_id(), nullable=True),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("preview", sa.JSON(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("problem", sa.String(length=300), nullable=False),
        sa.Column("intake", sa.String(length=20), nullable=False),
        sa.Column("sent_at", db.UtcDateTime(), nullable=False),
        sa.Column("taken_at", db.UtcDateTime(), nullable=True),
        sa.Column("taken_back_at", db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_uploaded_file_by_id_person")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_uploaded_file_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploaded_file")),
        sa.UniqueConstraint("public_id", name=op.f("uq_uploaded_file_public_id")),
    )
    op.create_index(op.f("ix_uploaded_file_intake"), "uploaded_file", ["intake"], unique=False)
    op.create_index(op.f("ix_uploaded_file_patient_id"), "uploaded_file", ["patient_id"], unique=False)
    op.create_index(op.f("ix_uploaded_file_sent_at"), "uploaded_file", ["sent_at"], unique=False)


def _add_learnt_columns() -> None:
    op.create_table(
        "learnt_columns",
        _id(),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("learnt_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_learnt_columns_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learnt_columns")),
        sa.UniqueConstraint("patient_id", "signature", name=op.f("uq_learnt_columns_patient_id_signature")),
    )
    op.create_index(op.f("ix_learnt_columns_patient_id"), "learnt_columns", ["patient_id"], unique=False)


def _add_annulments() -> None:
    op.create_table(
        "annulment",
        _id(),
        sa.Column("patient", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("by_id", _row_id(), nullable=False),
        sa.Column("at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_annulment_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annulment")),
        sa.UniqueConstraint("patient", "source", name=op.f("uq_annulment_patient_source")),
    )
    op.create_table(
        "vouched",
        _id(),
        sa.Column("patient", sa.String(length=20), nullable=False),
        sa.Column("metric", sa.String(length=20), nullable=False),
        sa.Column("taken_at", db.UtcDateTime(), nullable=False),
        sa.Column("device", sa.String(length=160), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vouched")),
        sa.UniqueConstraint("patient", "metric", "taken_at", "device", "sequence", "source", name="uq_vouched"),
    )


def _add_reading_link() -> None:
    op.create_table(
        "reading_link",
        _id(),
        sa.Column("patient", sa.String(length=20), nullable=False),
        sa.Column("metric", sa.String(length=20), nullable=False),
        sa.Column("counted_at", db.UtcDateTime(), nullable=False),
        sa.Column("counted_device", sa.String(length=160), nullable=False),
        sa.Column("counted_sequence", sa.Integer(), nullable=False),
        sa.Column("counted_source", sa.String(length=40), nullable=False),
        sa.Column("other_at", db.UtcDateTime(), nullable=False),
        sa.Column("other_device", sa.String(length=160), nullable=False),
        sa.Column("other_sequence", sa.Integer(), nullable=False),
        sa.Column("other_source", sa.String(length=40), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.Column("unlinked_by", _row_id(), nullable=True),
        sa.Column("unlinked_at", db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["unlinked_by"], ["person.id"], name=op.f("fk_reading_link_unlinked_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_link")),
        sa.UniqueConstraint(
            "patient",
            "metric",
            "counted_at",
            "counted_device",
            "counted_sequence",
            "other_at",
            "other_device",
            "other_sequence",
            name="uq_reading_link",
        ),
    )
    op.create_index("ix_reading_link_counted", "reading_link", ["patient", "counted_at"], unique=False)
    op.create_index("ix_reading_link_other", "reading_link", ["patient", "other_at"], unique=False)


def downgrade() -> None:
    _add_upload_draft()
    for column in reversed(INTAKE_COLUMNS):
        op.drop_column("intake", column)
    for table in ("reading_link", "vouched", "annulment", "learnt_columns", "uploaded_file"):
        op.drop_table(table)


def _add_upload_draft() -> None:
    """As 0001 made it."""
    op.create_table(
        "upload_draft",
        _id(),
        sa.Column("public_id", sa.String(length=40), nullable=False),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_upload_draft_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_draft")),
        sa.UniqueConstraint("public_id", name=op.f("uq_upload_draft_public_id")),
    )
    op.create_index(op.f("ix_upload_draft_created_at"), "upload_draft", ["created_at"], unique=False)
    op.create_index(op.f("ix_upload_draft_patient_id"), "upload_draft", ["patient_id"], unique=False)
