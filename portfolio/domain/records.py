"""Plain records: what a viewer may see, loaded once, handed to pages and exports.

Nothing here reaches the database. Dates are `datetime.date`; instants are aware
`datetime.datetime` in UTC; texts are NFC with LF line ends. HTML in a record has been
made and sanitised by `domain.markup`, and nowhere else.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Audience = Literal["mentor", "peer_mentor", "faculty", "cohort"]
AUDIENCES: tuple[Audience, ...] = ("mentor", "peer_mentor", "faculty", "cohort")
Role = Literal["mentee", "peer_mentor", "mentor", "lead"]
Variant = Literal["own", "review", "anonymised"]
Language = Literal["en", "zh"]
ReflectionMode = Literal["in_action", "on_action"]
ThresholdKind = Literal["knowing", "doing", "being"]


@dataclass(frozen=True, slots=True)
class Pass:
    """A member's time in a stage, in one of their runs through the stages."""

    number: int  # from 1
    starts_on: dt.date
    ends_on: dt.date | None  # the last day; None while it lasts


@dataclass(frozen=True, slots=True)
class Stage:
    """A named step of a programme, with the dates that hold for one member."""

    public_id: str
    position: int  # from 1, in the programme's order
    name: str
    identity_label: str  # "Intern"; falls back to the name
    starts_on: dt.date | None  # of the member's last stage period, else the programme's calendar
    ends_on: dt.date | None
    objectives: tuple[str, ...] = ()
    competencies: tuple[str, ...] = ()
    passes: tuple[Pass, ...] = ()  # the member's stage periods, by date; none where the calendar holds

    @property
    def spans(self) -> tuple[tuple[dt.date, dt.date | None], ...]:
        """Every time that somebody is in it, by date: first and last day, or None while it lasts."""
        if self.passes:
            return tuple((one.starts_on, one.ends_on) for one in self.passes)
        return ((self.starts_on, self.ends_on),) if self.starts_on else ()


@dataclass(frozen=True, slots=True)
class Prompt:
    """A task that a mentor sets."""

    public_id: str
    text: str
    author_name: str
    starts_on: dt.date
    ends_on: dt.date | None
    stage_id: str | None = None


@dataclass(frozen=True, slots=True)
class Meeting:
    public_id: str
    held_on: dt.date
    title: str


@dataclass(frozen=True, slots=True)
class Threshold:
    """The author's own mark, with four answers (Krishna et al. 2024, results)."""

    kinds: tuple[ThresholdKind, ...]  # a change in …
    before: str
    after: str
    helped: str


@dataclass(frozen=True, slots=True)
class Photograph:
    """A picture of an entry, already re-encoded and without metadata."""

    public_id: str
    media_type: str  # image/jpeg or image/png
    width: int  # pixels
    height: int
    alt: str
    caption: str
    sha256: str
    path: str  # absolute path of the stored file


@dataclass(frozen=True, slots=True)
class Comment:
    """Feedback on one revision; `replies` answer it, oldest first."""

    public_id: str
    author_name: str
    author_role: Role
    own: bool  # written by the viewer for whom this was loaded
    written_at: dt.datetime
    revision_number: int
    body: str
    html: str
    language: Language
    quoted: str | None = None  # the passage that it is about, as it stood in that revision
    quote_start: int | None = None  # code points into that revision's body, half-open
    quote_end: int | None = None
    replies: tuple["Comment", ...] = ()
    withdrawn: bool = False  # the author took it back: body and html are empty
    imported: bool = field(default=False, compare=False)  # its author has no account here


@dataclass(frozen=True, slots=True)
class Revision:
    number: int  # from 1
    title: str
    body: str
    html: str
    words: int
    written_at: dt.datetime  # of its last quick save
    sha256: str  # of the body, UTF-8


