"""The writing page: a new entry or one that is there, saved by hand or by itself.

One form and two addresses. A script saves by the same requests as the buttons, and asks for
JSON: 401, 409 and 422 come back with what it needs to go on without losing a word.
"""

import secrets
from dataclasses import dataclass

from flask import g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portfolio.domain import access, diary, errors, programme, records
from portfolio.domain.diary import photographs
from portfolio.domain.programme import stage_on
from portfolio.web import notice, now, viewer
from portfolio.web.diary.area import FRAMEWORKS, KINDS, MODES, bp, entry_name
from portfolio.web.diary.photographs import add_uploaded, uploaded
from portfolio.web.forms import Filled, date_of, filled, many_of, one_of, ticked, whole
from portfolio.web.i18n import clock, date_long
from portfolio.web.security import wants_json

FIELDS = (
    "title", "body", "entry_date", "stage", "tags", "prompt", "framework", "reflection_mode", "retells",
    "before", "after", "helped", "creation_key", "version",
)  # fmt: skip
SEVERAL = ("kinds", "audiences", "photographs")  # fields of many values, which the form repeats by themselves
DOINGS = ("keep", "draft", "auto", "preview")  # what a press of a button means; scripts say "auto"
BY_DATE = "date"  # the choice of a stage that leaves it to the entry's date
NO_STAGE = ""
LONGEST_VERSION = 999_999_999
TAG_MARKS = str.maketrans(dict.fromkeys("，、;；\n", ","))
PROMPT_DAYS = 28  # for so long a prompt without an end is laid beside a new entry
RECENT_SHOWN = 12  # entries to choose from, of those that can be told again


@dataclass(slots=True)
class Sheet:
    """The page that is written on: its form as it stands, and the entry behind it, if there is one."""

    form: Filled
    entry: records.Entry | None
    kinds: tuple[str, ...]
    audiences: frozenset[str]
    stale: errors.StaleRevision | None = None
    preview: str = ""


@bp.get("/write")
def write() -> ResponseReturnValue:
    return _page(_blank(prompt=request.args.get("prompt", ""), retells=request.args.get("retells", "")))


@bp.get("/entries/<entry_id>/edit")
def edit(entry_id: str) -> ResponseReturnValue:
    return _page(_of(_own(entry_id)))


@bp.post("/write")
def write_now() -> ResponseReturnValue:
    return _receive(None)


@bp.post("/entries/<entry_id>/edit")
def edit_now(entry_id: str) -> ResponseReturnValue:
    return _receive(_own(entry_id))


@bp.post("/preview")
def preview() -> ResponseReturnValue:
    entry_id = request.form.get("entry", "")
    pictures = _own(entry_id).entry.photographs if entry_id else ()
    return jsonify(html=diary.preview(request.form.get("body", ""), [p.public_id for p in pictures]))


def _own(entry_id: str) -> diary.EntryPage:
    page = diary.entry_page(viewer(), entry_id, now=now())
    if not page.own:
        raise errors.NotFound
    return page


# ---------------------------------------------------------------- the form, received


def _receive(page: diary.EntryPage | None) -> ResponseReturnValue:
    form = filled(*FIELDS)
    form.values |= dict.fromkeys(SEVERAL, "")
    doing = request.form.get("do", "keep") if request.form.get("do") in DOINGS else "keep"
    if doing == "preview":
        pictures = page.entry.photographs if page else ()
        sheet = _typed(form, page)
        sheet.preview = diary.preview(form["body"], [p.public_id for p in pictures])
        return _page(sheet)
    remove = request.form.get("remove", "")
    if remove:
        doing = "auto"
    saved: diary.Saved | None = None
    try:
        saved = _save_text(form, page, doing)
        _save_rest(saved.entry_id, form, page, doing)
        if remove:
            photographs.remove_photograph(viewer(), remove)
    except errors.StaleRevision as stale:
        if wants_json():
            raise
        return _conflict(form, page, stale)
    except errors.Invalid as refusal:
        if wants_json():
            return _refused(refusal, saved)
        if saved:  # the text is kept; the form goes on from there
            page = _own(saved.entry_id)
            form.values["version"] = str(page.version)
        return _page(_typed(form.refused(refusal, at="body"), page)), 422
    if doing == "keep":
        notice(_("Kept."))
    if wants_json():
        return jsonify(_answer(saved))
    if doing == "keep":
        return redirect(url_for("diary.entry", entry_id=saved.entry_id))
    return redirect(url_for("diary.edit", entry_id=saved.entry_id))


