"""Devices are numbered for each patient; PostgreSQL keeps readings in partitions by patient."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

PARTITIONS = 16

COLUMNS = (
    "patient", "metric", "taken_at_ms", "device", "sequence", "value", "unit", "kind", "source", "diastolic", "pulse",
    "out_of_range", "meal", "device_time", "clock_offset_s", "flags", "raw",
)  # fmt: skip


def upgrade() -> None:
    with op.batch_alter_table("reading_name") as names:
        names.add_column(sa.Column("owner", sa.Integer(), nullable=False, server_default="0"))
        names.drop_constraint("uq_reading_name_name", type_="unique")
        names.create_unique_constraint(op.f("uq_reading_name_owner_name"), ["owner", "name"])
    if _on_postgresql():
        op.execute('ALTER TABLE reading_name ALTER COLUMN name TYPE VARCHAR(160) COLLATE "C"')
    _count_on()
    op.execute(
        "INSERT INTO reading_name (owner, name) SELECT DISTINCT reading.patient, device.name "
        "FROM reading JOIN reading_name AS device ON device.id = reading.device"
    )
    _make_anew(
        "JOIN reading_name AS before ON before.id = reading_before.device "
        "JOIN reading_name AS device ON device.owner = reading_before.patient AND device.name = before.name",
        partitioned=_on_postgresql(),
    )
    # What was only the name of a device; a patient without readings is numbered again.
    op.execute("DELETE FROM reading_name WHERE owner = 0 AND id NOT IN (SELECT patient FROM reading)")


def downgrade() -> None:
    _count_on()
    # The name of a device that is no patient's, too, gets a row that everybody shares.
    op.execute(
        "INSERT INTO reading_name (owner, name) SELECT DISTINCT 0, name FROM reading_name AS device WHERE owner <> 0 "
        "AND NOT EXISTS (SELECT 1 FROM reading_name AS other WHERE other.owner = 0 AND other.name = device.name)"
    )
    _make_anew(
        "JOIN reading_name AS before ON before.id = reading_before.device "
        "JOIN reading_name AS device ON device.owner = 0 AND device.name = before.name",
        partitioned=False,
    )
    op.execute("DELETE FROM reading_name WHERE owner <> 0")
    if _on_postgresql():
        op.execute('ALTER TABLE reading_name ALTER COLUMN name TYPE VARCHAR(160) COLLATE "default"')
    with op.batch_alter_table("reading_name") as names:
        names.drop_constraint("uq_reading_name_owner_name", type_="unique")
        names.drop_column("owner")
        names.create_unique_constraint(op.f("uq_reading_name_name"), ["name"])


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _count_on() -> None:
    """Rows that came with a number of their own, from a backup, did not move PostgreSQL's count."""
    if _on_postgresql():
        sequence = "pg_get_serial_sequence('reading_name', 'id')"
        op.execute(f"SELECT setval({sequence}, (SELECT COALESCE(MAX(id), 0) + 1 FROM reading_name), false)")


def _make_anew(device: str, *, partitioned: bool) -> None:
    """The same readings in a new table, every device under the number that the joined table `device` has for it."""
    op.rename_table("reading", "reading_before")
    if _on_postgresql():
        op.execute("ALTER TABLE reading_before DROP CONSTRAINT pk_reading")
    _add_reading(partitioned=partitioned)
    values = ", ".join("device.id" if name == "device" else f"reading_before.{name}" for name in COLUMNS)
    op.execute(
        f"INSERT INTO reading ({', '.join(COLUMNS)}) SELECT {values} FROM reading_before {device} ORDER BY 1, 2, 3, 4, 5"
    )
    op.drop_table("reading_before")


def _add_reading(*, partitioned: bool) -> None:
    op.create_table(
        "reading",
        sa.Column("patient", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("metric", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("taken_at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("device", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.String(length=20), nullable=True),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("diastolic", sa.String(length=20), nullable=True),
        sa.Column("pulse", sa.String(length=20), nullable=True),
        sa.Column("out_of_range", sa.String(length=2), nullable=True),
        sa.Column("meal", sa.String(length=12), nullable=True),
        sa.Column("device_time", sa.String(length=40), nullable=False),
        sa.Column("clock_offset_s", sa.Integer(), nullable=False),
        sa.Column("flags", sa.String(length=60), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("patient", "metric", "taken_at_ms", "device", "sequence", name=op.f("pk_reading")),
        sqlite_with_rowid=False,
        postgresql_partition_by="HASH (patient)" if partitioned else None,
    )
    for number in range(PARTITIONS) if partitioned else ():
        op.execute(
            f"CREATE TABLE reading_p{number:02} PARTITION OF reading "
            f"FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {number})"
        )
