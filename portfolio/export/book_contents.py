"""The contents of a book, and what its places are called; what the declaration says was selected."""

from collections.abc import Iterator
from typing import Any

from portfolio.domain.records import Narrative
from portfolio.export.book_entries import anchor, heading, opening_words
from portfolio.export.book_front import preface_heading
from portfolio.export.book_plan import Book
from portfolio.export.environment import day_text, local_day, translations
from portfolio.export.ribbons import roman
from portfolio.export.wording import period_text

LINES_OF_CONTENTS = 20  # entries in one piece of the contents


def contents(book: Book) -> list[dict[str, Any]]:
    _ = translations(book.language).gettext
    lines: list[dict[str, Any]] = []

    def add(kind: str, where: str, title: str, date: str = "", opening: str = "") -> None:
        lines.append({"kind": kind, "anchor": where, "title": title, "date": date, "opening": opening})

    add("front", "declaration", _("Declaration"))
    if book.portfolio.preface:
        add("front", "preface", preface_heading(book))
    if book.portfolio.months:
        add("front", "trajectory", _("Trajectory"))
    for given in narratives_of(book):
        add("front", *narrative_names(book, given))
    for section in book.sections:
        label = f"{roman(section.number)}\u2002{section.label}" if section.stage else section.label
        add("st", section.anchor, label, section.period_name() if section.stage else "")
        for entry in section.entries:
            named = bool(entry.title.strip())
            date = day_text(entry.entry_date, book.language) if named else ""
            add("entry", anchor(entry.public_id), heading(entry), date, "" if named else opening_words(entry))
    first_back = len(lines)
    if book.events:
        add("end", "thresholds", _("Threshold events"))
    if any(e.tags for e in book.portfolio.entries):
        add("end", "index", _("Index of tags"))
    add("end", "assessor", _("The assessor’s narrative"))
    lines[first_back]["kind"] = "back"
    return lines


def in_pieces(lines: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The contents in pieces that a new entry at the end of a stage leaves as they are, but for the last."""
    piece: list[dict[str, Any]] = []
    entries = 0
    for line in lines:
        begins = line["kind"] == "back" or entries >= LINES_OF_CONTENTS or (line["kind"] == "st" and entries)
        if begins:
            yield piece
            piece, entries = [], 0
        piece.append(line)
        entries += line["kind"] == "entry"
    yield piece


def heading_texts(book: Book) -> dict[str, str]:
    """What each anchor stands at, in words."""
    return {line["anchor"]: " ".join(line["title"].split()) for line in contents(book)}


def narratives_of(book: Book) -> list[Narrative]:
    return sorted(book.portfolio.narratives, key=lambda n: n.kind != "student")


def narrative_names(book: Book, given: Narrative) -> tuple[str, str]:
    _ = translations(book.language).gettext
    number = narratives_of(book).index(given) + 1
    heading_text = _("The student’s narrative") if given.kind == "student" else _("The mentor’s narrative")
    return f"narrative-{number}", heading_text


def selected(book: Book) -> list[str]:
    """What the choices were, in sentences."""
    _ = translations(book.language).gettext
    p, choices = book.portfolio, book.portfolio.choices
    out = []
    if choices.from_date or choices.to_date:
        out.append(
            _("Entries of the period %(period)s.")
            % {"period": period_text(p.starts_on, p.ends_on, book.language)}
        )
    if choices.stages:
        names = [s.identity_label for s in p.stages if s.public_id in choices.stages]
        out.append(_("Of these stages: %(names)s.") % {"names": _(", ").join(names)})
    if choices.tags:
        out.append(_("With one of these tags: %(names)s.") % {"names": _(", ").join(choices.tags)})
    if choices.entries:
        out.append(_("Entries that the author chose one by one."))
    if choices.variant == "review" and not choices.private:
        out.append(_("Entries that somebody besides the author may read."))
    if choices.variant == "anonymised":
        out.append(_("Entries that somebody besides the author may read."))
        out.append(_("Each entry stands in the revision that was current when this edition was made."))
    else:
        made = day_text(local_day(p.made_at, p.timezone), book.language)
        out.append(
            _("Each entry stands in the revision that was current on %(date)s, when this edition was made.")
            % {"date": made}
        )
    if any(e.comments for e in p.entries):
        out.append(_("With the comments on it."))
    elif not choices.comments:
        out.append(_("Without the comments on it."))
    return out


def omitted(book: Book) -> str:
    _ = translations(book.language).gettext
    choices = book.portfolio.choices
    if choices.variant == "anonymised":
        return _("Private entries and drafts; photographs, links and what is said below.")
    if choices.private and choices.variant == "own":
        return _("Drafts. No entry was shortened.")
    return _("Private entries and drafts. No entry was shortened.")
