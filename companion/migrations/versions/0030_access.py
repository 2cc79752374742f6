"""Access in an emergency, and what patients said about their health data being kept."""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

REASONS = "reason IN ('cannot_speak', 'acute_danger', 'called_for_help', 'doctor_away', 'other')"
ACCESS, CONSENT = "emergency_access", "data_consent"


def upgrade() -> None:
    _add_emergency_access()
    _add_data_consent()
    op.add_column("first_visit", sa.Column("health_at", db.UtcDateTime(), nullable=True))


def _add_emergency_access() -> None:
    op.create_table(
        ACCESS,
        _id(),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("clinician_id", _row_id(), nullable=False),
        sa.Column("clinician_role", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("words", sa.String(length=400), nullable=False),
        sa.Column("opened_at", db.UtcDateTime(), nullable=False),
        sa.Column("ends_at", db.UtcDateTime(), nullable=False),
        sa.Column("reviewed_at", db.UtcDateTime(), nullable=True),
        sa.Column("reviewed_by", _row_id(), nullable=True),
        sa.CheckConstraint("clinician_role = 'clinician'", name=op.f(f"ck_{ACCESS}_for_clinician")),
        sa.CheckConstraint(REASONS, name=op.f(f"ck_{ACCESS}_reason")),
        sa.CheckConstraint("ends_at >= opened_at", name=op.f(f"ck_{ACCESS}_span")),
        sa.CheckConstraint("(reviewed_at IS NULL) = (reviewed_by IS NULL)", name=op.f(f"ck_{ACCESS}_reviewed")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f(f"fk_{ACCESS}_patient_id_person")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["person.id"], name=op.f(f"fk_{ACCESS}_reviewed_by_person")),
        sa.ForeignKeyConstraint(
            ["clinician_id", "clinician_role"],
            ["person.id", "person.role"],
            name=op.f(f"fk_{ACCESS}_clinician_id_clinician_role_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{ACCESS}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{ACCESS}_public_id")),
    )
    op.create_index(op.f(f"ix_{ACCESS}_patient_id"), ACCESS, ["patient_id"], unique=False)
    op.create_index(op.f(f"ix_{ACCESS}_clinician_id"), ACCESS, ["clinician_id"], unique=False)


def _add_data_consent() -> None:
    op.create_table(
        CONSENT,
        _id(),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("is_agreed", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_version", sa.String(length=20), nullable=False),
        sa.Column("at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f(f"fk_{CONSENT}_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{CONSENT}")),
    )
    op.create_index(op.f(f"ix_{CONSENT}_patient_id"), CONSENT, ["patient_id"], unique=False)


def downgrade() -> None:
    op.drop_column("first_visit", "health_at")
    op.drop_table(CONSENT)
    op.drop_table(ACCESS)


def _id() -> sa.Column[int]:
    return sa.Column("id", _row_id(), nullable=False)


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")
