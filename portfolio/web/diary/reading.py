"""One entry before its reader: the text with its notes, who can read it, its history, its end."""

import secrets
from dataclasses import dataclass

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from portfolio.domain import diary, diff, errors, feedback, markup, records
from portfolio.domain.records import AUDIENCES
from portfolio.web import notice, now, viewer
from portfolio.web.diary.area import KINDS, bp, reached
from portfolio.web.forms import WHERE_A_FORM_WAS, Filled, filled, many_of, one_of
from portfolio.web.i18n import listed

ANSWER = ("body", "quoted", "revision", "answers", "creation_key", "next")
NOTES_MOST = 24  # that can stand level with their passages: the style sheet has a rule for each


@dataclass(frozen=True, slots=True)
class Note:
    """A thread beside the text."""

    comment: records.Comment
    number: int  # in the order of the margin, from 1
    marked: bool  # whether its passage stands in the text, under the same number
    rewritten: bool  # it quotes a passage that is there no more
    outdated: bool  # the entry has been changed since
    changes: str  # address of what changed since, "" where it is not the viewer's to see


@dataclass(frozen=True, slots=True)
class Reading:
    """An entry laid open: its text with marked passages, and the notes in the order of the margin."""

    page: diary.EntryPage
    text: Markup
    notes: tuple[Note, ...]
    answer: Filled

    @property
    def entry(self) -> records.Entry:
        return self.page.entry


def lay_open(page: diary.EntryPage, answer: Filled | None = None) -> Reading:
    """An entry with its notes; `answer` is a comment refused; else one taken back may be named."""
    text, notes = _noted(page)
    blank = Filled(
        dict.fromkeys(ANSWER, "")
        | {"revision": str(page.entry.revision_number), "creation_key": secrets.token_urlsafe(16)}
    )
    return Reading(page, text, notes, answer or _taken_back(page, blank))


def _taken_back(page: diary.EntryPage, blank: Filled) -> Filled:
    """The form with the words of the comment that the address names, where the viewer took it back."""
    comment_id = request.args.get("again", "")
    if not comment_id:
        return blank
    try:
        words = feedback.taken_back(viewer(), comment_id, now=now())
    except errors.NotFound:
        return blank
    if words.entry_id != page.entry.public_id:
        return blank
    key = words.creation_key or blank["creation_key"]
    return Filled(
        blank.values
        | {"body": words.body, "quoted": words.quoted, "answers": words.answers, "creation_key": key}
    )


@bp.get("/entries/<entry_id>")
@bp.get("/entries/<entry_id>/comments", **WHERE_A_FORM_WAS)
@bp.get("/entries/<entry_id>/threshold", **WHERE_A_FORM_WAS)
def entry(entry_id: str) -> ResponseReturnValue:
    return entry_response(entry_id)


def entry_response(entry_id: str, *, answer: Filled | None = None, threshold: Filled | None = None) -> str:
    """The page of an entry, with a form that was refused where there is one."""
    page = diary.entry_page(viewer(), entry_id, now=now())
    g.place = _place(page)
    return render_template(
        "diary/entry.html",
        page=page,
        entry=page.entry,
        reading=lay_open(page, answer),
        notes_most=NOTES_MOST,
        new=_new_comments(page),
        threshold=threshold,
        threshold_form=_threshold_form(page.entry.threshold),
        outdated=_read_before(page),
        earlier=page.linked.get(page.entry.retells or ""),
        later=[page.linked[i] for i in page.entry.returned_to if i in page.linked],
        plates=[p for p in page.entry.photographs if f"/photographs/{p.public_id}" not in page.entry.html],
    )


def _place(page: diary.EntryPage) -> str:
    """Where in the navigation an entry is found."""
    if page.own:
        return "diary.timeline"
    return "feedback.community" if page.entry.audiences == {"cohort"} else "feedback.queue"


def _new_comments(page: diary.EntryPage) -> tuple[str, ...]:
    """Public ids of the comments that the author of an entry has before them for the first time."""
    if not page.own or not page.entry.comments:
        return ()
    entry_id = page.entry.public_id
    return next((a.comments for a in feedback.new_answers(viewer()) if a.entry.public_id == entry_id), ())


def _threshold_form(threshold: records.Threshold | None) -> Filled:
    names = ("before", "after", "helped")
    return Filled({name: getattr(threshold, name) if threshold else "" for name in names})


def _noted(page: diary.EntryPage) -> tuple[Markup, tuple[Note, ...]]:
    entry = page.entry
    quoted = {
        i: (c.quoted, c.quote_start if c.revision_number == entry.revision_number else None)
        for i, c in enumerate(entry.comments)
        if c.quoted and not c.withdrawn
    }
    found = markup.mark_passages(entry.html, [(i, *q) for i, q in quoted.items()], body=entry.body)
    # Notes are numbered in the order in which their passages are read, the others after them
    order = sorted(found.found, key=lambda i: found.html.index(f'id="p{i}"'))
    order += [i for i in range(len(entry.comments)) if i not in found.found]
    numbers = {i: n for n, i in enumerate(order, 1)}
    marked = markup.mark_passages(
        entry.html, [(numbers[i], *q) for i, q in quoted.items() if i in found.found], body=entry.body
    )
    notes = tuple(
        Note(
            comment=entry.comments[i],
            number=numbers[i],
            marked=i in found.found,
            rewritten=i in quoted and i not in found.found,
            outdated=entry.comments[i].revision_number < entry.revision_number,
            changes=_changes_address(page, entry.comments[i]),
        )
        for i in order
    )
    return Markup(marked.html), notes  # noqa: S704  made by domain.markup


