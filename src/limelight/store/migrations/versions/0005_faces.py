"""How many faces a talking photo shows."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("photos") as table:
        table.add_column(sa.Column("faces", sa.Integer()))


def downgrade() -> None:
    with op.batch_alter_table("photos") as table:
        table.drop_column("faces")
