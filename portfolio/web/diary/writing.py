"""Writing: a new entry or one that is there, saved by hand or by itself.

One form and two addresses. A script saves by the same requests as the buttons, and asks for
JSON: 401, 409 and 422 come back with what it needs to go on without losing a word.
"""

from contextlib import suppress

from flask import jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portfolio.domain import diary, errors, records
from portfolio.domain.diary import photographs
from portfolio.domain.programme import stage_on
from portfolio.web import notice, now, viewer
from portfolio.web.diary import sheet
from portfolio.web.diary.area import FRAMEWORKS, KINDS, MODES, bp
from portfolio.web.diary.photographs import add_uploaded, uploaded
from portfolio.web.diary.sheet import BY_DATE, FIELDS, SEVERAL
from portfolio.web.forms import Filled, date_of, filled, many_of, one_of, ticked, whole
from portfolio.web.i18n import clock
from portfolio.web.security import wants_json

DOINGS = ("keep", "draft", "auto", "preview")  # what a press of a button means; scripts say "auto"
LONGEST_VERSION = 999_999_999
TAG_MARKS = str.maketrans(dict.fromkeys("，、;；\n", ","))


@bp.get("/write")
def write() -> ResponseReturnValue:
    asked = {name: request.args.get(name, "") for name in ("prompt", "retells")}
    return sheet.render(sheet.blank(**asked), _desk())


@bp.get("/entries/<entry_id>/edit")
def edit(entry_id: str) -> ResponseReturnValue:
    desk = _desk()
    return sheet.render(sheet.of(_own(entry_id), desk), desk)


@bp.post("/write")
def write_now() -> ResponseReturnValue:
    return _receive("")


@bp.post("/entries/<entry_id>/edit")
def edit_now(entry_id: str) -> ResponseReturnValue:
    diary.entry_version(viewer(), entry_id)  # whose entry it is comes before what is wrong with the form
    return _receive(entry_id)


@bp.post("/preview")
def preview() -> ResponseReturnValue:
    entry_id = request.form.get("entry", "")
    pictures = _own(entry_id).entry.photographs if entry_id else ()
    return jsonify(html=diary.preview(request.form.get("body", ""), [p.public_id for p in pictures]))


def _desk() -> diary.Desk:
    return diary.desk(viewer(), now=now())


def _own(entry_id: str) -> diary.EntryPage:
    page = diary.entry_page(viewer(), entry_id, now=now())
    if not page.own:
        raise errors.NotFound
    return page


def _receive(entry_id: str) -> ResponseReturnValue:
    """What was typed; `entry_id` is "" for a new entry."""
    form = filled(*FIELDS)
    form.values |= dict.fromkeys(SEVERAL, "")
    doing = request.form.get("do", "keep") if request.form.get("do") in DOINGS else "keep"
    if doing == "preview":
        return _previewed(form, entry_id)
    remove = request.form.get("remove", "")
    if remove:
        doing = "auto"
    saved: diary.Saved | None = None
    try:
        wordless = doing == "keep" and uploaded() and not (form["body"] + form["title"]).strip()
        saved = _save_text(form, entry_id, "draft" if wordless else doing)
        if wordless:  # the photograph stays where it is while its words are found
            add_uploaded(saved.entry_id)
            raise errors.Invalid("Your photograph is in a draft now. Write a line to it.", field="body")
        _save_rest(saved.entry_id, form, doing)
        if remove:
            photographs.remove_photograph(viewer(), remove)
    except errors.StaleRevision as stale:
        if wants_json():
            raise
        return _conflict(form, entry_id, stale)
    except errors.Invalid as refusal:
        return _refused(form, entry_id, refusal, saved)
    if doing == "keep":
        notice(_("Kept."))
    if wants_json():
        return jsonify(_answer(saved))
    page = "diary.entry" if doing == "keep" else "diary.edit"
    return redirect(url_for(page, entry_id=saved.entry_id))


def _save_text(form: Filled, entry_id: str, doing: str) -> diary.Saved:
    draft = _draft(form, entry_id)
    as_draft = doing != "keep"
    if not entry_id:
        key = form["creation_key"]
        return diary.keep_entry(viewer(), draft, creation_key=key, as_draft=as_draft, now=now())
    version = whole("version", 1, LONGEST_VERSION)
    fold = not ticked("apart")
    return diary.save_entry(
        viewer(), entry_id, draft, version=version, as_draft=as_draft, fold=fold, now=now()
    )


