"""The entries of the book, one by one, and the threshold events at its end."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from portfolio.domain import markup
from portfolio.domain.records import Comment, Entry, Language, Photograph, Portfolio
from portfolio.export.environment import day_text, local_day, translations
from portfolio.export.looks import LARGER
from portfolio.export.prose import is_chinese, set_prose
from portfolio.export.tables import COLUMN
from portfolio.export.threads import DEEPEST, NOTE_LINE, Placed, passages, place, threads
from portfolio.export.wording import (
    as_html,
    framework_text,
    kinds_text,
    mode_text,
    quotation,
    render,
    role_text,
    typeset_own,
    weekday_text,
)

MOST_NOTES = 5  # lines in the margin beside a title; more would reach into what follows
NOTE_LETTERS = {"en": 34, "zh": 15}
COMMENT_ROOM = 240.0  # points that a table in a comment may be wide: answers are moved in
PHOTOGRAPH_HEIGHT, PX = 180.0, 0.75  # points: the highest (book.css), and a pixel
CAPTION_ROOM = 0.9  # of what stands beside a photograph, which its caption may fill
LONG_ANSWERS = 900  # characters; a longer block may break across pages
OPENING_LETTERS = {"en": 44, "zh": 22}

_PASSAGE_NUMBER = re.compile(r"<sup>(?:<a href=\"#\d*c\d+\">)?\d+(?:</a>)?</sup>(?=</mark>)")
_TAGS = re.compile("<[^>]*>")
_LINKED = re.compile(r'href="[^"]*/entries/([A-Za-z0-9_-]+)')


def anchor(entry_id: str) -> str:
    return f"e-{entry_id}"


def anchors_of(portfolio: Portfolio, html: str) -> dict[str, str]:
    """The anchors of the entries in the book that a text links to, by public id."""
    linked = set(_LINKED.findall(html))
    return (
        {e.public_id: anchor(e.public_id) for e in portfolio.entries if e.public_id in linked}
        if linked
        else {}
    )


def heading(entry: Entry) -> str:
    """The title, or for an entry without one its date."""
    return entry.title.strip() or day_text(entry.entry_date, entry.language)


def opening_words(entry: Entry) -> str:
    """What an entry without a title begins with, for the contents."""
    words = " ".join(markup.plain(entry.body[:400]).split())
    longest = OPENING_LETTERS[entry.language]
    if len(words) <= longest:
        return words
    cut = words[:longest]
    return (cut.rsplit(" ", 1)[0] if entry.language == "en" and " " in cut else cut).rstrip(
        " ,;:，、；：—-"
    ) + "…"


def entry_html(
    portfolio: Portfolio, entry: Entry, months: Mapping[tuple[int, int], int], digits: int
) -> Markup:
    """One entry: date and title, prompt, text, photographs, threshold, comments.

    `months` gives the number of a month of the period by (year, month); `digits`: of a page's number.
    """
    language = entry.language
    shown_comments = threads(entry.comments)
    quoted = passages(shown_comments, entry.revision_number)
    html = entry.html
    if quoted:
        html = _PASSAGE_NUMBER.sub("", markup.mark_passages(html, quoted, "", entry.body).html)
    photographs = {p.public_id: p for p in entry.photographs if Path(p.path).is_file()}
    _ = translations(language).gettext
    layout = portfolio.choices.layout
    larger = LARGER if layout.large else 1.0
    prose = set_prose(
        html,
        language,
        anchor(entry.public_id),
        photographs,
        _("Photograph"),
        COLUMN / larger,
        anchors_of(portfolio, html),
    )
    notes, more = _notes(portfolio, entry, months, digits)
    beneath = layout.beneath or layout.large
    placed = place(entry, shown_comments, prose.blocks, sum(lines for _note, lines in notes), beneath)
    view = _Comments(portfolio, entry, placed)
    return render(
        language,
        "entry.html",
        anchor=anchor(entry.public_id),
        when=weekday_text(entry.entry_date, language, alone=not entry.title.strip()),
        title=heading(entry),
        notes=[note for note, _lines in notes],
        more=more,
        room=placed.room,
        prompt=_prompt(entry),
        blocks=[
            {
                "html": as_html(b.html),
                "beside": [view.of(c) for c in placed.beside.get(i, ())],
                "top": placed.lowered.get(i, 0),
            }
            for i, b in enumerate(prose.blocks)
        ],
        photographs=[
            _photograph(p, language, larger)
            for p in entry.photographs
            if p.public_id in photographs.keys() - prose.shown
        ],
        lost=[p.alt or p.caption for p in entry.photographs if p.public_id not in photographs],
        threshold=_threshold(entry),
        beneath=[view.of(c) for c in placed.beneath],
        deepest=DEEPEST,
    )


def event_html(entry: Entry, later: Sequence[Entry], digits: int) -> Markup:
    """An entry in the list of threshold events."""
    assert entry.threshold
    answers = _answers(entry)[1:]
    return render(
        entry.language,
        "threshold.html",
        anchor=anchor(entry.public_id),
        title=heading(entry),
        when=day_text(entry.entry_date, entry.language),
        kinds=kinds_text(entry.threshold.kinds, entry.language),
        returned=[anchor(e.public_id) for e in later],
        digits=digits,
        answers=answers,
        long=sum(len(answer) for _label, answer in answers) > LONG_ANSWERS,
    )


def page_link(entry_id: str, digits: int) -> Markup:
    """The place of a page's number, which is written there when the book is bound."""
    return Markup('<a href="number:left:{}:{}">{}</a>').format(digits, anchor(entry_id), "8" * digits)


