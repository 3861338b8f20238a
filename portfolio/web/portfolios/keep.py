"""Choosing what to take along, seeing it take shape, and asking for it."""

from dataclasses import dataclass

from flask import jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as N_
from markupsafe import Markup

from portfolio import jobs
from portfolio.domain import errors, portfolios
from portfolio.domain.records import Choices, Comment, Portfolio
from portfolio.export import figures
from portfolio.export.book_plan import Book
from portfolio.export.wording import period_text
from portfolio.web import notice, now, viewer
from portfolio.web.portfolios.area import OTHER_FORMATS, bp, room
from portfolio.web.portfolios.documents import documents
from portfolio.web.portfolios.wishes import (
    EVERYTHING,
    PAPERS,
    PRINTED,
    Wish,
    choices_of,
    first_wish,
    posted_wish,
    tags_of,
    wish_of,
)
from portfolio.web.programme.area import span

TITLES = {
    "own": N_("A reflective diary"),
    "review": N_("A narrative review"),
    "anonymised": N_("A reflective diary"),
}


@dataclass(frozen=True, slots=True)
class Preview:
    """What is chosen so far, in plain counts, with the cover that it would get."""

    entries: int
    total: int
    comments: int
    photographs: int
    pages: int  # of a book; 0 for the others
    exact: bool  # an edition of just this is there already
    title: str
    name: str  # anonymised: the participant code
    period: str
    programme: str
    shelf: Markup


@bp.get("/keep")
def keep() -> ResponseReturnValue:
    """The form as proposed, or (`as`) with the choices of last time or of a name."""
    diary = _diary()
    begun = request.args.get("as", "")
    last = jobs.last_choices(viewer())
    if begun == "last" and last:
        return _page(diary, wish_of(*last, diary))
    if begun and begun != "last":
        named = portfolios.preset(viewer(), begun)
        return _page(diary, wish_of(named.kind, named.choices, diary))
    return _page(diary, first_wish(diary, last[1] if last else None))


@bp.post("/keep")
def make() -> ResponseReturnValue:
    diary = _diary()
    wish = posted_wish(diary)
    if "look" in request.form:
        return _page(diary, wish)
    try:
        choices = choices_of(wish, diary)
        if "save" in request.form:
            saved = portfolios.save_preset(viewer(), wish.form["preset"], wish.kind, choices, now=now())
            notice(_("These choices are saved. Nothing was made yet."))
            return redirect(url_for("portfolios.keep", **{"as": saved}))
        asked = jobs.ask(viewer(), wish.kind, choices, now=now(), room=room())
        if not asked.open:
            notice(_("Nothing has changed since this book was made. Here it is."))
            return redirect(url_for("portfolios.edition", edition_id=asked.edition))
    except errors.Invalid as refusal:
        wish.form.refused(refusal)
        return _page(diary, wish), 422
    return redirect(url_for("portfolios.keep", _anchor="documents"))


@bp.post("/keep/preview")
def preview() -> ResponseReturnValue:
    """The preview alone, for a page that is being filled in."""
    diary = _diary()
    wish = posted_wish(diary)
    shown = _preview(diary, wish, choices_of(wish, diary))
    return jsonify(html=render_template("portfolios/_preview.html", preview=shown, wish=wish))


def _diary() -> Portfolio:
    """All that the viewer has kept; what is chosen is counted against it."""
    return portfolios.select(viewer(), EVERYTHING, now=now())


def _page(diary: Portfolio, wish: Wish) -> str:
    shown = None
    if diary.entries:
        jobs.expect_book()
        try:
            shown = _preview(diary, wish, choices_of(wish, diary))
        except errors.Invalid as refusal:
            if not wish.form.errors and not wish.form.error:
                wish.form.refused(refusal)
    return render_template(
        "portfolios/keep.html",
        diary=diary,
        wish=wish,
        form=wish.form,
        preview=shown,
        tags=tags_of(diary),
        papers=PAPERS,
        printed=PRINTED,
        presets=portfolios.presets(viewer()),
        last=bool(jobs.last_choices(viewer())),
        begun=request.args.get("as", ""),
        other_formats=OTHER_FORMATS,
        narrative=next((n for n in diary.narratives if n.kind == "student"), None),
        documents=documents(),
        opened=portfolios.open_links(viewer(), now=now()),
        handed={one.edition_id for one in portfolios.submissions(viewer())},
    )


def _preview(diary: Portfolio, wish: Wish, choices: Choices) -> Preview:
    chosen = portfolios.select(viewer(), choices, now=now())
    made = [e for e in portfolios.editions(viewer()) if e.content_hash == chosen.content_hash]
    plan = Book(chosen)
    return Preview(
        entries=len(chosen.entries),
        total=len(diary.entries),
        comments=sum(_count(e.comments) for e in chosen.entries),
        photographs=sum(len(e.photographs) for e in chosen.entries),
        pages=(made[0].pages if made else plan.pages_expected) if wish.kind == "book" else 0,
        exact=bool(made),
        title=str(TITLES[choices.variant]),
        name=chosen.owner_name,
        period=period_text(chosen.starts_on, chosen.ends_on, chosen.language)
        if chosen.anonymised
        else span(chosen.starts_on, chosen.ends_on),
        programme=chosen.programme_name,
        shelf=Markup(figures.cover_svg(chosen)),  # noqa: S704  drawn by us, from numbers alone
    )


def _count(comments: tuple[Comment, ...]) -> int:
    return sum((not c.withdrawn) + _count(c.replies) for c in comments)
