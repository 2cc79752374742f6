"""Orders of medicines to pharmacies, what these promise and ask, and who agreed that they learn of them."""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


CONSENT = "pharmacy_consent"


def upgrade() -> None:
    op.create_table(
        "pharmacy",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("kept_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("secret_at", db.UtcDateTime(), nullable=False),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["kept_by"], ["person.id"], name=op.f("fk_pharmacy_kept_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pharmacy")),
        sa.UniqueConstraint("public_id", name=op.f("uq_pharmacy_public_id")),
    )
    op.create_table(
        "medicine_order",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("unique_key", sa.String(length=90), nullable=False),
        sa.Column("patient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("pharmacy_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("area", sa.String(length=80), nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("state_at", db.UtcDateTime(), nullable=False),
        sa.Column("placed_at", db.UtcDateTime(), nullable=False),
        sa.Column("placed_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("promised_by", db.UtcDateTime(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("tried_at", db.UtcDateTime(), nullable=True),
        sa.Column("handed_at", db.UtcDateTime(), nullable=True),
        sa.Column("delivered_at", db.UtcDateTime(), nullable=True),
        sa.Column("why", sa.String(length=30), nullable=True),
        sa.Column("value", db.DecimalText(length=40), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.CheckConstraint(
            "state IN ('placed', 'handed_over', 'accepted', 'packed', 'sent', 'delivered', 'failed', 'cancelled')",
            name=op.f("ck_medicine_order_state"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_medicine_order_patient_id_person")),
        sa.ForeignKeyConstraint(["pharmacy_id"], ["pharmacy.id"], name=op.f("fk_medicine_order_pharmacy_id_pharmacy")),
        sa.ForeignKeyConstraint(["placed_by"], ["person.id"], name=op.f("fk_medicine_order_placed_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_medicine_order")),
        sa.UniqueConstraint("public_id", name=op.f("uq_medicine_order_public_id")),
        sa.UniqueConstraint("unique_key", name=op.f("uq_medicine_order_unique_key")),
    )
    op.create_index(op.f("ix_medicine_order_patient_id"), "medicine_order", ["patient_id"], unique=False)
    op.create_index(
        "ix_medicine_order_pharmacy_promised", "medicine_order", ["pharmacy_id", "promised_by"], unique=False
    )
    op.create_table(
        "pharmacy_area",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("pharmacy_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("urgent_hours", sa.Integer(), nullable=False),
        sa.Column("usual_hours", sa.Integer(), nullable=False),
        sa.CheckConstraint("urgent_hours BETWEEN 1 AND 336", name=op.f("ck_pharmacy_area_urgent_hours")),
        sa.CheckConstraint("usual_hours BETWEEN 1 AND 336", name=op.f("ck_pharmacy_area_usual_hours")),
        sa.ForeignKeyConstraint(["pharmacy_id"], ["pharmacy.id"], name=op.f("fk_pharmacy_area_pharmacy_id_pharmacy")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pharmacy_area")),
        sa.UniqueConstraint("pharmacy_id", "name", name=op.f("uq_pharmacy_area_pharmacy_id_name")),
    )
    op.create_table(
        "pharmacy_consent",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("patient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("pharmacy_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_agreed", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_version", sa.String(length=20), nullable=False),
        sa.Column("noted_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["noted_by"], ["person.id"], name=op.f("fk_pharmacy_consent_noted_by_person")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_pharmacy_consent_patient_id_person")),
        sa.ForeignKeyConstraint(
            ["pharmacy_id"], ["pharmacy.id"], name=op.f("fk_pharmacy_consent_pharmacy_id_pharmacy")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pharmacy_consent")),
    )
    op.create_index(op.f("ix_pharmacy_consent_patient_id"), "pharmacy_consent", ["patient_id"], unique=False)
    op.create_table(
        "price_list",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("pharmacy_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_price_list_by_id_person")),
        sa.ForeignKeyConstraint(["pharmacy_id"], ["pharmacy.id"], name=op.f("fk_price_list_pharmacy_id_pharmacy")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_list")),
        sa.UniqueConstraint("pharmacy_id", "number", name=op.f("uq_price_list_pharmacy_id_number")),
    )
    op.create_table(
        "order_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("pharmacy_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event_id", sa.String(length=80), nullable=False),
        sa.Column("event", sa.String(length=10), nullable=False),
        sa.Column("at", db.UtcDateTime(), nullable=False),
        sa.Column("received_at", db.UtcDateTime(), nullable=False),
        sa.Column("is_applied", sa.Boolean(), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "event IN ('accepted', 'packed', 'sent', 'delivered', 'failed')", name=op.f("ck_order_event_event")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["medicine_order.id"], name=op.f("fk_order_event_order_id_medicine_order")
        ),
        sa.ForeignKeyConstraint(["pharmacy_id"], ["pharmacy.id"], name=op.f("fk_order_event_pharmacy_id_pharmacy")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_event")),
        sa.UniqueConstraint("pharmacy_id", "event_id", name=op.f("uq_order_event_pharmacy_id_event_id")),
    )
    op.create_index(op.f("ix_order_event_order_id"), "order_event", ["order_id"], unique=False)
    op.create_table(
        "order_line",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("regimen_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("revision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("piece", sa.String(length=12), nullable=False),
        sa.Column("packs", sa.Integer(), nullable=True),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["medicine_order.id"], name=op.f("fk_order_line_order_id_medicine_order")
        ),
        sa.ForeignKeyConstraint(["regimen_id"], ["regimen.id"], name=op.f("fk_order_line_regimen_id_regimen")),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["regimen_revision.id"], name=op.f("fk_order_line_revision_id_regimen_revision")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_line")),
    )
    op.create_index(op.f("ix_order_line_order_id"), "order_line", ["order_id"], unique=False)
    op.create_index(op.f("ix_order_line_regimen_id"), "order_line", ["regimen_id"], unique=False)
    op.create_table(
        "price_line",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("list_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("drug", sa.String(length=80), nullable=False),
        sa.Column("piece", sa.String(length=12), nullable=False),
        sa.Column("pack_size", db.DecimalText(length=40), nullable=False),
        sa.Column("price", db.DecimalText(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("batch", sa.String(length=40), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["list_id"], ["price_list.id"], name=op.f("fk_price_line_list_id_price_list")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_line")),
    )
    op.create_index(op.f("ix_price_line_list_id"), "price_line", ["list_id"], unique=False)
    _protect_consents()


def _protect_consents() -> None:
    """As 0001 protects histories: what was agreed to is neither changed nor taken out."""
    if _is_sqlite():
        for name, act in (("kept", "DELETE"), ("unchanged", "UPDATE")):
            op.execute(
                f"CREATE TRIGGER {CONSENT}_{name} BEFORE {act} ON {CONSENT} "
                f"BEGIN SELECT RAISE(ABORT, '{CONSENT} is history'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {CONSENT}_is_history() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{CONSENT} is history'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {CONSENT}_unchanged BEFORE UPDATE OR DELETE ON {CONSENT} "
        f"FOR EACH ROW EXECUTE FUNCTION {CONSENT}_is_history()"
    )


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def downgrade() -> None:
    op.execute("DELETE FROM due_work WHERE kind IN ('order', 'urgent_order')")
    op.drop_table("price_line")
    op.drop_table("order_line")
    op.drop_table("order_event")
    op.drop_table("price_list")
    if _is_sqlite():
        for name in ("kept", "unchanged"):
            op.execute(f"DROP TRIGGER {CONSENT}_{name}")
    op.drop_table("pharmacy_consent")
    if not _is_sqlite():
        op.execute(f"DROP FUNCTION {CONSENT}_is_history()")
    op.drop_table("pharmacy_area")
    op.drop_table("medicine_order")
    op.drop_table("pharmacy")
