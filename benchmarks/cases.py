"""Portfolios to time documents with: of the sentences of the benchmark cohort, always the same."""

import datetime as dt
import hashlib
import io
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

from PIL import Image, ImageDraw

from portfolio.demo import scale
from portfolio.domain import markup
from portfolio.domain.records import Choices, Comment, Entry, Month, Photograph, Portfolio, Stage

MADE_AT = dt.datetime(2026, 11, 1, 9, 30, tzinfo=dt.UTC)
STAGES = ("Medical student", "Intern", "Newly qualified doctor")


def average() -> Portfolio:
    """156 entries of 7,000 words in 26 months, a comment on every fourth."""
    return _portfolio("average", 156, 7_000, 26)


def heavy() -> Portfolio:
    """600 entries of 150,000 words in 26 months, 40 photographs, a comment on every fourth."""
    return _portfolio("heavy", 600, 150_000, 26, photographs=40)


def decade() -> Portfolio:
    """3,500 entries of 1.2 million words in ten years."""
    return _portfolio("decade", 3_500, 1_200_000, 120)


def cohort() -> list[Portfolio]:
    """The 58 students of the benchmark cohort, 9,065 entries of 407,719 words."""
    of: dict[int, list[scale.ScaleRecord]] = {}
    for record in scale.records():
        of.setdefault(record.student, []).append(record)
    out = []
    for student, given in sorted(of.items()):
        entries = [
            _entry(f"{student}-{r.order}", r.date, r.title, r.body, STAGES.index(r.stage), r.tags)
            for r in given
        ]
        out.append(_bound(f"Student {student}", entries, 26))
    return out


def edited(portfolio: Portfolio, number: int) -> Portfolio:
    """One entry reads otherwise: three words more."""
    entry = portfolio.entries[number]
    body = entry.body + " And that again."
    changed = replace(
        entry, body=body, html=markup.render(body).html, revision_number=entry.revision_number + 1
    )
    entries = [*portfolio.entries[:number], changed, *portfolio.entries[number + 1 :]]
    return _again(portfolio, entries)


def added(portfolio: Portfolio) -> Portfolio:
    """One entry more, at the end."""
    last = portfolio.entries[-1]
    body = "The last one for now. I slept, and wrote it down the day after."
    more = replace(
        last, public_id=_id("added", last.public_id), title="Afterwards", body=body, comments=(),
        photographs=(), html=markup.render(body).html, words=14,
    )  # fmt: skip
    return _again(portfolio, [*portfolio.entries, more])


def _portfolio(name: str, count: int, words: int, months: int, photographs: int = 0) -> Portfolio:
    rng = Random(name)  # noqa: S311 - the same each time
    writer = scale._Writer("en", rng)
    start = dt.date(2016, 9, 1) if months > 26 else dt.date(2020, 9, 1)
    days = sorted(rng.randrange(months * 30) for _ in range(count))
    lengths = scale._shares(words, [scale._length_weight(rng) for _ in range(count)], 12)
    pictures = _pictures(photographs)
    entries = []
    for number, (day, length) in enumerate(zip(days, lengths, strict=True)):
        stage = min(day * 26 // (months * 30) // 11, 2)
        title, tags, body = writer.write(STAGES[stage], length)
        parts = body.split("\n\n")
        shown = pictures[number * photographs // count : (number + 1) * photographs // count]
        comments = (_comment(name, number, start + dt.timedelta(day)),) if number % 4 == 0 else ()
        entries.append(
            replace(
                _entry(f"{name}-{number}", start + dt.timedelta(day), title, "\n\n".join(parts), stage, tags),
                comments=comments,
                photographs=tuple(shown),
            )
        )
    return _bound(name.title(), entries, months)


def _pictures(count: int) -> list[Photograph]:
    folder = Path(tempfile.gettempdir()) / "portfolio-benchmark-photographs"
    folder.mkdir(exist_ok=True)
    out = []
    for number in range(count):
        path = folder / f"{number}.jpg"
        rng = Random(number)  # noqa: S311
        picture = Image.new("RGB", (1600, 1200))
        draw = ImageDraw.Draw(picture)
        for _ in range(400):
            x, y, size = rng.randrange(1600), rng.randrange(1200), rng.randrange(20, 300)
            draw.ellipse((x, y, x + size, y + size), fill=tuple(rng.randrange(256) for _ in range(3)))
        content = io.BytesIO()
        picture.save(content, "JPEG", quality=85)
        path.write_bytes(content.getvalue())
        digest = hashlib.sha256(content.getvalue()).hexdigest()
        out.append(
            Photograph(_id("photograph", number), "image/jpeg", 1600, 1200, "Circles", "", digest, str(path))
        )
    return out


def _entry(key: str, day: dt.date, title: str, body: str, stage: int, tags: Sequence[str]) -> Entry:
    at = dt.datetime.combine(day, dt.time(20), dt.UTC)
    made = markup.render(body)
    return Entry(
        public_id=_id(key), owner_id="o", owner_name="Student", entry_date=day, title=title, body=body,
        html=made.html, language="zh" if any("\u4e00" <= c <= "\u9fff" for c in body) else "en",
        words=len(body.split()), revision_number=1, written_at=at, created_at=at, draft=False,
        stage=_stage(stage), tags=tuple(tags), audiences=frozenset({"mentor"}),
    )  # fmt: skip


def _comment(name: str, number: int, day: dt.date) -> Comment:
    body = "I stopped at the second sentence. What would you have said, if you had had five minutes more?"
    at = dt.datetime.combine(day, dt.time(21), dt.UTC)
    return Comment(
        _id(name, "comment", number),
        "Dr Amara Osei",
        "mentor",
        False,
        at,
        1,
        body,
        markup.render(body).html,
        "en",
    )


def _stage(number: int) -> Stage:
    return Stage(_id("stage", number), number + 1, STAGES[number], STAGES[number], None, None)


def _bound(name: str, entries: Sequence[Entry], months: int) -> Portfolio:
    ordered = sorted(entries, key=lambda e: e.entry_date)
    first = ordered[0].entry_date.replace(day=1)
    return _again(
        Portfolio(
            owner_id="o", owner_login="student", owner_name=name, programme_name="Programme",
            cohort_name="2020", language="en", timezone="Europe/London", made_at=MADE_AT, edition=1,
            choices=Choices(variant="review"), starts_on=first, ends_on=ordered[-1].entry_date,
            stages=tuple(map(_stage, range(3))), entries=(),
            months=(), left_out=0,
        ),
        ordered,
    )  # fmt: skip


def _again(portfolio: Portfolio, entries: Sequence[Entry]) -> Portfolio:
    """The portfolio with these entries, counted and hashed."""
    counted = Counter((e.entry_date.year, e.entry_date.month) for e in entries)
    months = []
    year, month = portfolio.starts_on.year, portfolio.starts_on.month
    while (year, month) <= max(counted):
        of = [e.stage.public_id for e in entries if (e.entry_date.year, e.entry_date.month) == (year, month)]
        held = max(set(of), key=of.count) if of else None
        months.append(
            Month(len(months) + 1, year, month, held, len(of), by_stage=tuple(sorted(Counter(of).items())))
        )
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    shown = "".join(f"{e.public_id}{e.title}{e.html}" for e in entries)
    digest = hashlib.sha256(shown.encode()).hexdigest()
    return replace(portfolio, entries=tuple(entries), months=tuple(months), content_hash=digest)


def _id(*parts: object) -> str:
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:16]
