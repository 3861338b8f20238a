"""Feedback on the web: the mentor's queue, those whom a mentor accompanies, the cohort, comments."""

import datetime as dt
from dataclasses import dataclass
from itertools import groupby
from typing import cast

from flask import Blueprint, current_app, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from portfolio import jobs
from portfolio.domain import diary, errors, feedback, portfolios, programme, records
from portfolio.web import notice, now, viewer
from portfolio.web.diary.reading import ANSWER, Reading, changes_text, entry_response, lay_open
from portfolio.web.forms import WHERE_A_FORM_WAS, Filled, filled
from portfolio.web.i18n import said
from portfolio.web.security import safe_next, wants_json

WORDS_A_MINUTE = 180  # of somebody who reads in order to answer
ANSWER_MINUTES = 1  # and who then writes a few lines
WAITING_SHOWN = 50  # of what waits to be read, in one stretch
COMMENTS_MOST = 500  # that are marked as read at once
POSTS = 30  # in the cohort's stream
WHOLE_WORDS = 130  # an entry with no more stands there whole
POST_EXCERPT = 500  # characters of a longer one

bp = Blueprint("feedback", __name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """The entry of the queue that is open: as it is now, or what changed since it was read."""

    waiting: feedback.Waiting
    reading: Reading
    change: diary.Change | None
    changed: Markup
    later: str  # address of the next one


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the list of what waits. Its neighbours are found by an entry, so none is skipped when
    another is read meanwhile."""

    rows: list[feedback.Waiting]
    start: int  # how many stand before it
    total: int
    before: str  # addresses, "" where there is nothing
    after: str


@bp.get("/mentoring")
def queue() -> ResponseReturnValue:
    waiting = feedback.waiting(viewer(), now=now())
    asked = request.args.get("entry", "")
    found = [w for w in waiting if w.entry.public_id == asked]
    if asked and not found:  # read meanwhile, or not to be read any more: its own page knows
        return redirect(url_for("diary.entry", entry_id=asked, again=request.args.get("again")))
    return _queue_page(waiting, found[0] if found else waiting[0] if waiting else None)


def _queue_page(
    waiting: list[feedback.Waiting], chosen: feedback.Waiting | None, answer: Filled | None = None
) -> str:
    g.place = "feedback.queue"
    asked = [
        m for m in programme.matches(viewer()) if m.state == "proposed" and m.mentor_id == viewer().public_id
    ]
    faculty = feedback.shared_with_faculty(viewer(), now=now())
    return render_template(
        "feedback/queue.html",
        window=_window(waiting, chosen),
        opened=_open(waiting, chosen, answer) if chosen else None,
        mentees=feedback.mentees(viewer(), now=now()),
        asked=asked,
        faculty=_by_month(faculty),
        unread=feedback.unread_among(viewer(), faculty),
        minutes=sum(ANSWER_MINUTES + w.entry.words // WORDS_A_MINUTE for w in waiting),
    )


def _window(waiting: list[feedback.Waiting], chosen: feedback.Waiting | None) -> Window:
    """The stretch of the list in which the chosen entry stands."""
    at = waiting.index(chosen) if chosen else 0
    start = at - at % WAITING_SHOWN
    end = start + WAITING_SHOWN

    def address(place: int) -> str:
        return url_for("feedback.queue", entry=waiting[place].entry.public_id)

    return Window(
        rows=waiting[start:end],
        start=start,
        total=len(waiting),
        before=address(start - WAITING_SHOWN) if start else "",
        after=address(end) if end < len(waiting) else "",
    )


def _open(waiting: list[feedback.Waiting], chosen: feedback.Waiting, answer: Filled | None) -> Opened:
    entry_id = chosen.entry.public_id
    page = diary.entry_page(viewer(), entry_id, now=now())
    change = None
    if chosen.read_revision and "whole" not in request.args:
        change = diary.changes(viewer(), entry_id, chosen.read_revision, now=now())
    at = waiting.index(chosen)
    after = waiting[(at + 1) % len(waiting)]
    return Opened(
        waiting=chosen,
        reading=lay_open(page, answer),
        change=change,
        changed=changes_text(change) if change else Markup(),
        later=url_for("feedback.queue", entry=after.entry.public_id) if len(waiting) > 1 else "",
    )


@bp.get("/mentoring/<person_id>")
@bp.get("/mentoring/<person_id>/narrative", **WHERE_A_FORM_WAS)
def person(person_id: str) -> ResponseReturnValue:
    return _person_page(person_id, None)


@bp.post("/mentoring/<person_id>/narrative")
def write_narrative(person_id: str) -> ResponseReturnValue:
    form = filled("body")
    portfolios.narrative_by(viewer(), person_id)  # whoever may not write one learns no more than that
    try:
        portfolios.write_narrative(viewer(), form["body"], subject_id=person_id, now=now())
    except errors.Invalid as refusal:
        return _person_page(person_id, form.refused(refusal, at="body")), 422
    notice(_("The narrative is kept."))
    return redirect(url_for("feedback.person", person_id=person_id))


def _person_page(person_id: str, form: Filled | None) -> str:
    name, entries = feedback.entries_of(viewer(), person_id, now=now())
    try:
        narrative = portfolios.narrative_by(viewer(), person_id)
        writes = True
    except errors.NotFound:
        narrative, writes = None, False
    matches = [m for m in programme.matches(viewer()) if m.state == "active" and m.mentee_id == person_id]
    return render_template(
        "feedback/person.html",
        matches=matches,
        name=name,
        person_id=person_id,
        months=_by_month(entries),
        narrative=narrative,
        writes=writes,
        form=form,
        longest=portfolios.NARRATIVE_LONGEST,
    )


def _by_month(entries: list[records.Entry]) -> list[tuple[dt.date, tuple[records.Entry, ...]]]:
    """Entries in their order under the first days of their months."""
    by_month = groupby(entries, key=lambda entry: entry.entry_date.replace(day=1))
    return [(first, tuple(group)) for first, group in by_month]


@bp.post("/mentoring/matches/<match_id>/accept")
def accept_match(match_id: str) -> ResponseReturnValue:
    match = programme.accept_match(viewer(), match_id, now=now())
    notice(_("You accompany %(name)s from now on.", name=match.mentee_name))
    return redirect(url_for("feedback.queue"))


@bp.post("/mentoring/matches/<match_id>/decline")
def decline_match(match_id: str) -> ResponseReturnValue:
    programme.decline_match(viewer(), match_id, now=now())
    notice(_("Declined."), kind="")
    return redirect(url_for("feedback.queue"))


@bp.app_template_global()
def new_answers() -> list[feedback.Answered]:
    """The viewer's own entries that have been answered since they looked; asked for once a page."""
    if "new_answers" not in g:
        g.new_answers = feedback.new_answers(viewer())
    return cast(list[feedback.Answered], g.new_answers)


@bp.app_template_global()
def new_answers_by_entry() -> dict[str, int]:
    """How many new comments the viewer's own entries have, by public id."""
    return {answered.entry.public_id: answered.count for answered in new_answers()}


@bp.get("/community")
def community() -> ResponseReturnValue:
    cohorts = programme.memberships(viewer(), now=now())
    if not cohorts:
        raise errors.NotFound
    day = programme.today(programme.timezone_of(viewer().user_id), now())
    return render_template(
        "feedback/community.html",
        cohorts=cohorts,
        posts=feedback.shared_with_cohort(viewer(), now=now(), most=POSTS),
        prompts=programme.open_prompts(viewer().user_id, day)[:1],
        meetings=[m for m in programme.meetings_for(viewer().user_id) if m.held_on >= day],
        whole_words=WHOLE_WORDS,
        excerpt_length=POST_EXCERPT,
    )


@bp.post("/community/<cohort_id>/site")
def make_site(cohort_id: str) -> ResponseReturnValue:
    """The site of what members share with their cohort, as the viewer may read it."""
    settings = current_app.config["SETTINGS"]
    try:
        jobs.ask_community(viewer(), cohort_id, now=now(), room=jobs.room_of(settings))
    except errors.Invalid as refusal:
        notice(said(refusal), kind="caution")
        return redirect(url_for("feedback.community"))
    notice(_("It is being made. You find it under “Take it with you”."))
    return redirect(url_for("portfolios.keep", _anchor="documents"))


# ---------------------------------------------------------------- comments


@bp.post("/entries/<entry_id>/comments")
def comment(entry_id: str) -> ResponseReturnValue:
    form = filled(*ANSWER)
    try:
        comment_id = feedback.comment_on(
            viewer(),
            entry_id,
            form["body"],
            revision_number=_revision(form),
            quoted=form["quoted"],
            answers=form["answers"] or None,
            creation_key=form["creation_key"] or None,
            now=now(),
        )
    except errors.Invalid as refusal:
        if wants_json():
            raise
        return _refused(entry_id, form.refused(refusal, at="body")), 422
    if wants_json():
        return jsonify(comment=comment_id)
    goes_on = safe_next(form["next"])
    if goes_on:
        notice(_("Sent."), undo=url_for("feedback.unsend", comment_id=comment_id))
        return redirect(goes_on)
    return redirect(url_for("diary.entry", entry_id=entry_id, _anchor=f"comment-{comment_id}"))


def _refused(entry_id: str, form: Filled) -> str:
    """The page that the comment was written on, with the words still in it."""
    if safe_next(form["next"]):
        waiting = feedback.waiting(viewer(), now=now())
        for one in waiting:
            if one.entry.public_id == entry_id:
                return _queue_page(waiting, one, form)
    return entry_response(entry_id, answer=form)


def _revision(form: Filled) -> int:
    """The revision that a form says was read. Raises NotFound for what is no number."""
    text = form["revision"]
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise errors.NotFound
    return int(text)


@bp.post("/entries/<entry_id>/read")
def mark_read(entry_id: str) -> ResponseReturnValue:
    """Somebody else's entry was read, or the new comments on one's own."""
    form = filled("revision", "comments", "next")
    seen = form["comments"].split()[:COMMENTS_MOST]
    feedback.mark_read(viewer(), entry_id, _revision(form), comments=seen, now=now())
    if wants_json():
        return jsonify(read=_revision(form))
    return redirect(safe_next(form["next"]) or url_for("diary.entry", entry_id=entry_id))


@bp.post("/comments/<comment_id>/withdraw")
def withdraw(comment_id: str) -> ResponseReturnValue:
    entry_id = feedback.withdraw_comment(viewer(), comment_id, now=now())
    notice(_("Your comment is taken back."), kind="", undo=url_for("feedback.restore", comment_id=comment_id))
    return redirect(url_for("diary.entry", entry_id=entry_id))


@bp.post("/comments/<comment_id>/unsend")
def unsend(comment_id: str) -> ResponseReturnValue:
    """Back to the entry, with the words in the field again."""
    entry_id = feedback.unsend_comment(viewer(), comment_id, now=now())
    notice(_("Not sent. Your words are in the field again."), kind="")
    return redirect(url_for("feedback.queue", entry=entry_id, again=comment_id))


@bp.post("/comments/<comment_id>/restore")
def restore(comment_id: str) -> ResponseReturnValue:
    entry_id = feedback.restore_comment(viewer(), comment_id, now=now())
    notice(_("Your comment is back."))
    return redirect(url_for("diary.entry", entry_id=entry_id, _anchor=f"comment-{comment_id}"))
