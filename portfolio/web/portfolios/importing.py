"""Bringing a diary in: looked through first, then taken in, a large one in the background."""

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portfolio import jobs
from portfolio.domain import errors, importing
from portfolio.domain.importing import ImportReport
from portfolio.domain.text import safe_filename
from portfolio.jobs import JobView
from portfolio.web import notice, now, viewer
from portfolio.web.i18n import AUDIENCE_WORDS, listed, said, said_with_language
from portfolio.web.portfolios.area import bp
from portfolio.web.portfolios.uploads import Upload, drop_upload, keep_upload, spool, upload_of
from portfolio.web.security import largest_import, takes_large

REMARKS_MOST = 100  # shown at once
PICTURES_MOST = 200  # decoded while somebody waits; of more, each is decoded before the first entry comes in


@bp.get("/keep/import")
def bring_in() -> ResponseReturnValue:
    return _page()


@bp.post("/keep/import")
@takes_large(spool)
def look_through() -> ResponseReturnValue:
    """Read what was sent, and say what would happen. Nothing is written yet."""
    sent = [(f.filename, f.stream) for f in request.files.getlist("files") if f.filename]
    try:
        upload = keep_upload(viewer(), sent)
        report = _looked_through(upload)
    except (errors.Invalid, errors.ImportRefused) as refusal:
        drop_upload(viewer())
        return _page(refusal), 422
    return render_template(
        "portfolios/import_report.html",
        report=report,
        upload=upload,
        names=[safe_filename(name) for name, _stream in sent],
        readable=listed(
            gettext("%(num)d by %(whom)s", num=count, whom=AUDIENCE_WORDS[audience])
            for audience, count in report.readable.items()
        ),
        nobody=listed(AUDIENCE_WORDS[audience] for audience in report.nobody),
        remarks=[said_with_language(remark) for remark in report.remarks[:REMARKS_MOST]],
        more=max(len(report.remarks) - REMARKS_MOST, 0),
    )


@bp.post("/keep/import/confirm")
def take_in() -> ResponseReturnValue:
    """Take in what was looked through: at once, or in the background with its progress on the next page."""
    try:
        upload = upload_of(viewer(), request.form.get("digest", ""))
        job = jobs.bring_in(
            viewer(),
            upload.path,
            shared=request.form.get("shared") == "1",
            settings=current_app.config["SETTINGS"],
            clock=now,
        )
    except (errors.Invalid, errors.ImportRefused) as refusal:
        return _page(refusal), 422
    drop_upload(viewer())
    if job.state == "done":
        notice(taken_in(job))
        return redirect(url_for("portfolios.keep"))
    return redirect(url_for("portfolios.keep", _anchor="documents"))


def _looked_through(upload: Upload) -> ImportReport:
    from portfolio.export.import_zip import read_zip  # YAML, zips and pictures, only where they are read

    bundle = read_zip(upload.path, current_app.config["SETTINGS"].archive_bytes)
    pictures = sum(len(entry.photographs) for entry in bundle.entries) <= PICTURES_MOST
    return importing.import_bundle(viewer(), bundle, now=now(), dry_run=True, pictures=pictures)


def taken_in(job: JobView) -> str:
    """What of an import is in."""
    counts = job.counts
    added = counts.get("added", 0)
    sentences = [
        ngettext("%(num)d entry was added to your diary.", "%(num)d entries were added to your diary.", added)
    ]
    if counts.get("shared") and counts["shareable"]:
        sentences.append(
            ngettext(
                "%(num)d of them is shared again.", "%(num)d of them are shared again.", counts["shareable"]
            )
        )
    if counts.get("changed"):
        sentences.append(ngettext("%(num)d was changed.", "%(num)d were changed.", counts["changed"]))
    if counts.get("unchanged"):
        sentences.append(
            ngettext("%(num)d was there already.", "%(num)d were there already.", counts["unchanged"])
        )
    return (" " if sentences[0].isascii() else "").join(sentences)


def _page(refusal: errors.Invalid | errors.ImportRefused | None = None) -> str:
    return render_template(
        "portfolios/import.html",
        problem=said(refusal) if isinstance(refusal, errors.Invalid) else "",
        problems=[said_with_language(problem) for problem in refusal.problems]
        if isinstance(refusal, errors.ImportRefused)
        else (),
        most=largest_import(),
    )
