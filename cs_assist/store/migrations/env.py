"""Run by alembic for every upgrade, on the connection that ``cs_assist.store.migrate`` gives."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], version_table="cs_alembic_version")
with context.begin_transaction():
    context.run_migrations()
