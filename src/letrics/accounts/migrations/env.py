"""How Alembic runs a migration here: on the connection that `database.open_database` hands over, in its transaction."""

from alembic import context

from letrics.accounts.token_table import tokens

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tokens.metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
