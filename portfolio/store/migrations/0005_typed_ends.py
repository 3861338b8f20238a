"""A stage period remembers the end that somebody typed; one that ends as the next begins follows it."""

import datetime as dt

from peewee import *


def up(migrator, db):
    migrator.migrate(migrator.add_column("stage_period", "said_until", DateField(null=True)))

    class StagePeriod(Model):
        id = BigAutoField()
        member_id = BigIntegerField()
        starts_on = DateField()
        ends_on = DateField(null=True)
        said_until = DateField(null=True)

        class Meta:
            database = db
            table_name = "stage_period"

    begun = set(StagePeriod.select(StagePeriod.member_id, StagePeriod.starts_on).tuples())
    for period in list(StagePeriod.select().where(StagePeriod.ends_on.is_null(False))):
        if (period.member_id, period.ends_on + dt.timedelta(days=1)) not in begun:
            StagePeriod.update(said_until=period.ends_on).where(StagePeriod.id == period.id).execute()
