"""Who stated when that a talking photo's likeness may be used."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("photos") as table:
        table.add_column(sa.Column("consent_ms", sa.BigInteger()))
        table.add_column(sa.Column("consent_by", sa.Text()))


def downgrade() -> None:
    with op.batch_alter_table("photos") as table:
        table.drop_column("consent_by")
        table.drop_column("consent_ms")