def _notes(
    portfolio: Portfolio, entry: Entry, months: Mapping[tuple[int, int], int], digits: int
) -> tuple[list[tuple[Markup | str, int]], list[Markup | str]]:
    """The margin's notes with the lines that each fills, and those that have no room there."""
    _ = translations(entry.language).gettext
    place = {
        "month": months[entry.entry_date.year, entry.entry_date.month],
        "revision": entry.revision_number,
    }
    texts: list[Markup | str] = [
        (_("Revision %(revision)s") if portfolio.anonymised else _("Month %(month)s · revision %(revision)s"))
        % place
    ]
    if entry.threshold:
        texts.append(_("Threshold event, marked by the author"))
    if entry.reflection_mode:
        texts.append(mode_text(entry.reflection_mode, entry.language))
    if entry.framework:
        texts.append(typeset_own(framework_text(entry.framework, entry.language)))
    links: list[Markup | str] = []
    there = {e.public_id for e in portfolio.entries}
    if entry.retells in there:
        links.append(
            as_html(_("Retells the entry on p. %(page)s")) % {"page": page_link(str(entry.retells), digits)}
        )
    links += [
        as_html(_("Returned to on p. %(page)s")) % {"page": page_link(later, digits)}
        for later in entry.returned_to
        if later in there
    ]
    joined = _(", ").join(entry.tags)
    more: list[Markup | str] = []
    if joined and _height([*texts, *links, joined], entry.language) <= MOST_NOTES:
        texts.append(typeset_own(joined, entry.language))
    elif joined:
        more.append(typeset_own(joined, entry.language))
    notes = [*texts, *links]
    while len(notes) > 1 and _height(notes, entry.language) > MOST_NOTES:
        more.insert(0, notes.pop())
    return [(text, _lines(text, entry.language)) for text in notes], more


def _height(texts: Sequence[str], language: Language) -> int:
    return sum(_lines(text, language) for text in texts)


def _lines(text: str, language: Language) -> int:
    return -(-len(_TAGS.sub("00", text)) // NOTE_LETTERS[language])


def _prompt(entry: Entry) -> dict[str, Any] | None:
    if not entry.prompt:
        return None
    _ = translations(entry.language).gettext
    given = entry.prompt
    return {
        "label": _("Prompt from %(name)s, %(date)s")
        % {"name": given.author_name, "date": day_text(given.starts_on, entry.language)},
        "text": given.text,
        "paragraphs": [part for part in re.split(r"\n\s*\n", given.text.strip()) if part],
        "long": len(given.text) > LONG_ANSWERS,
    }


def _photograph(photograph: Photograph, language: Language, larger: float) -> dict[str, Any]:
    """A photograph; its caption stands beside it if it is no higher, else beneath."""
    alt = photograph.alt or photograph.caption or translations(language).gettext("Photograph")
    shown = min(
        PHOTOGRAPH_HEIGHT * larger,
        COLUMN * photograph.height / max(photograph.width, 1),
        PX * photograph.height,
    )
    own: Language = "zh" if is_chinese(photograph.caption) else "en"
    height = _lines(photograph.caption, own) * NOTE_LINE[own] * larger**2
    beside = height <= max(CAPTION_ROOM * shown, NOTE_LINE[own])
    return {"id": photograph.public_id, "alt": alt, "caption": photograph.caption, "beside": beside}


def _threshold(entry: Entry) -> dict[str, Any] | None:
    if not entry.threshold:
        return None
    answers = _answers(entry)
    return {"answers": answers, "long": sum(len(answer) for _label, answer in answers) > LONG_ANSWERS}


def _answers(entry: Entry) -> list[tuple[str, str]]:
    """The author's four answers with their labels; the first is the kind of change."""
    catalogue = translations(entry.language)
    _ = catalogue.gettext
    assert entry.threshold
    given = entry.threshold
    answers = [
        (_("A change in"), kinds_text(given.kinds, entry.language)),
        (str(catalogue.pgettext("threshold", "Before")), given.before.strip()),
        (str(catalogue.pgettext("threshold", "After")), given.after.strip()),
        (_("What helped"), given.helped.strip()),
    ]
    return [answers[0]] + [(label, answer) for label, answer in answers[1:] if answer]


class _Comments:
    """What the template shows of a comment and its answers."""

    def __init__(self, portfolio: Portfolio, entry: Entry, placed: Placed) -> None:
        self.portfolio, self.entry, self.placed = portfolio, entry, placed

    def of(self, comment: Comment, within: Language | None = None) -> dict[str, Any]:
        """`within`: the language of the comment that this one answers; else it stands in the entry's."""
        around = self.entry.language
        outer = within or around
        chinese = comment.language == "zh" and outer != "zh"
        latin = comment.language == "en" and outer == "zh"
        name = Markup("<b>{}</b>").format(typeset_own(comment.author_name, around))
        named = comment.own or not self.portfolio.anonymised
        return {
            "author": comment.author_name,
            "name": name,
            "role": role_text(comment.author_role, around) if named else "",
            "date": day_text(local_day(comment.written_at, self.portfolio.timezone), around),
            "revision": comment.revision_number,
            "quoted": quotation(comment.quoted) if comment.quoted else "",
            "gone": comment.public_id in self.placed.gone,
            "withdrawn": comment.withdrawn,
            "text": as_html(self._text(comment)),
            "own_class": " zh" if chinese else " en" if latin else "",
            "lang": Markup(' lang="zh-Hans"') if chinese else Markup(' lang="en"') if latin else "",
            "replies": [self.of(reply, comment.language) for reply in threads(comment.replies)],
        }

    def _text(self, comment: Comment) -> str:
        room = COMMENT_ROOM / (LARGER if self.portfolio.choices.layout.large else 1.0)
        anchors = anchors_of(self.portfolio, comment.html)
        name = f"c-{comment.public_id}"
        return set_prose(comment.html, comment.language, name, {}, room=room, entries=anchors).html
