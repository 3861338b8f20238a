"""What an import brings: plain records that know neither a file format nor a database.

An open archive and a folder of Markdown files are both read into an `ImportBundle`; the diary's
import verb takes one, checks all of it and writes it. A reader has checked form (dates exist,
texts are text, hashes agree); whether a date may be in the future or a text is too long for the
diary is the domain's to judge.

Ids (`public_id`, `…_id`) are those of the place that the bundle comes from; None where it had none.
Texts are NFC with LF line ends; instants are aware, in UTC.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from portfolio.domain.records import Audience, Language, Pass, ReflectionMode, Role, Threshold

BODY_BYTES = 2 * 1024 * 1024  # longest body that is read from a file, in UTF-8


@dataclass(frozen=True, slots=True)
class ImportedStage:
    name: str
    position: int  # from 1
    public_id: str | None = None
    identity_label: str = ""
    starts_on: dt.date | None = None  # from a plain folder: the first entry's date
    ends_on: dt.date | None = None  # from a plain folder: the last entry's date
    objectives: tuple[str, ...] = ()
    competencies: tuple[str, ...] = ()
    passes: tuple[Pass, ...] = ()  # where its owner was in it more than once


@dataclass(frozen=True, slots=True)
class ImportedPrompt:
    public_id: str
    text: str
    author_name: str
    starts_on: dt.date
    ends_on: dt.date | None = None
    stage_id: str | None = None


@dataclass(frozen=True, slots=True)
class ImportedMeeting:
    public_id: str
    held_on: dt.date
    title: str


@dataclass(frozen=True, slots=True)
class ImportedNarrative:
    kind: Literal["student", "mentor"]
    author_name: str
    written_on: dt.date
    body: str


@dataclass(frozen=True, slots=True)
class ImportedAttainment:
    stage_id: str
    competency: str
    narrative: str
    evidence: tuple[str, ...] = ()  # public ids of entries in the bundle


@dataclass(frozen=True, slots=True)
class ImportedRevision:
    number: int  # from 1
    title: str
    body: str
    written_at: dt.datetime
    sha256: str  # of the body, UTF-8


@dataclass(frozen=True, slots=True)
class ImportedComment:
    """Feedback with its author's name, who may have no account here; oldest reply first."""

    public_id: str
    author_name: str
    author_role: Role
    own: bool  # written by the archive's owner
    written_at: dt.datetime
    revision_number: int
    body: str
    quoted: str | None = None
    quote_start: int | None = None
    quote_end: int | None = None
    withdrawn: bool = False
    replies: tuple["ImportedComment", ...] = ()


@dataclass(frozen=True, slots=True)
class ImportedPhotograph:
    public_id: str
    media_type: str
    width: int  # pixels, as the archive says
    height: int
    alt: str
    caption: str
    sha256: str
    read: Callable[[], bytes]  # the picture, its hash checked again; raises ImportRefused


@dataclass(frozen=True, slots=True)
class ImportedEntry:
    """One dated reflection.

    `source_key` is equal whenever the same file (or archived entry) is read again, so an import
    done twice can find what the first one made.
    """

    source_key: str
    source_name: str  # the file, for messages
    entry_date: dt.date
    title: str
    body: str
    sha256: str  # of the body, UTF-8
    stage_name: str | None = None
    stage_id: str | None = None
    public_id: str | None = None
    tags: tuple[str, ...] = ()
    audiences: frozenset[Audience] = frozenset()
    created_at: dt.datetime | None = None
    written_at: dt.datetime | None = None  # of the current revision
    revision_number: int = 1
    revisions: tuple[ImportedRevision, ...] = ()  # oldest first, the current one included; empty: only `body`
    draft: bool = False
    prompt_id: str | None = None
    prompt_text: str = ""
    framework: str = ""
    reflection_mode: ReflectionMode | None = None
    threshold: Threshold | None = None
    retells: str | None = None  # public id of an entry in the bundle
    comments: tuple[ImportedComment, ...] = ()
    photographs: tuple[ImportedPhotograph, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportBundle:
    """All that one archive or folder holds. `remarks` say what was left aside, and why."""

    source: Literal["archive", "markdown", "leap2a"]
    name: str  # of the file or folder
    entries: tuple[ImportedEntry, ...]  # by entry date, then as they stood
    stages: tuple[ImportedStage, ...] = ()
    prompts: tuple[ImportedPrompt, ...] = ()
    meetings: tuple[ImportedMeeting, ...] = ()
    narratives: tuple[ImportedNarrative, ...] = ()
    attainments: tuple[ImportedAttainment, ...] = ()
    owner_name: str = ""
    programme_name: str = ""
    cohort_name: str = ""
    timezone: str = ""  # IANA name; empty: not said
    language: Language | None = None
    made_at: dt.datetime | None = None
    remarks: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()  # of files that could not be read; an import with any is refused
