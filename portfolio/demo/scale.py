"""The benchmark cohort: as many people, records and words as a real community left behind.

Li & Zhong (2023) collected 9,065 chat records of 407,719 words from 58 students in 26 months,
with two monthly peaks of 788 and 706 records after the mentor had set a task (sections 2.3 and
3.3). Here a record is an entry: the paper counts posts, and its students posted what this
product keeps as entries. The paper prints neither the months of its peaks nor the other months'
numbers nor the share of private writing, so those are chosen: the peaks follow the placements
(July 2021) and the return to school (March 2021), as the paper names their occasions.

Words are those of the bodies, counted by `domain.text.count_words`. Eight students in 58 write
Chinese. The texts are put together from the sentences of scale.toml.
"""

import datetime as dt
import re
import tomllib
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from random import Random
from typing import Any, TypeVar

from portfolio.domain.records import Audience, Language
from portfolio.domain.text import count_words

STUDENTS = 58
RECORDS = 9_065
WORDS = 407_719  # of all bodies
FIRST_MONTH = (2020, 9)
DEFAULT_SEED = 2023

# Records in each month, from September 2020 to October 2022
MONTHS = (
    *(398, 441, 409, 372, 262, 305, 706, 447, 381, 362),
    *(788, 495, 428, 452, 384, 341, 296, 218, 271, 249, 237, 312),
    *(190, 142, 96, 83),
)
STAGES = (  # the first month index of each, from 0 (Li & Zhong 2023, Table 1)
    (0, "Medical student"),
    (10, "Intern"),
    (22, "Newly qualified doctor"),
)
CHINESE_EVERY = 7  # students 7, 14, … 56 write Chinese
LONGEST_CLOSER = 12  # words; scale.toml has closers of every length up to this
SENTENCES_A_PARAGRAPH = 5
_SLOT = re.compile(r"\{(\w+)\}")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ScaleTask:
    """A prompt after which a month peaks."""

    text: str
    starts_on: dt.date
    ends_on: dt.date


TASKS = (
    ScaleTask(
        "We are going back to school. What will you keep of the months at home?",
        dt.date(2021, 3, 1),
        dt.date(2021, 3, 31),
    ),
    ScaleTask(
        "You have moved to your hospitals. Describe one scene at work.",
        dt.date(2021, 7, 1),
        dt.date(2021, 7, 31),
    ),
)
TASK_SHARE = 0.5  # of the records of a task's month answer it

# Who may read a record, with the share of it
AUDIENCES: tuple[tuple[float, frozenset[Audience]], ...] = (
    (0.50, frozenset({"mentor", "cohort"})),
    (0.70, frozenset({"mentor"})),
    (0.76, frozenset({"mentor", "faculty"})),
    (0.80, frozenset({"cohort"})),
    (1.00, frozenset()),
)


@dataclass(frozen=True, slots=True)
class ScaleRecord:
    """One entry of the benchmark cohort."""

    order: int  # 1 to 9,065, by date
    student: int  # 1 to 58
    date: dt.date
    stage: str  # its name
    title: str
    body: str  # Markdown, NFC, LF
    language: Language
    tags: tuple[str, ...]
    audiences: frozenset[Audience]
    task: int | None  # index into TASKS of the prompt that it answers


def records(seed: int = DEFAULT_SEED) -> Iterator[ScaleRecord]:
    """All records in the order of their dates; equal for equal seeds, on any machine.

    Exactly `STUDENTS` students, `RECORDS` records, `WORDS` words, and `MONTHS` records a month,
    whatever the seed.
    """
    # Of Random only random() is promised to stay the same between versions of Python
    rng = Random(seed)  # noqa: S311
    days = sorted(_days(rng))
    students = _shuffled(rng, _students(rng))
    lengths = _shares(WORDS, [_length_weight(rng) for _ in range(RECORDS)], least=3)
    writers: dict[Language, _Writer] = {"en": _Writer("en", rng), "zh": _Writer("zh", rng)}
    for order, (day, student, length) in enumerate(zip(days, students, lengths, strict=True), start=1):
        language: Language = "zh" if student % CHINESE_EVERY == 0 else "en"
        stage = _stage(day)
        title, tags, body = writers[language].write(stage, length)
        yield ScaleRecord(
            order=order,
            student=student,
            date=day,
            stage=stage,
            title=title,
            body=body,
            language=language,
            tags=tags,
            audiences=_audiences(rng.random()),
            task=next(
                (
                    i
                    for i, task in enumerate(TASKS)
                    if task.starts_on <= day <= task.ends_on and rng.random() < TASK_SHARE
                ),
                None,
            ),
        )


