"""What patients agreed to when they let somebody see their data, and that they asked to have it erased."""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of links opened before this nobody kept the words."""
    op.add_column("care_link", sa.Column("consent_text", sa.String(length=300), nullable=True))
    op.add_column("care_link", sa.Column("consent_version", sa.String(length=20), nullable=True))
    _add_erasure_request()


def _add_erasure_request() -> None:
    op.create_table(
        "erasure_request",
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", db.UtcDateTime(), nullable=False),
        sa.Column("settled_at", db.UtcDateTime(), nullable=True),
        sa.Column("settled_by", _row_id(), nullable=True),
        sa.Column("why_not", sa.String(length=500), nullable=True),
        sa.CheckConstraint("state IN ('asked', 'withdrawn', 'refused', 'done')", name=op.f("ck_erasure_request_state")),
        sa.CheckConstraint(
            "(state = 'asked') = (settled_at IS NULL) AND (settled_at IS NULL) = (settled_by IS NULL)",
            name=op.f("ck_erasure_request_settled"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_erasure_request_patient_id_person")),
        sa.ForeignKeyConstraint(["settled_by"], ["person.id"], name=op.f("fk_erasure_request_settled_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_request")),
        sa.UniqueConstraint("public_id", name=op.f("uq_erasure_request_public_id")),
    )
    op.create_index(op.f("ix_erasure_request_patient_id"), "erasure_request", ["patient_id"], unique=False)
    waits = sa.text("state = 'asked'")
    op.create_index(
        "ix_erasure_request_open",
        "erasure_request",
        ["patient_id"],
        unique=True,
        sqlite_where=waits,
        postgresql_where=waits,
    )


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def downgrade() -> None:
    op.drop_table("erasure_request")
    op.drop_column("care_link", "consent_version")
    op.drop_column("care_link", "consent_text")
