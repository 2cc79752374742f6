"""Whether somebody has a link to a patient is found at once, however many patients they have."""

from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

LINKS = "care_link"
BY_BOTH, BY_MEMBER = "ix_care_link_member_id_patient_id", "ix_care_link_member_id"


def upgrade() -> None:
    op.create_index(BY_BOTH, LINKS, ["member_id", "patient_id"])
    op.drop_index(BY_MEMBER, table_name=LINKS)  # the other one begins with it


def downgrade() -> None:
    op.create_index(BY_MEMBER, LINKS, ["member_id"])
    op.drop_index(BY_BOTH, table_name=LINKS)
