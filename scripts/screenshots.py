"""Takes the pictures of README.md and docs/: `make screenshots`.

    .venv/bin/python scripts/screenshots.py [NAME ...]

Serves the demonstration cohort from a temporary folder, on an evening in October 2022, and looks at it
with Chromium, at the width of a desk and of a phone. Nothing in it is left to chance, so a picture
changes only when its page does. With names, only the pictures whose names begin with one are taken.
"""

import argparse
import contextlib
import datetime as dt
import io
import pathlib
import random
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pikepdf
import waitress
from PIL import Image, ImageOps
from playwright.sync_api import Page, Playwright, sync_playwright

from portfolio import create_app, demo
from portfolio.config import Settings
from portfolio.domain import accounts, portfolios
from portfolio.domain.records import Choices, Layout
from portfolio.export.book import write_book
from portfolio.export.site import write_site
from portfolio.jobs import Worker
from portfolio.store import database, files

PICTURES = pathlib.Path(__file__).resolve().parents[1] / "docs" / "pictures"
EVENING = dt.datetime(2022, 10, 31, 12, 10, tzinfo=dt.UTC)  # ten past eight in Shanghai, where the cohort is
HOST = "diary.example.edu"
WRITER = "sun-yi"
BOOK = (
    "A narrative review",
    "Trajectory",
    "Intern",
    "The blanket, again",
)  # bookmarks of the pages that are shown
KINDS = {  # of pages of a book, and the named places that they are at
    "cover": "", "declaration": "declaration", "contents": "contents", "trajectory": "trajectory",
    "narrative": "narrative-1", "opener": "stage-2", "margin": "", "beneath": "", "photograph": "",
    "thresholds": "thresholds", "index": "index", "assessor": "assessor",
}  # fmt: skip
BOOKS = {  # whose, and entries that have comments in the margin, and beneath, and a photograph
    "en": (
        WRITER,
        {"margin": "The blanket, again", "beneath": "Where to stand", "photograph": "Community clinic"},
    ),
    "zh": ("chen-yu", {"margin": "三点到四点", "beneath": "签名", "photograph": "同前"}),
}
BOUND = "Where to stand"  # stands on an even page, whose notes are mirrored if it is to be bound

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
WIDTHS: dict[str, dict[str, Any]] = {
    "desk": {"viewport": {"width": 1280, "height": 840}, "device_scale_factor": 1.5},
    "phone": {"viewport": {"width": 390, "height": 780}, "device_scale_factor": 2, "is_mobile": True},
}
PATIENCE_MS = 120_000  # on a busy machine
COLOURS = 192
RARE = Image.Quantize.MAXCOVERAGE  # keeps a colour of a few letters among the greys of a page
PAGE_WIDTH, GAP, DESK_COLOUR = 620, 30, "#ede5d5"  # pixels, of the pages of a book side by side
KIND_WIDTH, RIM, RIM_COLOUR = 820, 1, "#c9c2b8"  # of a page that stands by itself, in a fine frame


def write(page: Page) -> None:
    page.get_by_label("Title").fill("The last line of the list")
    page.locator("#f-body").fill(
        "Bed eleven asked whether I was the one who had been there in the night. I said yes. "
        "She looked at me for a while and said: “Then you know.”\n\n"
        "I did not ask what. I wrote *slept well* on the sheet, because that is what the column is for."
    )
    page.locator(".saved", has_text="Saved").wait_for()


def follow(name: str) -> Callable[[Page], None]:
    """Go where the link leads that begins with this name; a phone may not show it."""

    def click(page: Page) -> None:
        page.locator("main a", has_text=re.compile(rf"^\s*{re.escape(name)}")).first.evaluate(
            "link => link.click()"
        )
        page.get_by_role("heading", name=name).wait_for()
        page.wait_for_load_state("networkidle")

    return click


def share(page: Page) -> None:
    follow("Drawer")(page)
    readers = page.get_by_role("region", name="Who can read this")
    readers.locator("summary", has_text="Share…").click()
    readers.get_by_label("Dr Lin Hua").check()
    readers.evaluate("section => section.scrollIntoView({block: 'center'})")


@dataclass(frozen=True, slots=True)
class Shot:
    """One page of the site, as somebody sees it."""

    name: str
    login: str
    path: str
    prepare: Callable[[Page], None] = lambda page: None


