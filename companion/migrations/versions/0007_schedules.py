"""Pauses of medicines, intakes as needed, doses that follow another, and zones of people who travel."""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add_columns()
    _add_regimen_pause()
    _add_as_needed_intake()
    _add_zone_move()


def _add_columns() -> None:
    op.add_column("person", sa.Column("zone_mode", sa.String(length=8), nullable=False, server_default="ask"))
    op.add_column("regimen", sa.Column("planned_with", sa.String(length=12), nullable=True))
    op.add_column(
        "dose",
        sa.Column(
            "after_dose_id",
            _row_id(),
            sa.ForeignKey("dose.id", name=op.f("fk_dose_after_dose_id_dose")),
            nullable=True,
        ),
        inline_references=True,
    )
    op.create_index("uq_dose_regimen_id_after_dose_id", "dose", ["regimen_id", "after_dose_id"], unique=True)


def _add_regimen_pause() -> None:
    op.create_table(
        "regimen_pause",
        _id(),
        sa.Column("regimen_id", _row_id(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("made_by", _row_id(), nullable=False),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.Column("ended_at", db.UtcDateTime(), nullable=True),
        sa.Column("ended_by", _row_id(), nullable=True),
        sa.CheckConstraint("reason IN ('holiday', 'hospital', 'other')", name=op.f("ck_regimen_pause_reason")),
        sa.ForeignKeyConstraint(["regimen_id"], ["regimen.id"], name=op.f("fk_regimen_pause_regimen_id_regimen")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_regimen_pause_made_by_person")),
        sa.ForeignKeyConstraint(["ended_by"], ["person.id"], name=op.f("fk_regimen_pause_ended_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regimen_pause")),
    )
    op.create_index(op.f("ix_regimen_pause_regimen_id"), "regimen_pause", ["regimen_id"], unique=False)


def _add_as_needed_intake() -> None:
    op.create_table(
        "as_needed_intake",
        _id(),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("regimen_id", _row_id(), nullable=False),
        sa.Column("revision_id", _row_id(), nullable=False),
        sa.Column("taken_at", db.UtcDateTime(), nullable=False),
        sa.Column("amount", db.DecimalText(), nullable=False),
        sa.Column("against", sa.String(length=10), nullable=True),
        sa.Column("recorded_at", db.UtcDateTime(), nullable=False),
        sa.Column("recorded_by", _row_id(), nullable=False),
        sa.Column("via", sa.String(length=12), nullable=False),
        sa.Column("undone_at", db.UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "against IS NULL OR against IN ('too_soon', 'too_many', 'paused')",
            name=op.f("ck_as_needed_intake_against"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_as_needed_intake_patient_id_person")),
        sa.ForeignKeyConstraint(["regimen_id"], ["regimen.id"], name=op.f("fk_as_needed_intake_regimen_id_regimen")),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["regimen_revision.id"], name=op.f("fk_as_needed_intake_revision_id_regimen_revision")
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["person.id"], name=op.f("fk_as_needed_intake_recorded_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_as_needed_intake")),
        sa.UniqueConstraint("public_id", name=op.f("uq_as_needed_intake_public_id")),
    )
    op.create_index("ix_as_needed_intake_taken", "as_needed_intake", ["regimen_id", "taken_at"], unique=False)


def _add_zone_move() -> None:
    op.create_table(
        "zone_move",
        _id(),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("from_zone", sa.String(length=64), nullable=False),
        sa.Column("to_zone", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("proposed_at", db.UtcDateTime(), nullable=False),
        sa.Column("proposed_by", _row_id(), nullable=False),
        sa.Column("decided_at", db.UtcDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('proposed', 'applied', 'declined', 'replaced')", name=op.f("ck_zone_move_state")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_zone_move_patient_id_person")),
        sa.ForeignKeyConstraint(["proposed_by"], ["person.id"], name=op.f("fk_zone_move_proposed_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zone_move")),
    )
    op.create_index(op.f("ix_zone_move_patient_id"), "zone_move", ["patient_id"], unique=False)


def downgrade() -> None:
    for table in ("zone_move", "as_needed_intake", "regimen_pause"):
        op.drop_table(table)
    op.drop_index("uq_dose_regimen_id_after_dose_id", table_name="dose")
    op.drop_column("dose", "after_dose_id")
    op.drop_column("regimen", "planned_with")
    op.drop_column("person", "zone_mode")


def _id() -> sa.Column[int]:
    return sa.Column("id", _row_id(), nullable=False)


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")
