"""A pharmacist is somebody, too: one more role of a person."""

import sqlalchemy as sa
from alembic import op

from companion.errors import BadInput

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

CHECK = "ck_person_role"
BEFORE = "role IN ('patient', 'clinician', 'caregiver', 'admin')"
NOW = "role IN ('patient', 'clinician', 'caregiver', 'pharmacist', 'admin')"


def upgrade() -> None:
    _change_roles(BEFORE, NOW)


def downgrade() -> None:
    """Refused while there is a pharmacist: the older service does not know what they are."""
    found = op.get_bind().scalar(sa.text("SELECT count(*) FROM person WHERE role = 'pharmacist'"))
    if found:
        what = f"would leave {found} pharmacists without a role"
        raise BadInput(what, where="downgrade", advice="the version before runs on this schema, too")
    _change_roles(NOW, BEFORE)


def _change_roles(before: str, after: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        _change_in_place(before, after)
        return
    op.drop_constraint(op.f(CHECK), "person", type_="check")
    op.create_check_constraint(op.f(CHECK), "person", after)


def _change_in_place(before: str, after: str) -> None:
    """The text of the check only, as sqlite.org/lang_altertable.html (7) allows where no row is kept differently. To
    make the table anew would delete every person, and look through all tables for what points to each of them."""
    version = op.get_bind().exec_driver_sql("PRAGMA schema_version").scalar_one()
    op.execute("PRAGMA writable_schema = ON")
    changed = op.get_bind().execute(
        sa.text(
            "UPDATE sqlite_master SET sql = replace(sql, :before, :after) "
            "WHERE type = 'table' AND name = 'person' AND instr(sql, :before) > 0"
        ),
        {"before": before, "after": after},
    )
    op.execute(f"PRAGMA schema_version = {int(version) + 1}")
    op.execute("PRAGMA writable_schema = OFF")
    if changed.rowcount != 1:
        raise RuntimeError("the check of person.role is not as it was made")
