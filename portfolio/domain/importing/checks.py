"""What of a bundle cannot be taken in: said before anything is written, with one sentence for each file."""

import datetime as dt
import zoneinfo
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from portfolio.domain import errors
from portfolio.domain.diary import entries as keeping
from portfolio.domain.errors import Said
from portfolio.domain.exchange import ImportBundle, ImportedComment, ImportedEntry
from portfolio.domain.feedback import COMMENT_LONGEST
from portfolio.domain.portfolios import NARRATIVE_LONGEST
from portfolio.domain.programme import timezone_of, today
from portfolio.domain.records import Viewer

PROBLEMS_MOST = 100  # told at once
NAME_LONGEST = 200  # characters, of a programme, a stage, a meeting


def refuse_bad(viewer: Viewer, bundle: ImportBundle, now: dt.datetime) -> None:
    """Raises ImportRefused with all that is wrong, in the files' form and in what a diary takes."""
    latest = today(timezone_in(bundle) or timezone_of(viewer.user_id), now)
    problems = list(bundle.problems)
    problems += [
        Said(
            "%(file)s: %(what)s “%(text)s…” has more than %(most)s characters.",
            file=bundle.name, what=what, text=text[:40], most=f"{most:,}",
        )
        for what, text, most in _texts(bundle)
        if len(text) > most
    ]  # fmt: skip
    for entry in bundle.entries:
        for reason in dict.fromkeys(_reasons(entry, latest)):
            problems.append(Said("%(file)s: %(reason)s", file=entry.source_name, reason=reason))
    refuse(problems)


def refuse(problems: list[str]) -> None:
    """Raises ImportRefused if there is a problem, with at most a hundred of them."""
    if problems:
        more = len(problems) - PROBLEMS_MOST
        rest: list[str] = [Said("… and %(count)s more.", count=more)] if more > 0 else []
        raise errors.ImportRefused(problems[:PROBLEMS_MOST] + rest)


def _reasons(entry: ImportedEntry, latest: dt.date) -> Iterator[Said]:
    """Every reason why an entry cannot be taken."""
    checks: list[Callable[[], object]] = [
        partial(keeping.check_text, draft_of(entry), blank=entry.draft),
        *(
            partial(keeping.check_text, keeping.Draft(body=old.body, title=old.title), blank=True)
            for old in entry.revisions
        ),
        partial(keeping.check_date, entry.entry_date, latest),
        partial(keeping.checked_tags, entry.tags),
    ]
    for check in checks:
        try:
            check()
        except errors.Invalid as problem:
            yield Said(problem.template, **problem.fields)
    if any(max(len(c.body), len(c.quoted or "")) > COMMENT_LONGEST for c in flat(entry.comments)):
        yield Said("a comment has more than %(most)s characters.", most=f"{COMMENT_LONGEST:,}")


def _texts(bundle: ImportBundle) -> Iterator[tuple[Said, str, int]]:
    """What stands around the entries: its kind, its text, and how many characters that may have."""
    yield Said("the programme"), bundle.programme_name, NAME_LONGEST
    yield Said("the cohort"), bundle.cohort_name, NAME_LONGEST
    for stage in bundle.stages:
        yield Said("the stage"), stage.name, NAME_LONGEST
        yield Said("the identity label"), stage.identity_label, NAME_LONGEST
    for prompt in bundle.prompts:
        yield Said("the prompt"), prompt.text, NARRATIVE_LONGEST
    for meeting in bundle.meetings:
        yield Said("the meeting"), meeting.title, NAME_LONGEST
    for narrative in bundle.narratives:
        yield Said("the narrative"), narrative.body, NARRATIVE_LONGEST
    for attainment in bundle.attainments:
        yield Said("the competency"), attainment.competency, NARRATIVE_LONGEST
        yield Said("the attainment"), attainment.narrative, NARRATIVE_LONGEST


def flat(comments: Iterable[ImportedComment]) -> Iterator[ImportedComment]:
    for comment in comments:
        yield comment
        yield from flat(comment.replies)


def timezone_in(bundle: ImportBundle) -> str:
    known = bundle.timezone and bundle.timezone in zoneinfo.available_timezones()  # which reads the disk
    return bundle.timezone if known else ""


def draft_of(entry: ImportedEntry) -> keeping.Draft:
    return keeping.Draft(body=entry.body, title=entry.title, entry_date=entry.entry_date, tags=entry.tags)
