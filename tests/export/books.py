"""Portfolios to make books from: short ways to build records, and a real diary where there is one."""

import datetime as dt
import hashlib
import html
import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from portfolio.domain import markup
from portfolio.domain.records import (
    Choices,
    Comment,
    Entry,
    Language,
    Meeting,
    Month,
    Portfolio,
    Prompt,
    Role,
    Stage,
)

DIARIES = (
    Path(os.environ.get("PORTFOLIO_TEST_DATA", Path(__file__).parents[2] / ".." / "shared")).resolve()
    / "diaries"
)
NURSING_SISTER = DIARIES / "nursing-sister"
MADE_AT = dt.datetime(2022, 11, 1, 9, 30, tzinfo=dt.UTC)


def identity(*parts: object) -> str:
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:16]


def stage(position: int, label: str, starts: str = "", ends: str = "", **more: tuple[str, ...]) -> Stage:
    return Stage(
        identity("stage", position, label),
        position,
        label,
        label,
        dt.date.fromisoformat(starts) if starts else None,
        dt.date.fromisoformat(ends) if ends else None,
        **more,
    )


def paragraphs(text: str) -> str:
    """HTML of plain paragraphs, as the renderer would make it."""
    return "\n".join(f"<p>{html.escape(part, quote=False)}</p>" for part in text.split("\n\n"))


def texts_of(written: str) -> list[str]:
    """The texts of a page's paragraphs, headings and items, without marks."""
    blocks = re.split(r"</?(?:p|blockquote|li|ul|ol|h\d|div|br)\b[^>]*>|\n", written)
    return [text for block in blocks if (text := html.unescape(re.sub(r"<[^>]*>", "", block)).strip())]


def entry(day: str, title: str, body: str, *, html_body: str | None = None, **more: object) -> Entry:
    date = dt.date.fromisoformat(day)
    at = dt.datetime(date.year, date.month, date.day, 20, tzinfo=dt.UTC)
    language: Language = "zh" if re.search("[\u4e00-\u9fff]", title + body) else "en"
    given: dict[str, object] = dict(  # noqa: C408
        public_id=identity(day, title, body[:40]),
        owner_id="ines",
        owner_name="Ines Moreau",
        entry_date=date,
        title=title,
        body=body,
        html=paragraphs(body) if html_body is None else html_body,
        language=language,
        words=len(body.split()),
        revision_number=1,
        written_at=at,
        created_at=at,
        draft=False,
        stage=None,
        audiences=frozenset({"mentor"}),
    )
    return Entry(**{**given, **more})  # type: ignore[arg-type]


def comment(
    author: str,
    role: Role,
    day: str,
    text: str,
    *,
    revision: int = 1,
    quoted: str | None = None,
    replies: Sequence[Comment] = (),
) -> Comment:
    return Comment(
        public_id=identity(author, day, text),
        author_name=author,
        author_role=role,
        own=False,
        written_at=dt.datetime.fromisoformat(day + "T12:00:00+00:00"),
        revision_number=revision,
        body=text,
        html=paragraphs(text),
        language="zh" if re.search("[\u4e00-\u9fff]", text) else "en",
        quoted=quoted,
        replies=tuple(replies),
    )


def months_of(
    entries: Iterable[Entry],
    first: dt.date,
    last: dt.date,
    stages: Sequence[Stage] = (),
    prompts: Sequence[Prompt] = (),
    meetings: Sequence[Meeting] = (),
    counts: Sequence[int] | None = None,
) -> tuple[Month, ...]:
    """Every month from `first` to `last`; `counts`: of a whole diary that the entries were chosen from."""
    found = list(entries)
    out: list[Month] = []
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        here = [e for e in found if (e.entry_date.year, e.entry_date.month) == (year, month)]
        of = [e.stage.public_id for e in here if e.stage]
        middle = dt.date(year, month, 15)
        by_date = [
            s.public_id for s in stages if s.starts_on and s.ends_on and s.starts_on <= middle <= s.ends_on
        ]
        out.append(
            Month(
                index=len(out) + 1,
                year=year,
                month=month,
                stage_id=max(of, key=of.count) if of else by_date[0] if by_date else None,
                entries=counts[len(out)] if counts else len(here),
                prompts=sum((p.starts_on.year, p.starts_on.month) == (year, month) for p in prompts),
                meetings=sum((m.held_on.year, m.held_on.month) == (year, month) for m in meetings),
                thresholds=tuple(e.public_id for e in here if e.threshold),
                by_stage=tuple(Counter(e.stage.public_id if e.stage else None for e in here).items()),
            )
        )
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return tuple(out)


def portfolio(entries: Sequence[Entry], stages: Sequence[Stage] = (), **more: object) -> Portfolio:
    entries = tuple(sorted(entries, key=lambda e: e.entry_date))
    first = entries[0].entry_date if entries else dt.date(2022, 9, 1)
    last = entries[-1].entry_date if entries else dt.date(2022, 9, 30)
    prompts: Sequence[Prompt] = more.get("prompts", ())  # type: ignore[assignment]
    meetings: Sequence[Meeting] = more.get("meetings", ())  # type: ignore[assignment]
    given: dict[str, object] = dict(  # noqa: C408
        owner_id="ines",
        owner_login="ines",
        owner_name="Ines Moreau",
        programme_name="Programme in Reflective Practice, Faculty of Medicine",
        cohort_name="2020",
        language="en",
        timezone="Europe/London",
        made_at=MADE_AT,
        edition=3,
        choices=Choices(variant="review"),
        starts_on=first,
        ends_on=last,
        stages=tuple(stages),
        entries=entries,
        months=months_of(entries, first, last, stages, prompts, meetings),
        left_out=0,
        content_hash=hashlib.sha256("".join(e.html for e in entries).encode()).hexdigest(),
    )
    return Portfolio(**{**given, **more})  # type: ignore[arg-type]


def nursing_sister() -> Portfolio:
    """The diary of a nurse, 1914 to 1915: 239 entries, ten stages, no comments."""
    import frontmatter

    stages: dict[str, Stage] = {}
    entries = []
    for path in sorted(NURSING_SISTER.glob("*.md")):
        post = frontmatter.load(str(path))
        name = str(post["stage"])
        if name not in stages:
            stages[name] = stage(len(stages) + 1, name)
        entries.append(
            entry(
                str(post["date"]),
                str(post["title"]),
                post.content,
                html_body=markup.render(post.content).html,
                stage=stages[name],
                public_id=identity(path.name),
            )
        )
    return portfolio(
        entries,
        tuple(stages.values()),
        owner_name="A nursing sister",
        edition=0,
        programme_name="",
        cohort_name="",
        choices=Choices(private=True),
    )
