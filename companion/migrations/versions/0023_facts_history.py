"""Where a fact is from, why a plan was changed, what was written of a task, and patients' figures for the overview."""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

COLUMNS = (("fact", "source", 12), ("fact", "typed", 40), ("task", "note", 400), ("plan", "reason", 400))


def upgrade() -> None:
    for table, column, length in COLUMNS:
        op.add_column(table, sa.Column(column, sa.String(length=length), nullable=True))
    op.create_table(
        "patient_figures",
        sa.Column("patient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("worked_out_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_patient_figures_patient_id_person")),
        sa.PrimaryKeyConstraint("patient_id", name=op.f("pk_patient_figures")),
    )
    op.create_index(op.f("ix_patient_figures_worked_out_at"), "patient_figures", ["worked_out_at"], unique=False)


def downgrade() -> None:
    op.drop_table("patient_figures")
    for table, column, _length in reversed(COLUMNS):
        op.drop_column(table, column)
