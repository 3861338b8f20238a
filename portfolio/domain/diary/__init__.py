"""The diary: entries, their revisions, who may read them, and reading back."""

from portfolio.domain.diary.entries import (
    AUTOSAVE_FOLD_MINUTES,
    BODY_LONGEST,
    FRAMEWORKS,
    TITLE_LONGEST,
    UNDO_DAYS,
    Desk,
    Draft,
    Saved,
    delete_entry,
    deleted_entries,
    desk,
    entry_version,
    keep_entry,
    preview,
    restore_entry,
    save_entry,
    set_audiences,
)
from portfolio.domain.diary.loading import load
from portfolio.domain.diary.marks import mark_threshold, restory, unmark_threshold
from portfolio.domain.diary.reading import Change, EntryPage, changes, entry_page, history
from portfolio.domain.diary.timeline import PAGE_SIZE, Filters, Timeline, months_of, timeline

__all__ = [
    "AUTOSAVE_FOLD_MINUTES",
    "BODY_LONGEST",
    "FRAMEWORKS",
    "PAGE_SIZE",
    "TITLE_LONGEST",
    "UNDO_DAYS",
    "Change",
    "Desk",
    "Draft",
    "EntryPage",
    "Filters",
    "Saved",
    "Timeline",
    "changes",
    "delete_entry",
    "deleted_entries",
    "desk",
    "entry_page",
    "entry_version",
    "history",
    "keep_entry",
    "load",
    "mark_threshold",
    "months_of",
    "preview",
    "restore_entry",
    "restory",
    "save_entry",
    "set_audiences",
    "timeline",
    "unmark_threshold",
]
