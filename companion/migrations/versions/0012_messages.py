"""Addresses in the person's order, what was agreed to hear by each, other channels when one stays silent."""

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
