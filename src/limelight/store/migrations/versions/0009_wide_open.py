"""Whether the mouth of a photo is open so far that it never quite closes."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("photos", sa.Column("wide_open", sa.Boolean()))


def downgrade() -> None:
    with op.batch_alter_table("photos") as table:
        table.drop_column("wide_open")
