"""What of a bundle cannot be taken in: said before anything is written, with one sentence for each file."""

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Iterator

from portfolio.domain import errors
from portfolio.domain.diary import entries as keeping
from portfolio.domain.exchange import ImportBundle, ImportedComment, ImportedEntry
from portfolio.domain.feedback import COMMENT_LONGEST
from portfolio.domain.portfolios import NARRATIVE_LONGEST
from portfolio.domain.programme import timezone_of, today
from portfolio.domain.records import Viewer

NAME_LONGEST = 200  # characters, of a programme, a stage, a meeting


def refuse_bad(viewer: Viewer, bundle: ImportBundle, now: dt.datetime) -> None:
    latest = today(timezone_in(bundle) or timezone_of(viewer.user_id), now)
    problems = [
        f"{bundle.name}: {what} “{text[:40]}…” has more than {most:,} characters."
        for what, text, most in _texts(bundle)
        if len(text) > most
    ]
    for entry in bundle.entries:
        try:
            keeping.check_text(draft_of(entry), blank=entry.draft)
            for revision in entry.revisions:
                keeping.check_text(keeping.Draft(body=revision.body, title=revision.title), blank=True)
            keeping.check_date(entry.entry_date, latest)
            keeping.checked_tags(entry.tags)
        except errors.Invalid as problem:
            problems.append(f"{entry.source_name}: {problem}")
        for comment in flat(entry.comments):
            if max(len(comment.body), len(comment.quoted or "")) > COMMENT_LONGEST:
                problems.append(
                    f"{entry.source_name}: a comment has more than {COMMENT_LONGEST:,} characters."
                )
    if problems:
        raise errors.ImportRefused(problems)


def _texts(bundle: ImportBundle) -> Iterator[tuple[str, str, int]]:
    """What stands around the entries: its kind, its text, and how many characters that may have."""
    yield "the programme", bundle.programme_name, NAME_LONGEST
    yield "the cohort", bundle.cohort_name, NAME_LONGEST
    for stage in bundle.stages:
        yield "the stage", stage.name, NAME_LONGEST
        yield "the identity label", stage.identity_label, NAME_LONGEST
    for prompt in bundle.prompts:
        yield "the prompt", prompt.text, NARRATIVE_LONGEST
    for meeting in bundle.meetings:
        yield "the meeting", meeting.title, NAME_LONGEST
    for narrative in bundle.narratives:
        yield "the narrative", narrative.body, NARRATIVE_LONGEST
    for attainment in bundle.attainments:
        yield "the competency", attainment.competency, NARRATIVE_LONGEST
        yield "the attainment", attainment.narrative, NARRATIVE_LONGEST


def flat(comments: Iterable[ImportedComment]) -> Iterator[ImportedComment]:
    for comment in comments:
        yield comment
        yield from flat(comment.replies)


def timezone_in(bundle: ImportBundle) -> str:
    return bundle.timezone if bundle.timezone in zoneinfo.available_timezones() else ""


def draft_of(entry: ImportedEntry) -> keeping.Draft:
    return keeping.Draft(body=entry.body, title=entry.title, entry_date=entry.entry_date, tags=entry.tags)
