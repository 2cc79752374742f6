"""Alembic's entry: one transaction on the engine it is handed."""

from alembic import context

from companion.db import Base, partitions

engine = context.config.attributes["engine"]

with engine.begin() as connection:
    parts = partitions(connection)
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_name=lambda name, kind, _parents: kind != "table" or name not in parts,
        render_as_batch=context.config.attributes.get("batch", True) and engine.dialect.name == "sqlite",
        user_module_prefix="db.",
        compare_type=True,
    )
    context.run_migrations()
    if "before_commit" in context.config.attributes:
        context.config.attributes["before_commit"](connection)