def _changes_address(page: diary.EntryPage, comment: records.Comment) -> str:
    number = comment.revision_number
    if number == page.entry.revision_number:
        return ""
    if not (page.own or comment.own or number == page.read_revision):
        return ""
    return url_for("diary.changes", entry_id=page.entry.public_id, old=number)


def _read_before(page: diary.EntryPage) -> list[tuple[str, int]]:
    """Who has read an earlier revision only, and which: names by revision, the latest last."""
    by_revision: dict[int, list[str]] = {}
    for name, number, _when in page.read_by_others:
        if number < page.entry.revision_number:
            by_revision.setdefault(number, []).append(name)
    return [(listed(names), number) for number, names in sorted(by_revision.items())]


# ---------------------------------------------------------------- who can read it, what it is


@bp.post("/entries/<entry_id>/readers")
def set_readers(entry_id: str) -> ResponseReturnValue:
    page = diary.entry_page(viewer(), entry_id, now=now())
    if request.form.get("withdraw"):
        gone = one_of("withdraw", AUDIENCES)
        wanted = page.entry.audiences - {gone}
    else:
        gone, wanted = "", frozenset(many_of("audiences", AUDIENCES))  # type: ignore[arg-type]
    diary.set_audiences(viewer(), entry_id, wanted, now=now())
    if gone:
        names = reached(page.readers[gone])  # type: ignore[index]
        notice(_("%(names)s can no longer read this.", names=names) if names else _("That is taken back."))
    elif wanted:
        notice(_("Shared. You can take it back at any time."))
    else:
        notice(_("Only you can read this now."))
    return redirect(url_for("diary.entry", entry_id=entry_id, _anchor="readers"))


@bp.post("/entries/<entry_id>/threshold")
def set_threshold(entry_id: str) -> ResponseReturnValue:
    form = filled("before", "after", "helped")
    if request.form.get("do") == "unmark":
        diary.unmark_threshold(viewer(), entry_id)
        return redirect(url_for("diary.entry", entry_id=entry_id))
    try:
        diary.mark_threshold(viewer(), entry_id, kinds=many_of("kinds", KINDS), **form.values, now=now())
    except errors.Invalid as refusal:
        form.values["kinds"] = " ".join(request.form.getlist("kinds"))
        return entry_response(entry_id, threshold=form.refused(refusal, at="kinds")), 422
    return redirect(url_for("diary.entry", entry_id=entry_id, _anchor="threshold"))


@bp.post("/entries/<entry_id>/delete")
def delete(entry_id: str) -> ResponseReturnValue:
    diary.delete_entry(viewer(), entry_id, now=now())
    notice(
        ngettext(
            "Deleted. It can be brought back for %(num)s day.",
            "Deleted. It can be brought back for %(num)s days.",
            diary.UNDO_DAYS,
        ),
        kind="",
        undo=url_for("diary.restore", entry_id=entry_id),
    )
    return redirect(url_for("diary.timeline"))


@bp.post("/entries/<entry_id>/restore")
def restore(entry_id: str) -> ResponseReturnValue:
    diary.restore_entry(viewer(), entry_id, now=now())
    notice(_("It is back as it was."))
    return redirect(url_for("diary.entry", entry_id=entry_id))


# ---------------------------------------------------------------- history


@bp.get("/entries/<entry_id>/history")
def history(entry_id: str) -> ResponseReturnValue:
    g.place = "diary.timeline"
    return render_template("diary/history.html", entry=diary.history(viewer(), entry_id, now=now()))


@bp.get("/entries/<entry_id>/versions/<int:number>")
def version(entry_id: str, number: int) -> ResponseReturnValue:
    """A version as it stood; `since` is the one whose changes it was reached from, to go back to them."""
    entry, revision = diary.revision(viewer(), entry_id, number, now=now())
    own = entry.owner_id == viewer().public_id
    g.place = "diary.timeline" if own else "feedback.queue"
    return render_template(
        "diary/version.html",
        entry=entry,
        revision=revision,
        own=own,
        since=request.args.get("since", type=int),
    )


@bp.get("/entries/<entry_id>/changes/<int:old>")
@bp.get("/entries/<entry_id>/changes/<int:old>/<int:new>")
def changes(entry_id: str, old: int, new: int | None = None) -> ResponseReturnValue:
    change = diary.changes(viewer(), entry_id, old, new, now=now())
    g.place = "diary.timeline" if change.entry.owner_id == viewer().public_id else "feedback.queue"
    return render_template("diary/changes.html", change=change, text=changes_text(change))


def changes_text(change: diary.Change) -> Markup:
    """What changed, as paragraphs with `ins` and `del`."""

    def unchanged(paragraphs: int) -> str:
        return ngettext("%(num)s paragraph unchanged", "%(num)s paragraphs unchanged", paragraphs)

    return Markup(diff.to_html(change.blocks, unchanged))  # noqa: S704  escaped by domain.diff
