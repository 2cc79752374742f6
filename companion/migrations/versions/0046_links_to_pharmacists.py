"""A care link that opens to a pharmacist how medicines are taken, and packs."""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

LINK, NEW = "care_link", "medicines"
BEFORE = "'care', 'missed_doses', 'readings'"


def upgrade() -> None:
    _let_open(f"{BEFORE}, '{NEW}'")


def downgrade() -> None:
    """The older version knows no such link; whether it may be lost is asked before."""
    op.execute(f"DELETE FROM {LINK} WHERE scope = '{NEW}'")
    _let_open(BEFORE)


def _let_open(scopes: str) -> None:
    name = op.f(f"ck_{LINK}_scope")
    with op.batch_alter_table(LINK) as links:
        links.drop_constraint(name, type_="check")
        links.create_check_constraint(name, f"scope IN ({scopes})")