def _save_text(form: Filled, page: diary.EntryPage | None, doing: str) -> diary.Saved:
    draft = _draft(form, page)
    if page is None:
        return diary.keep_entry(
            viewer(), draft, creation_key=form["creation_key"], as_draft=doing != "keep", now=now()
        )
    return diary.save_entry(
        viewer(),
        page.entry.public_id,
        draft,
        version=whole("version", 1, LONGEST_VERSION),
        as_draft=doing != "keep",
        fold=not ticked("apart"),
        now=now(),
    )


def _draft(form: Filled, page: diary.EntryPage | None) -> diary.Draft:
    """The form as the domain takes it. Raises Invalid with the field."""
    day = date_of("entry_date", required=False)
    return diary.Draft(
        body=form["body"],
        title=form["title"],
        entry_date=day,
        stage_id=_stage(form, page),
        tags=tuple(form["tags"].translate(TAG_MARKS).split(",")),
        prompt_id=form["prompt"],
        framework=one_of("framework", ("", *FRAMEWORKS)),
        reflection_mode=one_of("reflection_mode", ("", *MODES)) or None,
    )


def _stage(form: Filled, page: diary.EntryPage | None) -> str | None:
    if form["stage"] != BY_DATE:
        return form["stage"]
    day = date_of("entry_date", required=False)
    if page is None or day is None or day != page.entry.entry_date:
        return None
    # The date is as it was, so “by the date” takes back a stage that was chosen by hand
    proposed = stage_on(diary.desk(viewer(), now=now()).stages, day)
    return proposed.public_id if proposed and proposed != page.entry.stage else None


def _save_rest(entry_id: str, form: Filled, page: diary.EntryPage | None, doing: str) -> None:
    """What belongs to an entry beside its text. Grants change by hand only. Raises Invalid."""
    for photograph in page.entry.photographs if page else ():
        alt, caption = (f"{name}-{photograph.public_id}" for name in ("alt", "caption"))
        if alt in request.form:
            photographs.describe_photograph(
                viewer(), photograph.public_id, alt=request.form[alt], caption=request.form.get(caption, "")
            )
    if ticked("marks"):
        kinds = many_of("kinds", KINDS)
        answers = {name: form[name] for name in ("before", "after", "helped")}
        if kinds or (any(a.strip() for a in answers.values()) and doing != "auto"):
            diary.mark_threshold(viewer(), entry_id, kinds=kinds, **answers, now=now())
        elif page and page.entry.threshold and doing != "auto":
            diary.unmark_threshold(viewer(), entry_id)
        _retell(entry_id, form)
    if doing == "keep" and ticked("sharing"):
        diary.set_audiences(viewer(), entry_id, many_of("audiences", records.AUDIENCES), now=now())  # type: ignore[arg-type]
    if uploaded():
        add_uploaded(entry_id)


def _retell(entry_id: str, form: Filled) -> None:
    try:
        diary.restory(viewer(), entry_id, form["retells"] or None)
    except errors.NotFound:
        raise errors.Invalid("There is no such entry of yours.", field="retells") from None
    except errors.Invalid as refusal:
        refusal.field = "retells"
        raise


def _answer(saved: diary.Saved) -> dict[str, object]:
    return {
        "entry": saved.entry_id,
        "version": diary.entry_version(viewer(), saved.entry_id),
        "draft": saved.draft,
        "url": url_for("diary.edit", entry_id=saved.entry_id),
        "page": url_for("diary.entry", entry_id=saved.entry_id),
        "saved": _("Saved %(time)s", time=clock(now())),
        "words": word_count(saved.words),
    }


def _refused(refusal: errors.Invalid, saved: diary.Saved | None) -> ResponseReturnValue:
    """A refusal for a script; with what was saved before it, so that the next save is no conflict."""
    form = Filled({refusal.field: ""}).refused(refusal)
    message = form.errors.get(refusal.field) or form.error
    return jsonify(
        error=refusal.code, message=message, field=refusal.field, **(_answer(saved) if saved else {})
    ), 422


def _conflict(form: Filled, page: diary.EntryPage | None, stale: errors.StaleRevision) -> ResponseReturnValue:
    form.values["version"] = str(stale.version)
    sheet = _typed(form, page)
    sheet.stale = stale
    return _page(sheet), 409


