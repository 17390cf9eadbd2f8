"""What of a video's request is left out or changed."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("videos", sa.Column("warnings", sa.JSON()))


def downgrade() -> None:
    with op.batch_alter_table("videos") as table:
        table.drop_column("warnings")
