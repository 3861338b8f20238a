"""Choosing what to take along, seeing it take shape, and asking for it."""

import datetime as dt
from dataclasses import dataclass

from flask import jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from portfolio import jobs
from portfolio.domain import errors, portfolios
from portfolio.domain.records import Choices, Comment, Portfolio, Variant
from portfolio.export import figures
from portfolio.export.book_plan import Book
from portfolio.web import now, viewer
from portfolio.web.forms import Filled, a_date, filled, many_of, ticked
from portfolio.web.portfolios.area import KINDS, VARIANTS, bp, room
from portfolio.web.portfolios.documents import documents

EVERYTHING = Choices(private=True)  # what an archive holds, and what a choice is counted against


@dataclass(slots=True)
class Wish:
    """The form as it stands: what to make, for whom, and of what."""

    form: Filled
    stages: frozenset[str]  # ticked ones
    tags: frozenset[str] = frozenset()
    comments: bool = True
    private: bool = False

    @property
    def kind(self) -> str:
        return self.form["kind"]


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
    programme: str
    first: dt.date
    last: dt.date
    shelf: Markup


@bp.get("/keep")
def keep() -> ResponseReturnValue:
    diary = _diary()
    shared = any(not e.private for e in diary.entries)
    wish = Wish(
        Filled(
            {
                "kind": "book",
                "variant": "review" if shared else "own",
                "from": diary.starts_on.isoformat(),
                "to": diary.ends_on.isoformat(),
            }
        ),
        stages=frozenset(s.public_id for s in diary.stages),
        private=not shared,  # else there would be nothing in it
    )
    return _page(diary, wish)


@bp.post("/keep")
def make() -> ResponseReturnValue:
    diary = _diary()
    wish = _wish(diary)
    if "look" in request.form:
        return _page(diary, wish)
    try:
        jobs.ask(viewer(), wish.kind, _choices(wish, diary), now=now(), room=room())
    except errors.Invalid as refusal:
        wish.form.refused(refusal)
        return _page(diary, wish), 422
    return redirect(url_for("portfolios.keep", _anchor="documents"))


@bp.post("/keep/preview")
def preview() -> ResponseReturnValue:
    """The preview alone, for a page that is being filled in."""
    diary = _diary()
    wish = _wish(diary)
    shown = _preview(diary, wish, _choices(wish, diary))
    return jsonify(html=render_template("portfolios/_preview.html", preview=shown, wish=wish))


def _diary() -> Portfolio:
    """All that the viewer has kept; what is chosen is counted against it."""
    return portfolios.select(viewer(), EVERYTHING, now=now())


def _wish(diary: Portfolio) -> Wish:
    """The form as posted. Raises Invalid for a stage or tag that is not offered."""
    return Wish(
        filled("kind", "variant", "from", "to"),
        stages=frozenset(many_of("stages", [s.public_id for s in diary.stages])),
        tags=frozenset(many_of("tags", _tags(diary))),
        comments=ticked("comments"),
        private=ticked("private"),
    )


def _choices(wish: Wish, diary: Portfolio) -> Choices:
    """What the form means. Raises Invalid."""
    form = wish.form
    for name, offered_here in (("kind", KINDS), ("variant", VARIANTS)):
        if form[name] not in offered_here:
            raise errors.Invalid("Choose one of what is offered.", field=name)
    if wish.kind == "archive":
        return EVERYTHING
    variant: Variant = "own" if form["variant"] == "own" else "review"
    first, last = a_date(form["from"], "from", required=False), a_date(form["to"], "to", required=False)
    portfolios.check_choices(viewer(), Choices(from_date=first, to_date=last))
    offered = [s.public_id for s in diary.stages]
    if offered and not wish.stages:
        raise errors.Invalid("Choose one stage at least.", field="stages")
    return portfolios.check_choices(
        viewer(),
        Choices(
            # The whole diary is no choice of dates, nor are all stages one of stages
            from_date=None if first == diary.starts_on else first,
            to_date=None if last == diary.ends_on else last,
            stages=() if wish.stages >= set(offered) else tuple(s for s in offered if s in wish.stages),
            tags=tuple(sorted(wish.tags)),
            comments=wish.comments,
            private=wish.private and variant == "own",
            variant=variant,
        ),
    )


def _page(diary: Portfolio, wish: Wish) -> str:
    shown = None
    if diary.entries:
        jobs.expect_book()
        try:
            shown = _preview(diary, wish, _choices(wish, diary))
        except errors.Invalid as refusal:
            if not wish.form.errors and not wish.form.error:
                wish.form.refused(refusal)
    return render_template(
        "portfolios/keep.html",
        diary=diary,
        wish=wish,
        form=wish.form,
        preview=shown,
        tags=_tags(diary),
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
        title=_("A narrative review") if choices.variant == "review" else _("A reflective diary"),
        programme=chosen.programme_name,
        first=chosen.starts_on,
        last=chosen.ends_on,
        shelf=Markup(figures.cover_svg(chosen)),  # noqa: S704  drawn by us, from numbers alone
    )


def _count(comments: tuple[Comment, ...]) -> int:
    return sum((not c.withdrawn) + _count(c.replies) for c in comments)


def _tags(diary: Portfolio) -> list[str]:
    return sorted({tag for entry in diary.entries for tag in entry.tags}, key=str.casefold)