@dataclass(frozen=True, slots=True)
class Entry:
    """One dated reflection at its current revision, with what the viewer may see of it."""

    public_id: str
    owner_id: str  # public id of its author
    owner_name: str
    entry_date: dt.date
    title: str
    body: str
    html: str
    language: Language  # by the characters of the text
    words: int  # 字 for Chinese, words for the rest
    revision_number: int
    written_at: dt.datetime  # when the current revision was written
    created_at: dt.datetime
    draft: bool
    stage: Stage | None
    tags: tuple[str, ...] = ()
    audiences: frozenset[Audience] = frozenset()
    prompt: Prompt | None = None
    framework: str = ""
    reflection_mode: ReflectionMode | None = None
    threshold: Threshold | None = None
    retells: str | None = None  # public id of the earlier entry that this one restories
    returned_to: tuple[str, ...] = ()  # public ids of the later entries that restory this one
    photographs: tuple[Photograph, ...] = ()
    comments: tuple[Comment, ...] = ()
    revisions: tuple[Revision, ...] = ()  # loaded for the owner's archive and the history page only

    @property
    def private(self) -> bool:
        return not self.audiences


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry as a long list names it, without what only its page shows."""

    public_id: str
    owner_id: str
    owner_name: str
    entry_date: dt.date
    title: str
    html: str  # where there is no title, so that its first words can stand for one; else empty
    language: Language
    words: int


@dataclass(frozen=True, slots=True)
class Narrative:
    """The student's or the mentor's own account of the trajectory."""

    kind: Literal["student", "mentor"]
    author_name: str
    written_on: dt.date
    body: str
    html: str
    language: Language


@dataclass(frozen=True, slots=True)
class Attainment:
    """A competency shown, by narrative and evidence; never a score."""

    stage_id: str
    competency: str
    narrative: str
    evidence: tuple[str, ...]  # public ids of entries


@dataclass(frozen=True, slots=True)
class Month:
    """One column of the trajectory figure."""

    index: int  # month 1 is the first of the period
    year: int
    month: int
    stage_id: str | None  # the stage that holds most of the month
    entries: int
    prompts: int = 0
    meetings: int = 0
    thresholds: tuple[str, ...] = ()  # public ids of entries
    by_stage: tuple[tuple[str | None, int], ...] = ()  # its entries by public id of their stage


@dataclass(frozen=True, slots=True)
class Layout:
    """How a book is printed. What it says does not depend on it."""

    paper: Literal["a4", "letter"] = "a4"
    large: bool = False  # type larger by three tenths
    grey: bool = False  # greys instead of colours; patterns tell stages apart
    beneath: bool = False  # all comments beneath their entry, none in the margin
    binding: bool = False  # for sheets printed on both sides and bound: mirrored, more white at the spine
    archival: bool = False  # PDF/A-2a
    attach: bool = False  # PDF/A-3a, the open archive of the same selection attached

    @property
    def pdfa(self) -> int:
        """The part of PDF/A that the file keeps, the only one that lets an archive be attached; or 0."""
        return 3 if self.attach else 2 if self.archival else 0


@dataclass(frozen=True, slots=True)
class Choices:
    """What a student selects from the diary for one edition."""

    from_date: dt.date | None = None
    to_date: dt.date | None = None
    stages: tuple[str, ...] = ()  # public ids; empty: all
    tags: tuple[str, ...] = ()  # empty: all
    comments: bool = True
    private: bool = False  # private entries too (variant "own" only)
    variant: Variant = "own"
    layout: Layout = Layout()
    entries: tuple[str, ...] = ()  # public ids, chosen by hand among the rest; empty: all
    dedication: str = ""  # a few words on a page of their own; line ends are kept
    preface: str = ""  # Markdown, written for this document


@dataclass(frozen=True, slots=True)
class Preface:
    """What a student wrote to stand before this document, from its choices."""

    body: str
    html: str
    language: Language


@dataclass(frozen=True, slots=True)
class Portfolio:
    """What a student selected, ready to be written to a document."""

    owner_id: str
    owner_login: str
    owner_name: str
    programme_name: str
    cohort_name: str
    language: Language  # of the headings: the owner's
    timezone: str
    made_at: dt.datetime
    edition: int  # 0: not numbered (a preview or a site)
    choices: Choices
    starts_on: dt.date  # first and last day of the period shown
    ends_on: dt.date
    stages: tuple[Stage, ...]
    entries: tuple[Entry, ...]  # by entry date, then order of writing
    months: tuple[Month, ...]  # every month of the period, the empty ones too
    left_out: int  # kept entries of the owner in the whole diary that are not in `entries`
    prompts: tuple[Prompt, ...] = ()
    meetings: tuple[Meeting, ...] = ()
    narratives: tuple[Narrative, ...] = ()
    attainments: tuple[Attainment, ...] = ()
    content_hash: str = ""  # SHA-256 (hex) over what the document shows
    preface: Preface | None = None

    @property
    def anonymised(self) -> bool:
        """Whether it names nobody: months stand for dates then (`domain.months`), roles for names."""
        return self.choices.variant == "anonymised"

    def by_stage(self) -> Iterator[tuple[Stage | None, tuple[Entry, ...]]]:
        """Stages in the programme's order with their entries; entries without a stage last.

        A stage that has no selected entry is yielded too, with an empty tuple.
        """
        for stage in self.stages:
            yield stage, tuple(e for e in self.entries if e.stage and e.stage.public_id == stage.public_id)
        loose = tuple(e for e in self.entries if e.stage is None)
        if loose:
            yield None, loose


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in person. Every domain verb takes one; it carries no permission by itself."""

    user_id: int
    public_id: str
    login: str
    name: str
    account: Literal["student", "mentor", "lead", "admin"]
    language: Language
    session_id: int | None = None
    extras: dict[str, str] = field(default_factory=dict, compare=False)