def _draft(form: Filled, entry_id: str) -> diary.Draft:
    """The form as the domain takes it. Raises Invalid with the field."""
    return diary.Draft(
        body=form["body"],
        title=form["title"],
        entry_date=date_of("entry_date", required=False),
        stage_id=_stage(form, entry_id),
        tags=tuple(form["tags"].translate(TAG_MARKS).split(",")),
        prompt_id=form["prompt"],
        framework=one_of("framework", ("", *FRAMEWORKS)),
        reflection_mode=one_of("reflection_mode", ("", *MODES)) or None,
    )


def _stage(form: Filled, entry_id: str) -> str | None:
    if form["stage"] != BY_DATE:
        return form["stage"]
    day = date_of("entry_date", required=False)
    if not entry_id or day is None or form["stage_was"] in ("", BY_DATE):
        return None
    # A stage that was chosen by hand is taken back, even where the date stays as it was
    proposed = stage_on(_desk().stages, day)
    return proposed.public_id if proposed else None


def _save_rest(entry_id: str, form: Filled, doing: str) -> None:
    """What belongs to an entry beside its text. Grants change by hand only. Raises Invalid."""
    by_hand = doing != "auto"
    for name, alt in request.form.items():
        if name.startswith("alt-"):
            photograph_id = name.removeprefix("alt-")
            caption = request.form.get(f"caption-{photograph_id}", "")
            with suppress(errors.NotFound):  # removed on another page meanwhile
                photographs.describe_photograph(viewer(), photograph_id, alt=alt, caption=caption)
    if ticked("marks"):
        kinds = many_of("kinds", KINDS)
        answers = {name: form[name] for name in ("before", "after", "helped")}
        if kinds or (by_hand and any(answer.strip() for answer in answers.values())):
            diary.mark_threshold(viewer(), entry_id, kinds=kinds, **answers, now=now())
        elif by_hand:
            diary.unmark_threshold(viewer(), entry_id)
        _retell(entry_id, form)
    if doing == "keep" and ticked("sharing"):
        _share(entry_id)
    if uploaded():
        add_uploaded(entry_id)


def _share(entry_id: str) -> None:
    """Change what was changed on this page: no grant comes back that was taken back elsewhere."""
    chosen = set(many_of("audiences", records.AUDIENCES))
    before = set(request.form["sharing"].split())
    if chosen != before:
        now_granted = set(_own(entry_id).entry.audiences)
        wanted = (now_granted | (chosen - before)) - (before - chosen)
        diary.set_audiences(viewer(), entry_id, wanted, now=now())  # type: ignore[arg-type]


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
        "version": saved.version,
        "draft": saved.draft,
        "url": url_for("diary.edit", entry_id=saved.entry_id),
        "page": url_for("diary.entry", entry_id=saved.entry_id),
        "saved": _("Saved %(time)s", time=clock(now())),
    }


def _previewed(form: Filled, entry_id: str) -> str:
    page = _own(entry_id) if entry_id else None
    shown = sheet.typed(form, page)
    pictures = page.entry.photographs if page else ()
    shown.preview = diary.preview(form["body"], [p.public_id for p in pictures])
    return sheet.render(shown, _desk())


def _refused(
    form: Filled, entry_id: str, refusal: errors.Invalid, saved: diary.Saved | None
) -> ResponseReturnValue:
    """The form with the sentence at its field. Where the text was saved before, it goes on from there."""
    form.refused(refusal, at="body")
    if wants_json():
        message = form.errors.get(refusal.field or "body") or form.error
        went_well = _answer(saved) if saved else {}
        return jsonify(error=refusal.code, message=message, field=refusal.field, **went_well), 422
    if saved:
        entry_id = saved.entry_id
        form.values["version"] = str(saved.version)
    page = _own(entry_id) if entry_id else None
    return sheet.render(sheet.typed(form, page), _desk()), 422


def _conflict(form: Filled, entry_id: str, stale: errors.StaleRevision) -> ResponseReturnValue:
    """Both texts; the one that was typed is kept by sending the form again."""
    form.values["version"] = str(stale.version)
    shown = sheet.typed(form, _own(entry_id))
    shown.stale = stale
    return sheet.render(shown, _desk()), 409
