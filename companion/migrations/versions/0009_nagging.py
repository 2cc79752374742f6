"""Repeated reminders, quiet hours, and how each caregiver wants to hear."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

LINK = "care_link"
COLUMNS = (
    ("person", "quiet_from", sa.String(length=5), None),
    ("person", "quiet_until", sa.String(length=5), None),
    ("regimen", "nag_minutes", sa.Integer(), "20"),
    ("regimen", "nag_times", sa.Integer(), "0"),
    ("care_link", "position", sa.Integer(), "1"),
    ("care_link", "hears", sa.String(length=8), "all"),
    ("care_link", "hears_refills", sa.Boolean(), sa.false()),
    ("care_link", "misses", sa.String(length=8), None),
    ("care_link", "delay_minutes", sa.Integer(), "0"),
    ("care_link", "wait_minutes", sa.Integer(), "15"),
    ("care_link", "quiet_override", sa.Boolean(), sa.true()),
    ("care_link", "digest_hour", sa.Integer(), "20"),
)
"""Table, column, type, and what stands there where nobody chose (None: nothing)."""
CHECKS = {
    "hears": ("hears", "hears IN ('all', 'critical', 'digest', 'none')"),
    "misses": ("misses", "misses IN ('every', 'pattern')"),
    "delay_minutes": ("delay", "delay_minutes BETWEEN 0 AND 240"),
    "wait_minutes": ("wait", "wait_minutes BETWEEN 5 AND 240"),
    "digest_hour": ("digest_hour", "digest_hour BETWEEN 0 AND 23"),
    "nag_minutes": ("nag_minutes", "nag_minutes BETWEEN 5 AND 240"),
    "nag_times": ("nag_times", "nag_times BETWEEN 0 AND 10"),
}
"""Column → its check's name and words. It comes with the column: SQLite takes it along without a new table."""


def upgrade() -> None:
    for table, name, kind, default in COLUMNS:
        op.add_column(
            table,
            sa.Column(name, kind, *_check(table, name), nullable=default is None, server_default=default),
        )
    _keep_telling_of_every_miss_together()


def _check(table: str, column: str) -> list[sa.CheckConstraint]:
    if column not in CHECKS:
        return []
    name, words = CHECKS[column]
    return [sa.CheckConstraint(words, name=op.f(f"ck_{table}_{name}"))]


def _keep_telling_of_every_miss_together() -> None:
    """Nothing changes for those who agreed before there was anything to choose."""
    op.execute("UPDATE care_link SET misses = 'every' WHERE scope = 'missed_doses'")


def downgrade() -> None:
    op.execute("DELETE FROM due_work WHERE kind IN ('escalate', 'digest')")
    _take_off_links()
    for table, name, _, _ in reversed(COLUMNS):
        if table != LINK:
            op.drop_column(table, name)


def _take_off_links() -> None:
    """With their checks first: on SQLite a later revision may have made the table anew, and a check of the table, which
    it has become, does not go with the column."""
    columns = [name for table, name, _, _ in reversed(COLUMNS) if table == LINK]
    with op.batch_alter_table(LINK) as links:
        for name in columns:
            if name in CHECKS:
                links.drop_constraint(op.f(f"ck_{LINK}_{CHECKS[name][0]}"), type_="check")
        for name in columns:
            links.drop_column(name)
