"""Alembic's entry: runs the migrations through the project's own engine, in one transaction."""

from alembic import context

from bot.db.engine import Database
from bot.db.tables import metadata

database = Database(context.config.attributes["url"])
with database.transaction() as connection:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True)
    context.run_migrations()
database.close()
