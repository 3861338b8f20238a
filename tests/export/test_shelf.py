"""What a book may fetch: only what is on its shelf, whatever stands in an entry."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pikepdf
import pytest

from portfolio.export.book import write_book
from portfolio.export.shelf import Refused, Shelf
from tests.export import books, pdfs, reviews

SECRET = "the-canary-that-nobody-should-read"

# {url}: a server on loopback; {file}: a file of this machine
VECTORS = [
    '<img src="{url}/img" alt="x">',
    '<img src="{file}" alt="x">',
    '<img srcset="{url}/srcset 2x" src="{url}/img2" alt="x">',
    '<img src="HTTP{http}/upper" alt="x">',
    '<img src="//{host}/protocol-relative" alt="x">',
    '<img src="data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22%3E%3Cimage href=%22{url}/data%22/%3E%3C/svg%3E" alt="x">',
    '<link rel="stylesheet" href="{url}/sheet.css">',
    '<link rel="stylesheet" href="{file}">',
    '<link rel="attachment" href="{file}">',
    '<link rel="attachment" href="{url}/attachment">',
    '<a rel="attachment" href="{file}">x</a>',
    '<a rel="attachment" href="{url}/attached">x</a>',
    '<style>@import url({url}/import.css);</style>',
    '<style>@import "{file}";</style>',
    '<style>p {{ background: url({url}/background) }}</style><p>x</p>',
    '<style>p::before {{ content: url({url}/content) }}</style><p>x</p>',
    '<style>li {{ list-style-image: url({url}/bullet) }}</style><ul><li>x</li></ul>',
    '<style>@font-face {{ font-family: F; src: url({url}/font.ttf) }} p {{ font-family: F }}</style><p>x</p>',
    '<style>@font-face {{ font-family: G; src: url({file}) }} p {{ font-family: G }}</style><p>x</p>',
    '<style>p {{ border-image: url({url}/border) 1 }}</style><p>x</p>',
    '<style>@page {{ background: url({url}/page) }}</style>',
    '<style>p {{ cursor: url({url}/cursor), auto; mask: url({url}/mask) }}</style><p>x</p>',
    '<p style="background: url({url}/inline)">x</p>',
    '<p style="background-image: url(\'{file}\')">x</p>',
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="{url}/svg" width="9" height="9"/></svg>',
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="{file}" width="9" height="9"/></svg>',
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><use href="{url}/use.svg#a"/></svg>',
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><style>@import url({url}/svgcss);</style></svg>',
    '<object data="{url}/object" type="image/png">x</object>',
    '<object data="{file}" type="image/svg+xml">x</object>',
    '<embed src="{url}/embed" type="image/png">',
    '<iframe src="{url}/frame"></iframe><iframe src="{file}"></iframe>',
    '<video poster="{url}/poster"></video><audio src="{url}/audio"></audio>',
    '<input type="image" src="{url}/input"><button style="background: url({url}/button)">x</button>',
    '<table background="{url}/table"><tr><td background="{url}/cell">x</td></tr></table>',
    '<body background="{url}/body">',
    '<base href="{url}/"><img src="based" alt="x">',
    '<meta http-equiv="refresh" content="0; url={url}/refresh">',
    '<img src="ftp://{host}/ftp" alt="x">',
    '<img src="file://localhost{path}" alt="x">',
    '<img src="book:photograph/somebody-elses" alt="x">',
    '<img src="book:font/../../instance/secret.ttf" alt="x">',
    '<img src="book:image/%2e%2e/secret.svg" alt="x">',
]  # fmt: skip


@dataclass
class Canary:
    url: str
    hits: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    found = Canary("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.hits.append(self.path)
            self.send_error(404)

        def log_message(self, *_said: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with pytest.raises(HTTPError):
        urlopen(f"{found.url}/sing", timeout=5)
    assert found.hits == ["/sing"]
    found.hits.clear()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.svg"
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="99" height="9"><text y="9">{SECRET}</text></svg>'
    )
    return path


def vectors(canary: Canary, secret: Path) -> list[str]:
    host = canary.url.removeprefix("http://")
    places = {
        "url": canary.url,
        "file": secret.as_uri(),
        "host": host,
        "http": canary.url[4:],
        "path": secret,
    }
    return [vector.format(**places) for vector in VECTORS]


def assert_clean(path: Path, canary: Canary) -> None:
    assert canary.hits == []
    assert SECRET not in pdfs.text_of(path)
    with pikepdf.open(path) as pdf:
        assert "/EmbeddedFiles" not in pdf.Root.get("/Names", {})
        assert not any(
            isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/Filespec" for o in pdf.objects
        )
        streams = b"".join(
            o.read_bytes() for o in pdf.objects if isinstance(o, pikepdf.Stream) and "/Type" in o
        )
        assert SECRET.encode() not in streams


@pytest.mark.heavy
def test_no_entry_makes_a_book_fetch_anything(canary: Canary, secret: Path, tmp_path: Path) -> None:
    nasty = vectors(canary, secret)
    entries = [
        books.entry(
            f"2022-{1 + n // 28:02}-{1 + n % 28:02}",
            f"Vector {n}",
            "x",
            html_body=vector + f"<p>kept {n}</p>",
        )
        for n, vector in enumerate(nasty)
    ]
    made = write_book(books.portfolio(entries), tmp_path / "nasty.pdf")
    assert_clean(made.path, canary)
    text = pdfs.text_of(made.path)
    assert all(f"kept {n}\n" in text for n in range(len(nasty)))


@pytest.mark.heavy
def test_the_renderer_itself_gets_nothing_either(canary: Canary, secret: Path, tmp_path: Path) -> None:
    from weasyprint import HTML

    for n, vector in enumerate(vectors(canary, secret)):
        shelf = Shelf({}, {})
        target = tmp_path / f"{n}.pdf"
        html = HTML(string=f'<html lang="en"><title>x</title>{vector}', base_url=None, url_fetcher=shelf)
        html.write_pdf(target, pdf_variant="pdf/ua-1")
        assert_clean(target, canary)


def test_the_shelf_gives_what_is_on_it(tmp_path: Path) -> None:
    night = reviews.photograph(tmp_path, "night", (8, 8), "A ward at night")
    shelf = Shelf({"cover": "<svg/>"}, {night.public_id: night})
    assert shelf.fetch("book:figure/cover").read() == b"<svg/>"
    assert shelf.fetch(f"book:photograph/{night.public_id}").read() == Path(night.path).read_bytes()
    assert shelf.fetch("book:font/SourceSerif4-Regular.ttf").read()[:4] == b"\x00\x01\x00\x00"
    assert b"<svg" in shelf.fetch("book:image/dot.svg").read()


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/",
        "file:///etc/hostname",
        "data:text/plain,x",
        "book:photograph/unknown",
        "book:photograph/../x",
        "book:secret/x",
        "Book:font/SourceSerif4-Regular.ttf",
        "book:font/SourceSerif4-Regular.ttf?x",
        "book:font/SourceSerif4-Regular.ttf\n",
        "",
    ],
)
def test_the_shelf_refuses_all_else(address: str) -> None:
    shelf = Shelf({}, {})
    with pytest.raises(Refused):
        shelf.fetch(address)
    assert shelf.refused == [address]


def test_a_photograph_of_another_kind_is_refused(tmp_path: Path) -> None:
    night = reviews.photograph(tmp_path, "night", (8, 8), "A ward at night")
    vector = replace(night, media_type="image/svg+xml")
    with pytest.raises(Refused):
        Shelf({}, {vector.public_id: vector}).fetch(f"book:photograph/{vector.public_id}")


def test_a_missing_part_of_the_product_stops_the_book() -> None:
    from weasyprint.urls import FatalURLFetchingError

    with pytest.raises(FatalURLFetchingError):
        Shelf({}, {}).fetch("book:font/NoSuchFace-Regular.ttf")
