"""Packs that an order brought can be taken out of the ledger again; a pharmacy may tell of a delay; forecasts of demand
are kept week by week."""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

UNDONE, EVENT, RUN, FORECAST = "supply_undone", "order_event", "demand_run", "demand_forecast"
VIEW = "figure_repeat_refills"
EVENTS = "'accepted', 'packed', 'sent', 'delivered', 'failed'"


def upgrade() -> None:
    op.create_table(
        UNDONE,
        sa.Column("entry_id", _row_id(), autoincrement=False, nullable=False),
        sa.Column("by_id", _row_id(), nullable=False),
        sa.Column("at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f(f"fk_{UNDONE}_by_id_person")),
        sa.ForeignKeyConstraint(["entry_id"], ["supply_entry.id"], name=op.f(f"fk_{UNDONE}_entry_id_supply_entry")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f(f"pk_{UNDONE}")),
    )
    op.execute(f"DROP VIEW {VIEW}")
    _make_view(_standing("supply_entry"), _standing("earlier"))
    _let_events_be(f"{EVENTS}, 'delayed'")
    _add_demand()


def downgrade() -> None:
    op.drop_table(FORECAST)
    op.drop_table(RUN)
    # A delay left the order as it was: without the word of it nothing but the word is lost.
    op.execute(f"DELETE FROM {EVENT} WHERE event = 'delayed'")
    _let_events_be(EVENTS)
    op.execute(f"DROP VIEW {VIEW}")
    op.drop_table(UNDONE)
    _make_view("", "")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _standing(entry: str) -> str:
    """That the line was not taken out again."""
    return f"NOT EXISTS (SELECT 1 FROM {UNDONE} WHERE {UNDONE}.entry_id = {entry}.id) AND"


def _make_view(standing: str, earlier: str) -> None:
    """Of the packs noted as received: those of a medicine of which packs were received before."""
    at = "supply_entry.at"
    month = (
        f"(CAST(strftime('%Y', {at} / 1000, 'unixepoch') AS INTEGER) * 12"
        f" + CAST(strftime('%m', {at} / 1000, 'unixepoch') AS INTEGER) - 1)"
        if _is_sqlite()
        else f"CAST(extract(year FROM {at} AT TIME ZONE 'UTC') * 12"
        f" + extract(month FROM {at} AT TIME ZONE 'UTC') - 1 AS INTEGER)"
    )
    op.get_bind().exec_driver_sql(
        f"""CREATE VIEW {VIEW} AS
        SELECT {month} AS month_no, regimen.patient_id AS patient_id,
            CASE WHEN EXISTS (
                SELECT 1 FROM supply_entry AS earlier
                WHERE {earlier} earlier.regimen_id = supply_entry.regimen_id AND earlier.kind = 'received'
                    AND (earlier.at < supply_entry.at OR (earlier.at = supply_entry.at AND earlier.id < supply_entry.id))
            ) THEN 1 ELSE 0 END AS counted, 1 AS among
        FROM supply_entry JOIN regimen ON regimen.id = supply_entry.regimen_id
        WHERE {standing} supply_entry.kind = 'received'"""
    )


def _let_events_be(events: str) -> None:
    name = op.f("ck_order_event_event")
    with op.batch_alter_table(EVENT) as events_of_orders:
        events_of_orders.drop_constraint(name, type_="check")
        events_of_orders.create_check_constraint(name, f"event IN ({events})")


def _add_demand() -> None:
    op.create_table(
        RUN,
        sa.Column("week_of", sa.Date(), nullable=False),
        sa.Column("computed_at", db.UtcDateTime(), nullable=False),
        sa.Column("hidden", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("week_of", name=op.f(f"pk_{RUN}")),
    )
    op.create_table(
        FORECAST,
        sa.Column("week_of", sa.Date(), nullable=False),
        sa.Column("drug", sa.String(length=80), nullable=False),
        sa.Column("unit", sa.String(length=12), nullable=False),
        sa.Column("patients", sa.Integer(), nullable=False),
        sa.Column("coming", sa.JSON(), nullable=False),
        sa.Column("mean", sa.Double(), nullable=False),
        sa.Column("weeks", sa.Integer(), nullable=False),
        sa.Column("error", sa.Double(), nullable=False),
        sa.Column("error_of_last", sa.Double(), nullable=False),
        sa.Column("error_of_mean", sa.Double(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(["week_of"], [f"{RUN}.week_of"], name=op.f(f"fk_{FORECAST}_week_of_{RUN}")),
        sa.PrimaryKeyConstraint("week_of", "drug", "unit", name=op.f(f"pk_{FORECAST}")),
    )
