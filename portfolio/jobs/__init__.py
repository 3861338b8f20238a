"""Long work in the background: what is asked stands in a table, a worker takes it up, and it survives both.

A job has a state, a lease, an attempt and its progress. A worker holds a job only as long as
it renews the lease; when it is killed, the lease runs out and the job is taken up again, at
most three times. The result is written to a temporary name and renamed when whole, so doing
a job twice does no harm. Workers look into the table each second and are woken at once by
work asked for in their own process.
"""

from portfolio.jobs.asking import (
    OPEN_MOST,
    JobView,
    ask,
    ask_cohort,
    ask_community,
    ask_site_of,
    cancel,
    job,
    jobs_of,
    last_choices,
    remove,
    result,
    room_of,
)
from portfolio.jobs.bells import expect_book
from portfolio.jobs.collecting import cohort_folder, make_each, make_for_everybody, make_submitted
from portfolio.jobs.making import (
    KINDS,
    MEDIA_TYPE,
    SUFFIX,
    Cancelled,
    Made,
    Progress,
    edition_name,
    make,
    pieces_folder,
    portfolio_for,
    telling_name,
)
from portfolio.jobs.sweeping import RESULT_DAYS, sweep, sweep_site
from portfolio.jobs.workers import Worker, Workers
from portfolio.jobs.working import ALL_FAILED, SOME_FAILED, bring_in, work_once

__all__ = [
    "ALL_FAILED",
    "KINDS",
    "MEDIA_TYPE",
    "OPEN_MOST",
    "RESULT_DAYS",
    "SOME_FAILED",
    "SUFFIX",
    "Cancelled",
    "JobView",
    "Made",
    "Progress",
    "Worker",
    "Workers",
    "ask",
    "ask_cohort",
    "ask_community",
    "ask_site_of",
    "bring_in",
    "cancel",
    "cohort_folder",
    "edition_name",
    "expect_book",
    "job",
    "jobs_of",
    "last_choices",
    "make",
    "make_each",
    "make_for_everybody",
    "make_submitted",
    "pieces_folder",
    "portfolio_for",
    "remove",
    "result",
    "room_of",
    "sweep",
    "sweep_site",
    "telling_name",
    "work_once",
]
