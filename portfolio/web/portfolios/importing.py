"""Bringing a diary in: looked through first, taken in when its owner says so, all of it or nothing."""

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portfolio.domain import errors, importing
from portfolio.domain.importing import ImportReport
from portfolio.web import notice, now, viewer
from portfolio.web.i18n import AUDIENCE_WORDS, listed, said, said_with_language
from portfolio.web.portfolios.area import bp
from portfolio.web.portfolios.uploads import Upload, drop_upload, keep_upload, upload_of

REMARKS_MOST = 100  # shown at once


@bp.get("/keep/import")
def bring_in() -> ResponseReturnValue:
    return _page()


@bp.post("/keep/import")
def look_through() -> ResponseReturnValue:
    """Read what was sent, and say what would happen. Nothing is written yet."""
    sent = [(f.filename, f.stream) for f in request.files.getlist("files") if f.filename]
    try:
        upload = keep_upload(viewer(), sent)
        report = _take(upload, dry_run=True)
    except (errors.Invalid, errors.ImportRefused) as refusal:
        drop_upload(viewer())
        return _page(refusal), 422
    return render_template(
        "portfolios/import_report.html",
        report=report,
        upload=upload,
        readable=listed(
            gettext("%(num)d by %(whom)s", num=count, whom=AUDIENCE_WORDS[audience])
            for audience, count in report.readable.items()
        ),
        remarks=[said_with_language(remark) for remark in report.remarks[:REMARKS_MOST]],
        more=max(len(report.remarks) - REMARKS_MOST, 0),
    )


@bp.post("/keep/import/confirm")
def take_in() -> ResponseReturnValue:
    """Take in what was looked through."""
    try:
        upload = upload_of(viewer(), request.form.get("digest", ""))
        report = _take(upload, dry_run=False, shared=request.form.get("shared") == "1")
    except (errors.Invalid, errors.ImportRefused) as refusal:
        return _page(refusal), 422
    drop_upload(viewer())
    notice(_done(report))
    return redirect(url_for("portfolios.keep"))


def _take(upload: Upload, *, dry_run: bool, shared: bool = False) -> ImportReport:
    from portfolio.export.import_zip import read_zip  # YAML, zips and pictures, only where they are read

    bundle = read_zip(upload.path, current_app.config["SETTINGS"].archive_bytes)
    return importing.import_bundle(viewer(), bundle, now=now(), dry_run=dry_run, shared=shared)


def _done(report: ImportReport) -> str:
    sentences = [
        ngettext(
            "%(num)d entry was added to your diary.",
            "%(num)d entries were added to your diary.",
            report.added,
        )
    ]
    if report.shared and report.shareable:
        sentences.append(
            ngettext(
                "%(num)d of them is shared again.", "%(num)d of them are shared again.", report.shareable
            )
        )
    if report.changed:
        sentences.append(ngettext("%(num)d was changed.", "%(num)d were changed.", report.changed))
    if report.unchanged:
        sentences.append(
            ngettext("%(num)d was there already.", "%(num)d were there already.", report.unchanged)
        )
    return (" " if sentences[0].isascii() else "").join(sentences)


def _page(refusal: errors.Invalid | errors.ImportRefused | None = None) -> str:
    return render_template(
        "portfolios/import.html",
        problem=said(refusal) if isinstance(refusal, errors.Invalid) else "",
        problems=[said_with_language(problem) for problem in refusal.problems]
        if isinstance(refusal, errors.ImportRefused)
        else (),
        most=request.max_content_length,
    )
