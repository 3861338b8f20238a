"""Photographs of entries: sent to those who may read the entry, added and described by its author."""

from flask import Response, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from portfolio.domain import errors, records
from portfolio.domain.diary import photographs
from portfolio.web import now, viewer
from portfolio.web.diary.area import bp
from portfolio.web.security import wants_json

FIELD = "photographs"


@bp.get("/photographs/<photograph_id>")
def photograph(photograph_id: str) -> Response:
    picture = photographs.photograph(viewer(), photograph_id, now=now())
    extension = "png" if picture.media_type == "image/png" else "jpg"
    response = send_file(
        picture.path,
        picture.media_type,
        download_name=f"{picture.public_id}.{extension}",
        etag=picture.sha256,
        conditional=True,
    )
    response.headers["Content-Disposition"] = f"inline; filename={picture.public_id}.{extension}"
    # Asked for again each time, so that a grant taken back holds for pictures too
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@bp.post("/entries/<entry_id>/photographs")
def add_photographs(entry_id: str) -> ResponseReturnValue:
    added = add_uploaded(entry_id)
    if not added:
        raise errors.Invalid("Choose a photograph first.", field=FIELD)
    if wants_json():
        plates = [render_template("diary/_plate.html", photograph=p) for p in added]
        return jsonify(html="".join(plates), photographs=[p.public_id for p in added])
    return redirect(url_for("diary.edit", entry_id=entry_id, _anchor="photographs"))


@bp.post("/photographs/<photograph_id>/remove")
def remove_photograph(photograph_id: str) -> ResponseReturnValue:
    entry_id = photographs.remove_photograph(viewer(), photograph_id)
    if wants_json():
        return jsonify(removed=photograph_id)
    return redirect(url_for("diary.edit", entry_id=entry_id, _anchor="photographs"))


def uploaded() -> list[FileStorage]:
    """The files that came with a form; an input without a choice sends an empty one."""
    return [file for file in request.files.getlist(FIELD) if file.filename]


def add_uploaded(entry_id: str) -> list[records.Photograph]:
    """Put the form's files to an entry. Raises NotFound, Invalid (with the file's name in the sentence)."""
    added = []
    for file in uploaded():
        try:
            added.append(
                photographs.add_photograph(
                    viewer(), entry_id, file.stream.read(), name=file.filename or "", now=now()
                )
            )
        except errors.Invalid as refusal:
            reason = errors.Said(refusal.template, **refusal.fields)
            raise errors.Invalid(
                "“%(name)s”: %(reason)s", field=FIELD, name=file.filename or "", reason=reason
            ) from None
    return added