# What writes stands last, so that the others show the demonstration as it is
SHOTS = (
    Shot("entry", WRITER, "/diary?q=looked+over+my+shoulder", follow("Nobody behind me")),
    Shot("diary", WRITER, "/diary"),
    Shot("keep", WRITER, "/keep"),
    Shot("queue", "dr-lin", "/mentoring", follow("Having read it all")),
    Shot("person", "dr-lin", "/mentoring", follow("Sun Yi")),
    Shot("programme", "prof-zhou", "/programme"),
    Shot("cohort", "prof-zhou", "/programme", follow("Clinical Medicine")),
    Shot("people", "admin", "/accounts"),
    Shot("share", WRITER, "/diary?q=eleven+stops", share),
    Shot("write", WRITER, "/write", write),
)


def names() -> list[str]:
    """The files that this script writes."""
    by_width = [
        f"{name}-{width}.png" for name in (*(shot.name for shot in SHOTS), "book", "site") for width in WIDTHS
    ]
    return [
        *by_width,
        *(f"book-{language}-{kind}.png" for language in BOOKS for kind in KINDS),
        "book-bound.png",
    ]


@contextlib.contextmanager
def served(instance: pathlib.Path) -> Iterator[tuple[int, str]]:
    """The demonstration, served from `instance`: its port, and everybody's password."""
    settings = Settings(instance=instance, base_url=f"http://{HOST}")
    database.open_database(settings.database_url)
    files.use_folder(instance / "files")
    with database.connection():
        database.migrate()
        demo.load(instance, now=EVENING)
        password = demo.sign_ins(instance).splitlines()[0].rpartition(" ")[2]
        server = waitress.create_server(create_app(settings, CLOCK=lambda: EVENING), host="127.0.0.1", port=0)
        worker = Worker(settings, lambda: EVENING)
        threading.Thread(target=server.run, daemon=True).start()
        worker.start()
        try:
            yield server.effective_port, password
        finally:
            worker.stop()
            server.close()


@contextlib.contextmanager
def window(playwright: Playwright, width: str, port: int = 0) -> Iterator[Page]:
    """A browser's window, for which HOST is the server at `port`."""
    arguments = [*ARGUMENTS, f"--host-resolver-rules=MAP {HOST} 127.0.0.1:{port}"]
    chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
    context = chromium.new_context(
        base_url=f"http://{HOST}", locale="en-GB", timezone_id="Asia/Shanghai",
        color_scheme="light", reduced_motion="reduce", **WIDTHS[width],
    )  # fmt: skip
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.clock.set_fixed_time(EVENING)
    try:
        yield page
    finally:
        chromium.close()


def photograph(playwright: Playwright, shot: Shot, width: str, port: int, password: str) -> None:
    with window(playwright, width, port) as page:
        page.goto("/sign-in")
        page.locator("[name=login]").fill(shot.login)
        page.locator("[name=password]").fill(password)
        page.locator("main form button.primary").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)
        page.goto(shot.path, wait_until="networkidle")
        shot.prepare(page)
        page.wait_for_load_state("networkidle")
        keep(f"{shot.name}-{width}", Image.open(io.BytesIO(page.screenshot(animations="disabled"))))


def site(playwright: Playwright, folder: pathlib.Path) -> None:
    """The writer's static site, opened from disk."""
    writer = accounts.viewer_by_login(WRITER)
    write_site(portfolios.select(writer, Choices(variant="review"), now=EVENING), folder / "site")
    for width in WIDTHS:
        with window(playwright, width) as page:
            page.goto((folder / "site" / "index.html").as_uri())
            keep(f"site-{width}", Image.open(io.BytesIO(page.screenshot(animations="disabled"))))


def book(folder: pathlib.Path) -> None:
    """Pages of the writer's book, side by side: all of them for a desk, the middle ones for a phone."""
    path = review(WRITER, folder / "book.pdf")
    pages = [drawn(path, number) for number in numbers(path)]
    keep("book-desk", side_by_side(pages))
    keep("book-phone", side_by_side(pages[1:3]))


