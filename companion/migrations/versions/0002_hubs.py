"""Hubs at home, their tokens and pairing codes; what they sent, and what was refused; a device's battery and end."""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("device", sa.Column("battery_percent", sa.Integer(), nullable=True))
    op.add_column("device", sa.Column("firmware", sa.String(length=60), nullable=True))
    op.add_column("device", sa.Column("removed_at", db.UtcDateTime(), nullable=True))
    op.add_column("device", sa.Column("last_record_time", sa.String(length=40), nullable=True))
    op.create_table(
        "hub",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("patient_id", NUMBER, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("paired_at", db.UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", db.UtcDateTime(), nullable=False),
        sa.Column("revoked_at", db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_hub_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hub")),
        sa.UniqueConstraint("public_id", name=op.f("uq_hub_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_hub_token_hash")),
    )
    op.create_index(op.f("ix_hub_patient_id"), "hub", ["patient_id"], unique=False)
    op.create_table(
        "pairing_code",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("patient_id", NUMBER, nullable=False),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.Column("expires_at", db.UtcDateTime(), nullable=False),
        sa.Column("used_at", db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_pairing_code_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pairing_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_pairing_code_code_hash")),
    )
    op.create_index(op.f("ix_pairing_code_patient_id"), "pairing_code", ["patient_id"], unique=False)
    op.create_table(
        "sent_batch",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("patient_id", NUMBER, nullable=False),
        sa.Column("hub_id", NUMBER, nullable=True),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("skew_ms", sa.BigInteger(), nullable=False),
        sa.Column("at", db.UtcDateTime(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["hub_id"], ["hub.id"], name=op.f("fk_sent_batch_hub_id_hub")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_sent_batch_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_batch")),
        sa.UniqueConstraint("patient_id", "key", name=op.f("uq_sent_batch_patient_id_key")),
    )
    op.create_index(op.f("ix_sent_batch_hub_id"), "sent_batch", ["hub_id"], unique=False)
    op.create_index(op.f("ix_sent_batch_at"), "sent_batch", ["at"], unique=False)
    op.create_table(
        "refused_batch",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("patient_id", NUMBER, nullable=False),
        sa.Column("hub_id", NUMBER, nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["hub_id"], ["hub.id"], name=op.f("fk_refused_batch_hub_id_hub")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_refused_batch_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_batch")),
        sa.UniqueConstraint("patient_id", "content_sha256", name=op.f("uq_refused_batch_patient_id_content_sha256")),
    )
    op.create_index(op.f("ix_refused_batch_hub_id"), "refused_batch", ["hub_id"], unique=False)
    op.create_index(op.f("ix_refused_batch_at"), "refused_batch", ["at"], unique=False)


def downgrade() -> None:
    for table in ("refused_batch", "sent_batch", "pairing_code", "hub"):
        op.drop_table(table)
    op.drop_column("device", "last_record_time")
    op.drop_column("device", "removed_at")
    op.drop_column("device", "firmware")
    op.drop_column("device", "battery_percent")
