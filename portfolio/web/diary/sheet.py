"""The page that is written on, as it is shown: blank, of an entry that is there, or as somebody left it."""

import datetime as dt
import secrets
from dataclasses import dataclass

from flask import g, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext

from portfolio.domain import access, diary, errors, programme, records
from portfolio.domain.programme import stage_on
from portfolio.domain.text import count_words
from portfolio.web import now, viewer
from portfolio.web.diary.area import KINDS, MODES, bp, entry_name
from portfolio.web.forms import Filled, date_of
from portfolio.web.i18n import date_long, listed

FIELDS = (
    "title", "body", "entry_date", "stage", "stage_was", "tags", "prompt", "framework", "reflection_mode",
    "retells", "before", "after", "helped", "creation_key", "version",
)  # fmt: skip
SEVERAL = ("kinds", "audiences", "photographs")  # fields of many values, which the form repeats by themselves
BY_DATE = "date"  # the choice of a stage that leaves it to the entry's date
NO_STAGE = ""
PROMPT_DAYS = 28  # for so long a prompt without an end is laid beside a new entry


@dataclass(slots=True)
class Sheet:
    """The writing form as it stands, and the entry behind it, if there is one."""

    form: Filled
    entry: records.Entry | None
    kinds: tuple[str, ...]
    audiences: frozenset[str]
    stale: errors.StaleRevision | None = None
    preview: str = ""


def blank(*, prompt: str, retells: str) -> Sheet:
    """A new page, of this day."""
    chosen = {
        "stage": BY_DATE,
        "prompt": prompt,
        "retells": retells,
        "creation_key": secrets.token_urlsafe(16),
    }
    return Sheet(Filled(dict.fromkeys(FIELDS, "") | chosen), None, (), frozenset())


def of(page: diary.EntryPage, desk: diary.Desk) -> Sheet:
    """The page of an entry that is there."""
    entry, threshold = page.entry, page.entry.threshold
    by_hand = entry.stage.public_id if entry.stage else NO_STAGE
    form = Filled(
        dict.fromkeys(FIELDS, "")
        | {
            "title": entry.title,
            "body": entry.body,
            "entry_date": entry.entry_date.isoformat(),
            "stage": BY_DATE if entry.stage == stage_on(desk.stages, entry.entry_date) else by_hand,
            "tags": ", ".join(entry.tags),
            "prompt": entry.prompt.public_id if entry.prompt else "",
            "framework": entry.framework,
            "reflection_mode": entry.reflection_mode or "",
            "retells": entry.retells or "",
            "version": str(page.version),
        }
        | ({name: getattr(threshold, name) for name in ("before", "after", "helped")} if threshold else {})
    )
    return Sheet(form, entry, threshold.kinds if threshold else (), entry.audiences)


def typed(form: Filled, page: diary.EntryPage | None) -> Sheet:
    """The page as somebody left it, to be shown again."""
    kinds = tuple(k for k in KINDS if k in request.form.getlist("kinds"))
    audiences = frozenset(a for a in records.AUDIENCES if a in request.form.getlist("audiences"))
    return Sheet(form, page.entry if page else None, kinds, audiences)


def render(sheet: Sheet, desk: diary.Desk) -> str:
    g.place = "diary.write"
    entry, form = sheet.entry, sheet.form
    day = _day(sheet, desk)
    if not form["entry_date"]:
        form.values["entry_date"] = day.isoformat()
    proposed = stage_on(desk.stages, day)
    stages = {s.public_id: s for s in (*desk.stages, *desk.stages_beside)}
    groups = [(name, list(of_one)) for name, of_one in desk.programmes if of_one]
    if desk.stages_beside:
        groups.append(("", list(desk.stages_beside)))
    lately = diary.lately(viewer(), now=now())
    earlier = _earlier(form["retells"])
    return render_template(
        "diary/write.html",
        sheet=sheet,
        form=form,
        entry=entry,
        day=day,
        desk=desk,
        lately=lately,
        proposed=proposed,
        stage=proposed if form["stage"] == BY_DATE else stages.get(form["stage"]),
        stages=list(stages.values()),
        groups=groups,
        of_day=[(name, found.name) for name, of_one in groups if name and (found := stage_on(of_one, day))],
        prompts=_prompts(form["prompt"], desk, entry),
        earlier=earlier,
        readers=access.readers(viewer().user_id, now=now()),
        words=word_count(count_words(form["body"])),
        by_date=BY_DATE,
        mode_options=[("", _("Not said")), *MODES.items()],
        retell_options=[("", _("None")), *_to_tell_again(lately.recent, earlier, entry)],
    )


def _day(sheet: Sheet, desk: diary.Desk) -> dt.date:
    """The day that stands at the head of the page: the one that was typed, where it is a day."""
    try:
        typed_day = date_of("entry_date", required=False) if request.method == "POST" else None
    except errors.Invalid:
        typed_day = None
    return typed_day or (sheet.entry.entry_date if sheet.entry else desk.today)


def _earlier(entry_id: str) -> records.Entry | None:
    """The entry that this one tells again, laid beside it; None too for what is not one's own."""
    try:
        page = diary.entry_page(viewer(), entry_id, now=now()) if entry_id else None
    except errors.NotFound:
        return None
    return page.entry if page and page.own else None


def _to_tell_again(
    recent: tuple[records.Entry, ...], chosen: records.Entry | None, entry: records.Entry | None
) -> list[tuple[str, str]]:
    """Choices of an earlier entry: the one that is chosen, and the last ones."""
    offered = {e.public_id: e for e in ((chosen,) if chosen else ()) + recent}
    if entry:
        offered.pop(entry.public_id, None)
    return [(i, f"{date_long(e.entry_date)} · {entry_name(e)}") for i, e in offered.items()]


def _prompts(chosen: str, desk: diary.Desk, entry: records.Entry | None) -> list[records.Prompt]:
    """What is laid beside the page: the prompt that it answers, else the last one that runs."""
    if entry and entry.prompt:
        return [entry.prompt]
    if chosen:
        asked = [p for p in programme.prompts_for(viewer().user_id) if p.public_id == chosen]
        if asked:
            return asked
    if entry and not entry.draft:
        return []
    return [p for p in desk.prompts if p.ends_on or (desk.today - p.starts_on).days <= PROMPT_DAYS][:1]


@bp.app_template_global()
def stages_by_programme(found: list[tuple[str, str]]) -> str:
    """“Intern (Reflective Practice) and Fellow (Fellowship)”."""
    return listed(_("%(stage)s (%(programme)s)", stage=stage, programme=name) for name, stage in found)


@bp.app_template_global()
def word_count(words: int) -> str:
    """“134 words”, “178 字”."""
    return ngettext("%(num)s word", "%(num)s words", words)
