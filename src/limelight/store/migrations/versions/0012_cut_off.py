"""Whether the very end of a photo's file is missing."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("photos", sa.Column("cut_off", sa.Boolean()))


def downgrade() -> None:
    with op.batch_alter_table("photos") as table:
        table.drop_column("cut_off")
