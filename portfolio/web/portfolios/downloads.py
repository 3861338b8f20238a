"""Names for what is downloaded, also for programs that know no letters beyond ASCII."""

import unicodedata
from urllib.parse import quote

from flask import Response


def name_file(response: Response, name: str, *, as_attachment: bool = True) -> None:
    """Say under which name a file is saved: “林桦-portfolio-edition-1.pdf”, where that cannot be
    read “portfolio-edition-1.pdf” (RFC 6266).
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lstrip("-_. ")
    names = {"filename": plain}
    if plain != name:
        names["filename*"] = f"UTF-8''{quote(name, safe='')}"
    response.headers.set("Content-Disposition", "attachment" if as_attachment else "inline", **names)
