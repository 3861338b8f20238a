"""Months without a calendar: in an anonymised document “Month 14” stands for every date.

Such a month is kept as a day like any other, in a calendar of its own that begins with the year 1:
month 1 is January of the year 1, month 14 February of the year 2. So what sorts, groups and counts by
months does it as always, and what writes dates asks here whether one is a month only. No diary has
entries from those years.
"""

import datetime as dt

COUNTED_YEARS = 500  # a year before this one belongs to counted months
NOON = dt.time(12, tzinfo=dt.UTC)


def counted_day(number: int) -> dt.date:
    """The day that stands for the month with this number, from 1."""
    return dt.date(1 + (number - 1) // 12, (number - 1) % 12 + 1, 1)


def counted_moment(number: int) -> dt.datetime:
    """The same as an instant."""
    return dt.datetime.combine(counted_day(number), NOON)


def month_number(day: dt.date) -> int | None:
    """The number of a counted month, from 1; None of a real day."""
    return (day.year - 1) * 12 + day.month if day.year < COUNTED_YEARS else None


def months_since(origin: dt.date, day: dt.date) -> int:
    """The number of the month that `day` lies in, where `origin` lies in month 1; never less than 1."""
    return max(1, (day.year - origin.year) * 12 + day.month - origin.month + 1)
