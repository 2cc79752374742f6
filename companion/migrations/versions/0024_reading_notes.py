"""A person's note about a reading, in words."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Amendments get room for words; those there are have none."""
    op.add_column("amendment", sa.Column("words", sa.String(length=280), nullable=False, server_default=""))


def downgrade() -> None:
    """Before, nobody could write a note."""
    op.execute("DELETE FROM amendment WHERE field = 'note'")
    op.drop_column("amendment", "words")
