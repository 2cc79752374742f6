"""The unit in which a patient's glucose is shown to everybody who talks about it with them."""

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not `op.add_column`: the check stands beside its column, so that SQLite need not copy the table on either way.
    op.execute(
        "ALTER TABLE person ADD COLUMN glucose_unit VARCHAR(6)"
        " CONSTRAINT ck_person_glucose_unit CHECK (glucose_unit IN ('mg/dL', 'mmol/L'))"
    )


def downgrade() -> None:
    op.drop_column("person", "glucose_unit")