def each_kind(folder: pathlib.Path) -> None:
    """A page of each kind of an English book and of a Chinese one, and two facing pages to be bound."""
    for language, (login, entries) in BOOKS.items():
        path = review(login, folder / f"{language}.pdf")
        at = places(path)
        for kind, name in KINDS.items():
            number = at[entries.get(kind, name)] if name or kind in entries else 1
            if kind == "photograph":
                number = pictured(path, number)
            page = ImageOps.expand(drawn(path, number, KIND_WIDTH), RIM, RIM_COLOUR)
            many = kind == "photograph"
            keep(f"book-{language}-{kind}", page, Image.Quantize.MEDIANCUT if many else RARE)
    path = review(WRITER, folder / "bound.pdf", Layout(binding=True))
    even = places(path)[BOUND]
    if even % 2:
        raise ValueError(f"{BOUND!r} is on page {even}, which is a right one")
    pages = [drawn(path, even), drawn(path, even + 1)]
    spread = Image.new("RGB", (2 * PAGE_WIDTH + RIM, pages[0].height), RIM_COLOUR)
    for place, page in enumerate(pages):
        spread.paste(page, (place * (PAGE_WIDTH + RIM), 0))
    keep("book-bound", ImageOps.expand(spread, RIM, RIM_COLOUR), RARE)


def review(login: str, path: pathlib.Path, layout: Layout = Layout()) -> pathlib.Path:  # noqa: B008
    """Somebody's narrative review as a PDF."""
    choices = Choices(variant="review", layout=layout)
    _, portfolio = portfolios.freeze_edition(accounts.viewer_by_login(login), choices, now=EVENING)
    return write_book(portfolio, path).path


def places(path: pathlib.Path) -> dict[str, int]:
    """The page, from 1, of each named place and of each entry's bookmark."""
    with pikepdf.open(path) as pdf, pdf.open_outline() as outline:
        number = {page.objgen: n for n, page in enumerate(pdf.pages, 1)}
        names = pdf.Root.Names.Dests.Names
        found = {str(names[i]): number[names[i + 1][0].objgen] for i in range(0, len(names), 2)}
        below = [item for top in outline.root for item in top.children]
        return found | {item.title: number[item.destination[0].objgen] for item in below}  # type: ignore[index]


def pictured(path: pathlib.Path, number: int) -> int:
    """The first page from this one on that has a photograph: it may not fit beneath its entry's text."""
    listed = subprocess.run(["pdfimages", "-list", "-f", str(number), path], capture_output=True, check=True)
    return int(listed.stdout.splitlines()[2].split()[0])  # beneath two lines of headings


def numbers(path: pathlib.Path) -> list[int]:
    """On which pages, from 1, the bookmarks of BOOK lead."""
    with pikepdf.open(path) as pdf, pdf.open_outline() as outline:
        below = [item for top in outline.root for item in (top, *top.children)]
        first = {item.title: item for item in reversed(below)}
        return [pdf.pages.index(pikepdf.Page(first[title].destination[0])) + 1 for title in BOOK]  # type: ignore[index]


def drawn(path: pathlib.Path, number: int, width: int = PAGE_WIDTH) -> Image.Image:
    command = ["pdftoppm", "-png", "-f", str(number), "-l", str(number), "-scale-to-x", str(width)]
    done = subprocess.run([*command, "-scale-to-y", "-1", path], capture_output=True, check=True)
    return Image.open(io.BytesIO(done.stdout))


def side_by_side(pages: Iterable[Image.Image]) -> Image.Image:
    pages = list(pages)
    height = max(page.height for page in pages) + 2 * GAP
    desk = Image.new("RGB", (GAP + len(pages) * (PAGE_WIDTH + GAP), height), DESK_COLOUR)
    for place, page in enumerate(pages):
        desk.paste(page, (GAP + place * (PAGE_WIDTH + GAP), GAP))
    return desk


def keep(name: str, image: Image.Image, method: Image.Quantize = Image.Quantize.MEDIANCUT) -> None:
    """Write a picture with few colours: these pages have few, and readers wait for bytes."""
    few = image.convert("RGB").quantize(COLOURS, method=method, dither=Image.Dither.NONE)
    PICTURES.mkdir(parents=True, exist_ok=True)
    few.save(PICTURES / f"{name}.png", optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", default=[""])
    wanted = tuple(parser.parse_args().names)
    random._urandom = random.Random(2022).randbytes  # type: ignore[attr-defined]  # noqa: S311  ids and codes
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        folder = pathlib.Path(place)
        with served(folder / "instance") as (port, password):
            if "book".startswith(wanted):
                book(folder)
            if any(name.startswith(wanted) for name in ("book-en", "book-zh", "book-bound")):
                each_kind(folder)
            if "site".startswith(wanted):
                site(playwright, folder)
            for shot in SHOTS:
                for width in WIDTHS if shot.name.startswith(wanted) else ():
                    photograph(playwright, shot, width, port, password)


if __name__ == "__main__":
    main()
