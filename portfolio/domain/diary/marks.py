"""What an author says about an entry: a threshold event, a retelling of an earlier one."""

import datetime as dt
from collections.abc import Sequence

from portfolio.domain import access, accounts, changes, errors, records
from portfolio.domain.records import ThresholdKind, Viewer
from portfolio.domain.text import normalise
from portfolio.store import database
from portfolio.store.diary import Restory, Threshold

KINDS: tuple[ThresholdKind, ...] = ("knowing", "doing", "being")
ANSWER_LONGEST = 2000  # characters


def mark_threshold(
    viewer: Viewer,
    entry_id: str,
    *,
    kinds: Sequence[str],
    before: str,
    after: str,
    helped: str,
    now: dt.datetime,
) -> records.Threshold:
    """Mark one's own entry as a change in knowing, doing or being, as nobody else can.

    Raises NotFound, Invalid.
    """
    entry = access.own_entry(viewer, entry_id)
    chosen = tuple(k for k in KINDS if k in kinds)
    if not chosen or set(kinds) - set(KINDS):
        raise errors.Invalid("Say what changed: knowing, doing or being.", field="kinds")
    answers = {
        "before": normalise(before).strip(),
        "after": normalise(after).strip(),
        "helped": normalise(helped).strip(),
    }
    for name, answer in answers.items():
        if len(answer) > ANSWER_LONGEST:
            raise errors.Invalid(
                "An answer has at most %(count)s characters.", field=name, count=ANSWER_LONGEST
            )
    with database.transaction():
        database.in_turn(viewer.user_id)
        Threshold.delete().where(Threshold.entry == entry.id).execute()
        Threshold.create(entry=entry.id, kinds=list(chosen), marked_at=now, **answers)
        changes.note_own(viewer, now=now)
        accounts.note("threshold marked", now=now, actor=viewer.user_id, subject=entry_id)
    return records.Threshold(chosen, **answers)


def unmark_threshold(viewer: Viewer, entry_id: str) -> None:
    """Take the mark off again. Raises NotFound."""
    entry = access.own_entry(viewer, entry_id)
    Threshold.delete().where(Threshold.entry == entry.id).execute()


def restory(viewer: Viewer, entry_id: str, earlier_id: str | None) -> None:
    """Say which of one's own earlier entries this one retells; None: none. Raises NotFound, Invalid."""
    entry = access.own_entry(viewer, entry_id)
    with database.transaction():
        database.in_turn(viewer.user_id)
        Restory.delete().where(Restory.entry == entry.id).execute()
        if earlier_id is None:
            return
        earlier = access.own_entry(viewer, earlier_id)
        if (earlier.entry_date, earlier.id) >= (entry.entry_date, entry.id):
            raise errors.Invalid("An entry can retell only one that comes before it.", field="earlier")
        Restory.create(entry=entry.id, earlier=earlier.id)
