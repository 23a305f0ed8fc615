"""What Alembic runs to migrate: on the connection that it was given, inside the transaction that is open on it."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
context.run_migrations()
