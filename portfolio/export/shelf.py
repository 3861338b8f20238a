"""All that a book may fetch: our fonts and ornaments, its own figures and photographs. Nothing else.

WeasyPrint asks this shelf for every address in the document, and no other fetcher exists in the
process. Addresses are `book:font/…`, `book:image/…`, `book:figure/…`, `book:photograph/…`.
"""

import re
from collections.abc import Mapping

from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from portfolio.domain.records import Photograph
from portfolio.export.environment import resource
from portfolio.export.greys import grey, grey_picture

PICTURES = ("image/jpeg", "image/png")
_ADDRESS = re.compile(r"book:(font|image|figure|photograph)/([A-Za-z0-9_-]{1,64}(?:\.(?:ttf|svg))?)")


class Refused(ValueError):
    """The document asked for something that is not on the shelf."""


class Shelf(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no annotations
    """Serves by name from fixed places. `refused` lists what else was asked for."""

    def __init__(
        self, figures: Mapping[str, str], photographs: Mapping[str, Photograph], grey: bool = False
    ) -> None:
        super().__init__(allowed_protocols=("book",), allow_redirects=False)
        self.figures = figures
        self.photographs = photographs
        self.grey = grey
        self.refused: list[str] = []

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        """Raises Refused; FatalURLFetchingError where a part of the product itself is missing."""
        found = _ADDRESS.fullmatch(url)
        if found is None:
            self.refused.append(url[:100])
            raise Refused("not on the shelf")
        kind, name = found.groups()
        if kind == "photograph":
            photograph = self.photographs.get(name)
            if photograph is None or photograph.media_type not in PICTURES:
                self.refused.append(url)
                raise Refused("no such photograph in this portfolio")
            with open(photograph.path, "rb") as stream:
                content = grey_picture(stream.read()) if self.grey else stream.read()
            return URLFetcherResponse(url, content, {"Content-Type": photograph.media_type})
        if kind == "figure" and name in self.figures:
            return URLFetcherResponse(url, self.figures[name], {"Content-Type": "image/svg+xml"})
        folder = {"font": "fonts", "image": "book"}.get(kind)
        try:
            if folder is None:
                raise FileNotFoundError(name)
            content = resource("static", folder, name).read_bytes()
        except OSError as error:
            raise FatalURLFetchingError(f"{url} is missing") from error
        media_type = "font/ttf" if kind == "font" else "image/svg+xml"
        if self.grey and kind == "image":
            content = grey(content.decode()).encode()
        return URLFetcherResponse(url, content, {"Content-Type": media_type})