def _days(rng: Random) -> Iterator[dt.date]:
    first_year, first_month = FIRST_MONTH
    for index, count in enumerate(MONTHS):
        year, month = divmod(first_year * 12 + first_month - 1 + index, 12)
        last = monthrange(year, month + 1)[1]
        for _ in range(count):
            yield dt.date(year, month + 1, 1 + int(rng.random() * last))


def _stage(day: dt.date) -> str:
    index = (day.year - FIRST_MONTH[0]) * 12 + day.month - FIRST_MONTH[1]
    return next(name for start, name in reversed(STAGES) if index >= start)


def _students(rng: Random) -> list[int]:
    """The author of each record: some write every other day, some twice a term."""
    weights = [0.05 + rng.random() ** 2 for _ in range(STUDENTS)]
    counts = _shares(RECORDS, weights, least=12)
    return [student for student, count in enumerate(counts, start=1) for _ in range(count)]


def _length_weight(rng: Random) -> float:
    """Many short records, few long ones: from a quarter of the mean to four times it."""
    return 1 / (0.12 + rng.random()) - 0.4


def _shares(total: int, weights: Sequence[float], least: int) -> list[int]:
    """Whole numbers near the weights' shares of `total`, none below `least`, with that exact sum."""
    rest = total - least * len(weights)
    scale = rest / sum(weights)
    shares = [int(weight * scale) for weight in weights]
    for i in range(rest - sum(shares)):
        shares[i] += 1
    return [least + share for share in shares]


def _audiences(draw: float) -> frozenset[Audience]:
    return next(audiences for share, audiences in AUDIENCES if draw < share)


def _pick(rng: Random, items: Sequence[T]) -> T:
    return items[int(rng.random() * len(items))]


def _shuffled(rng: Random, items: Iterable[T]) -> list[T]:
    return [item for _, item in sorted(((rng.random(), item) for item in items), key=lambda pair: pair[0])]


class _Writer:
    """Puts texts of an exact length together, in one language."""

    def __init__(self, language: Language, rng: Random) -> None:
        bank = _bank()[language]
        self._rng = rng
        self._gap = "" if language == "zh" else " "
        self._slots: dict[str, list[str]] = bank["slots"]
        self._reflections: list[str] = bank["reflections"]
        self._topics: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for topic in bank["topics"].values():
            for stage in topic["stages"]:
                self._topics[stage].append(topic)
        self._closers: dict[int, list[str]] = defaultdict(list)
        for closer in bank["closers"]:
            self._closers[_words(closer)].append(closer)

    def write(self, stage: str, length: int) -> tuple[str, tuple[str, ...], str]:
        """A title, tags, and a body of exactly `length` words, about something of that stage."""
        topic = _pick(self._rng, self._topics[stage])
        tags = tuple(topic["tags"][: 1 + int(self._rng.random() * len(topic["tags"]))])
        return _pick(self._rng, topic["titles"]), tags, self._body(topic["sentences"], length)

    def _body(self, scene: list[str], length: int) -> str:
        # The scene first, then thoughts about it; a long text goes round again
        ahead: list[str] = []
        sentences: list[str] = []
        misses = 0
        while length > 0:
            if length <= LONGEST_CLOSER or misses > 4:
                closer = _pick(self._rng, self._closers[min(length, LONGEST_CLOSER)])
                sentences.append(closer)
                length -= min(length, LONGEST_CLOSER)
                misses = 0
                continue
            if not ahead:
                ahead = self._plan(scene)
            sentence = self._filled(ahead.pop())
            words = _words(sentence)
            if words > length:
                misses += 1
                continue
            sentences.append(sentence)
            length -= words
        return "\n\n".join(
            self._gap.join(sentences[i : i + SENTENCES_A_PARAGRAPH])
            for i in range(0, len(sentences), SENTENCES_A_PARAGRAPH)
        )

    def _plan(self, scene: list[str]) -> list[str]:
        """Sentences to be taken from the end: the scene in any order, then some reflections."""
        thoughts = int(self._rng.random() * len(self._reflections))
        return [*(self._reflections * 2)[thoughts : thoughts + 4], *_shuffled(self._rng, scene)]

    def _filled(self, sentence: str) -> str:
        filled = _SLOT.sub(lambda slot: _pick(self._rng, self._slots[slot[1]]), sentence)
        return filled[0].upper() + filled[1:]


@lru_cache(maxsize=20_000)
def _words(sentence: str) -> int:
    return count_words(sentence)


@lru_cache(maxsize=1)
def _bank() -> dict[str, Any]:
    return tomllib.loads(resources.files("portfolio.demo").joinpath("scale.toml").read_text(encoding="utf-8"))
