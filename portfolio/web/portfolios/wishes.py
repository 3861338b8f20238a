"""The form of what to make: as it is first shown, as it was posted, as choices with a name fill it in."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from flask import request
from flask_babel import lazy_gettext as N_

from portfolio.domain import errors, portfolios
from portfolio.domain.records import Choices, Layout, Portfolio, Variant
from portfolio.web import viewer
from portfolio.web.forms import Filled, a_date, filled, many_of, ticked
from portfolio.web.portfolios.area import KINDS, VARIANTS

EVERYTHING = Choices(private=True)  # what an archive holds, and what a choice is counted against
TEXTS = ("kind", "variant", "from", "to", "paper", "dedication", "preface", "preset")
PAPERS = {"a4": "A4", "letter": "Letter"}
PRINTED = {  # fields of a layout that are ticked
    "large": (N_("Large type"), N_("Larger by three tenths.")),
    "grey": (N_("In greys"), N_("Patterns tell the stages apart.")),
    "beneath": (N_("Comments beneath"), N_("Each beneath its entry, none in the margin.")),
    "binding": (
        N_("For binding"),
        N_("For sheets printed on both sides: more white at the spine, comments in the outer margin."),
    ),
    "archival": (N_("For an archive (PDF/A)"), N_("PDF/A-2a: the file holds all that reading it needs.")),
    "attach": (
        N_("With the open archive attached"),
        N_("PDF/A-3a: the same entries as files within the book, to bring them back one day."),
    ),
}


@dataclass(slots=True)
class Wish:
    """The form as it stands: what to make, for whom, and of what."""

    form: Filled
    stages: frozenset[str]  # ticked ones
    tags: frozenset[str] = frozenset()
    comments: bool = True
    private: bool = False
    by_hand: bool = False
    entries: frozenset[str] = frozenset()  # ticked ones
    printed: frozenset[str] = frozenset()  # of `PRINTED`

    @property
    def kind(self) -> str:
        return self.form["kind"]


def first_wish(diary: Portfolio, last: Choices | None = None) -> Wish:
    """What is proposed: everything, for whom it was made last time; at first all that was shared, for a
    reviewer. Where nothing is shared, it is for oneself."""
    shared = any(not e.private for e in diary.entries)
    if not shared:
        return wish_of("book", Choices(variant="own", private=True), diary)
    own = last is not None and last.variant == "own"
    chosen = Choices(variant="own", private=last.private) if last and own else Choices(variant="review")
    return wish_of("book", chosen, diary)


def wish_of(kind: str, choices: Choices, diary: Portfolio) -> Wish:
    """The form filled in with choices, as far as what they name is still there."""
    every = frozenset(s.public_id for s in diary.stages)
    layout = choices.layout
    return Wish(
        Filled(
            {
                "kind": kind,
                "variant": choices.variant,
                "from": (choices.from_date or diary.starts_on).isoformat(),
                "to": (choices.to_date or diary.ends_on).isoformat(),
                "paper": layout.paper,
                "dedication": choices.dedication,
                "preface": choices.preface,
                "preset": "",
            }
        ),
        stages=every & frozenset(choices.stages) or every,
        tags=frozenset(choices.tags) & frozenset(tags_of(diary)),
        comments=choices.comments,
        private=choices.private,
        by_hand=bool(choices.entries),
        entries=frozenset(choices.entries) & {e.public_id for e in diary.entries}
        or frozenset(e.public_id for e in diary.entries),
        printed=frozenset(name for name in PRINTED if getattr(layout, name)),
    )


def posted_wish(diary: Portfolio) -> Wish:
    """The form as posted. Raises Invalid for a stage, tag or entry that is not offered."""
    return Wish(
        filled(*TEXTS),
        stages=frozenset(many_of("stages", [s.public_id for s in diary.stages])),
        tags=frozenset(many_of("tags", tags_of(diary))),
        comments=ticked("comments"),
        private=ticked("private"),
        by_hand=ticked("by_hand"),
        entries=_ticked_entries(diary),
        printed=frozenset(many_of("printed", PRINTED)),
    )


def _ticked_entries(diary: Portfolio) -> frozenset[str]:
    """Those that were ticked: a field each, or all in one where a script sends more than forms have parts."""
    offered = {e.public_id for e in diary.entries}
    if not ticked("by_hand"):
        return frozenset(offered)
    one = request.form.get("chosen")
    chosen = many_of("entries", offered) if one is None else one.split()
    if not offered >= set(chosen):
        raise errors.Invalid("Choose from what is offered.", field="entries")
    return frozenset(chosen)


def choices_of(wish: Wish, diary: Portfolio) -> Choices:
    """What the form means. Raises Invalid."""
    form = wish.form
    for name, offered_here in (("kind", KINDS), ("variant", VARIANTS)):
        if form[name] not in offered_here:
            raise errors.Invalid("Choose one of what is offered.", field=name)
    if wish.kind == "archive":
        return EVERYTHING
    variant = cast(Variant, form["variant"])
    first, last = a_date(form["from"], "from", required=False), a_date(form["to"], "to", required=False)
    portfolios.check_choices(viewer(), Choices(from_date=first, to_date=last))
    offered = [s.public_id for s in diary.stages]
    if offered and not wish.stages:
        raise errors.Invalid("Choose one stage at least.", field="stages")
    if wish.by_hand and not wish.entries:
        raise errors.Invalid("Choose one entry at least.", field="entries")
    choices = portfolios.check_choices(
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
            layout=_layout(wish) if wish.kind == "book" else Layout(),
            entries=_in_order(wish.entries, diary) if wish.by_hand else (),
            dedication=form["dedication"],
            preface=form["preface"],
        ),
    )
    portfolios.check_document(wish.kind, choices)
    return choices


def tags_of(diary: Portfolio) -> list[str]:
    return sorted({tag for entry in diary.entries for tag in entry.tags}, key=str.casefold)


def _in_order(entries: Iterable[str], diary: Portfolio) -> tuple[str, ...]:
    chosen = set(entries)
    return tuple(e.public_id for e in diary.entries if e.public_id in chosen)


def _layout(wish: Wish) -> Layout:
    ticked_ones = {name: name in wish.printed for name in PRINTED}
    return Layout(paper="letter" if wish.form["paper"] == "letter" else "a4", **ticked_ones)