# ---------------------------------------------------------------- the form, shown


def _blank(*, prompt: str, retells: str) -> Sheet:
    """A new page, of this day."""
    form = Filled(
        dict.fromkeys(FIELDS, "")
        | {"stage": BY_DATE, "prompt": prompt, "retells": retells, "creation_key": secrets.token_urlsafe(16)}
    )
    return Sheet(form, None, (), frozenset())


def _of(page: diary.EntryPage) -> Sheet:
    """The page of an entry that is there."""
    entry, threshold = page.entry, page.entry.threshold
    proposed = stage_on(diary.desk(viewer(), now=now()).stages, entry.entry_date)
    form = Filled(
        {
            "title": entry.title,
            "body": entry.body,
            "entry_date": entry.entry_date.isoformat(),
            "stage": BY_DATE
            if entry.stage == proposed
            else entry.stage.public_id
            if entry.stage
            else NO_STAGE,
            "tags": ", ".join(entry.tags),
            "prompt": entry.prompt.public_id if entry.prompt else "",
            "framework": entry.framework,
            "reflection_mode": entry.reflection_mode or "",
            "retells": entry.retells or "",
            "before": threshold.before if threshold else "",
            "after": threshold.after if threshold else "",
            "helped": threshold.helped if threshold else "",
            "creation_key": "",
            "version": str(page.version),
        }
    )
    return Sheet(form, entry, threshold.kinds if threshold else (), entry.audiences)


def _typed(form: Filled, page: diary.EntryPage | None) -> Sheet:
    """The page as somebody left it, to be shown again."""
    kinds = tuple(k for k in KINDS if k in request.form.getlist("kinds"))
    audiences = frozenset(a for a in records.AUDIENCES if a in request.form.getlist("audiences"))
    return Sheet(form, page.entry if page else None, kinds, audiences)


def _page(sheet: Sheet) -> str:
    g.place = "diary.write"
    desk = diary.desk(viewer(), now=now())
    # The latest page of the diary: what can be told again, a year ago, the last weeks
    lately = diary.timeline(viewer(), now=now())
    entry, form = sheet.entry, sheet.form
    if not form["entry_date"]:
        form.values["entry_date"] = desk.today.isoformat()
    try:
        day = date_of("entry_date") if request.method == "POST" else None
    except errors.Invalid:
        day = None
    day = day or (entry.entry_date if entry else desk.today)
    proposed = stage_on(desk.stages, day)
    stages = {s.public_id: s for s in desk.stages}
    if entry and entry.stage:
        stages.setdefault(entry.stage.public_id, entry.stage)
    told_again = [e for e in lately.entries if not entry or e.public_id != entry.public_id][:RECENT_SHOWN]
    earlier = _earlier(form["retells"])
    if earlier and earlier.public_id not in {e.public_id for e in told_again}:
        told_again.insert(0, earlier)
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
        prompts=_prompts(form["prompt"], desk, entry),
        earlier=earlier,
        told_again=told_again,
        readers=access.readers(viewer().user_id, now=now()),
        words=word_count(entry.words) if entry else "",
        by_date=BY_DATE,
        mode_options=[("", _("Not said")), *MODES.items()],
        retell_options=[("", _("None")), *((e.public_id, _dated(e)) for e in told_again)],
    )


def _dated(entry: records.Entry) -> str:
    return f"{date_long(entry.entry_date)} · {entry_name(entry)}"


def _earlier(entry_id: str) -> records.Entry | None:
    """The entry that this one tells again, laid beside it."""
    if not entry_id:
        return None
    try:
        return _own(entry_id).entry
    except errors.NotFound:
        return None


def _prompts(chosen: str, desk: diary.Desk, entry: records.Entry | None) -> list[records.Prompt]:
    """What is laid beside the page: the prompt that it answers, else those that run."""
    running = [p for p in desk.prompts if p.ends_on or (desk.today - p.starts_on).days <= PROMPT_DAYS]
    if entry and entry.prompt:
        return [entry.prompt]
    found = [p for p in programme.prompts_for(viewer().user_id) if p.public_id == chosen]
    return found or ([] if entry and not entry.draft else running[:1])


def word_count(words: int) -> str:
    return ngettext("%(num)s word", "%(num)s words", words)
