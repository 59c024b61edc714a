"""Run by Alembic, which takes the connection of `schema` and leaves its transaction open."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
