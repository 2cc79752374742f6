"""Names, numbers and addresses can be sealed, and are found again by blind indexes; a key of the house makes those."""

import sqlalchemy as sa
from alembic import op

from companion.errors import BadInput

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

POINT = "contact_point"
NAMES = (("name", 120), ("phone", 16))
SEALED = ("person.name", "person.phone", "contact_point.address", "delivery.sent_to")
MARK = "\x1fs1:"


def upgrade() -> None:
    """Nothing is sealed here, where no key is at hand: the jobs process, and `companion keys seal`, do that."""
    with op.batch_alter_table("data_key") as keys:
        keys.alter_column("person_id", existing_type=_row_id(), nullable=True)
    op.add_column(POINT, sa.Column("address_index", sa.String(length=64), nullable=True))
    op.add_column(POINT, sa.Column("address_tail", sa.String(length=64), nullable=True))
    op.drop_index("ix_contact_point_address", table_name=POINT)
    op.create_index("uq_contact_point_person_address", POINT, ["person_id", "kind", "address_index"], unique=True)
    op.create_index("ix_contact_point_address_index", POINT, ["kind", "address_index"])
    op.create_index("ix_contact_point_address_tail", POINT, ["address_tail"])
    where = sa.text("address_index IS NULL")
    op.create_index("ix_contact_point_plain", POINT, ["kind", "address"], sqlite_where=where, postgresql_where=where)
    for column, length in NAMES:
        _retype(column, sa.String(length=length), sa.Text())


def downgrade() -> None:
    """Refused while anything is sealed: it is not written back as plain text."""
    for each in SEALED:
        _refuse_if_sealed(*each.split("."))
    op.execute("DELETE FROM data_key WHERE person_id IS NULL")  # it found what is not there any more
    for column, length in NAMES:
        _retype(column, sa.Text(), sa.String(length=length))
    for name in ("plain", "address_tail", "address_index"):
        op.drop_index(f"ix_contact_point_{name}", table_name=POINT)
    op.drop_index("uq_contact_point_person_address", table_name=POINT)
    op.create_index("ix_contact_point_address", POINT, ["kind", "address"])
    op.drop_column(POINT, "address_tail")
    op.drop_column(POINT, "address_index")
    with op.batch_alter_table("data_key") as keys:
        keys.alter_column("person_id", existing_type=_row_id(), nullable=False)


def _retype(column: str, before: sa.types.TypeEngine[str], after: sa.types.TypeEngine[str]) -> None:
    """SQLite bounds no text, and would make the whole table anew."""
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("person", column, existing_type=before, type_=after)


def _refuse_if_sealed(table: str, column: str) -> None:
    value: sa.ColumnClause[str] = sa.column(column)
    query = sa.select(sa.func.count()).select_from(sa.table(table)).where(sa.func.substr(value, 1, len(MARK)) == MARK)
    if op.get_bind().scalar(query):
        raise BadInput(
            "what is sealed could not be read any more by the older version",
            where=f"downgrade to {down_revision}, {table}.{column}",
            advice="restore the backup from before the upgrade instead",
        )


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")
