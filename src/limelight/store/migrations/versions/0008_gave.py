"""What pictures of one person give to the rig of their group."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("photos", sa.Column("gave", sa.JSON()))


def downgrade() -> None:
    with op.batch_alter_table("photos") as table:
        table.drop_column("gave")
