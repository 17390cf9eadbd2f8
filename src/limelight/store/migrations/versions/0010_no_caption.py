"""Whether captions are wanted is said by the spec; the column that said it too is gone."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # In place: a copy of the table, as a batch makes one, would take the scenes with it.
    op.drop_column("videos", "caption")


def downgrade() -> None:
    op.add_column("videos", sa.Column("caption", sa.Boolean(), nullable=False, server_default=sa.false()))
