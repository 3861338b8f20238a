"""A prompt can be withdrawn; entries that answer it keep it."""

from portfolio.store.fields import Instant


def up(migrator, db):
    migrator.migrate(migrator.add_column("prompt", "withdrawn_at", Instant(null=True)))
