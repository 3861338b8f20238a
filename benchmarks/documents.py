"""Times books beside Chromium's print and Typst, on the same content in alternating runs.

    .venv/bin/python benchmarks/documents.py [--cases NAME …] [--repeat 3] [--json FILE]

Cases: average, heavy, decade, cohort, site; without --cases all of them.

Steps: `new` (nothing kept), `edited` (one entry in the middle), `added` (one at the end),
`unchanged`. The rivals make the whole book each time; what they read is written beforehand and not
counted, while ours begins with the records of a diary. "Chromium" is warm (a browser that runs, a
new page) unless it says new; Typst is a new process, since it has no other kind. Peak memory is the
sum over all processes of an engine, sampled every 20 ms; `largest_mb` is that of our largest process
by itself. "site" runs `sites.py`, beside Hugo. The table is Markdown.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import cases
import pikepdf
import psutil
import rivals
from playwright.sync_api import sync_playwright

from portfolio.domain.records import Portfolio
from portfolio.export.book import press_room, write_book

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
TYPST = "import sys, typst; typst.compile(sys.argv[1], output=sys.argv[2], font_paths=[sys.argv[3]])"
STEPS = ("new", "edited", "added", "unchanged")


@dataclass
class Row:
    case: str
    step: str
    engine: str
    wall_s: float
    cpu_s: float
    peak_mb: float
    pages: int
    bytes: int
    vs_chromium: float | None = None
    vs_typst: float | None = None
    largest_mb: float | None = None


class Watch:
    """CPU seconds and the largest memory of some processes below this one, while they are watched.

    `wanted` is a part of the command line of each of them, or of one above it.
    """

    def __init__(self, wanted: str) -> None:
        self.wanted = wanted
        self.peak_mb = 0.0
        self._cpu: dict[int, float] = {}
        self._before: dict[int, float] = {}

    @contextmanager
    def running(self) -> Iterator["Watch"]:
        self._look()
        self._before, self.peak_mb = dict(self._cpu), 0.0
        over = threading.Event()

        def look() -> None:
            while not over.wait(0.02):
                self._look()

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield self
        finally:
            self._look()
            over.set()
            thread.join()

    @property
    def cpu_s(self) -> float:
        return sum(used - self._before.get(pid, 0.0) for pid, used in self._cpu.items())

    def _look(self) -> None:
        total = 0.0
        below = [p for p in psutil.Process().children(recursive=True) if self._is_wanted(p)]
        for process in below:
            try:
                times = process.cpu_times()
                self._cpu[process.pid] = times.user + times.system
                total += process.memory_full_info().uss / 1e6
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        self.peak_mb = max(self.peak_mb, total)

    def _is_wanted(self, process: psutil.Process) -> bool:
        try:
            return self.wanted in " ".join(process.cmdline())
        except psutil.Error:
            return False


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", nargs="+", default=["average", "heavy", "decade", "cohort", "site"])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    rows: list[dict[str, Any]] = []
    print(f"{machine()}, load {os.getloadavg()[0]:.1f}\n")
    print("| case | step | engine | wall s | CPU s | peak MB | pages | bytes | × Chromium | × Typst |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    with sync_playwright() as play:
        for name in given.cases:
            if name == "site":
                continue
            made = measure_cohort(play) if name == "cohort" else measure(play, name, given.repeat)
            for row in made:
                rows.append(vars(row))
                print(line(row), flush=True)
    if "site" in given.cases:
        print()
        rows += site_rows(given.repeat)
    if given.json:
        document = {"machine": machine(), "rows": rows}
        given.json.write_text(json.dumps(document, indent=1) + "\n", "utf-8")


def site_rows(repeat: int) -> list[dict[str, Any]]:
    """What `sites.py` measures and prints, in a process of its own."""
    with tempfile.NamedTemporaryFile(suffix=".json") as told:
        script = Path(__file__).parent / "sites.py"
        command = [sys.executable, str(script), "--runs", str(repeat), "--json", told.name]
        subprocess.run(command, check=True)
        found: list[dict[str, Any]] = json.loads(Path(told.name).read_text("utf-8"))
        return found


def measure(play: Any, name: str, repeat: int) -> list[Row]:
    start = getattr(cases, name)()
    runs: dict[tuple[str, str], list[Row]] = {}
    repeat = 1 if len(start.entries) > 2000 else repeat
    with tempfile.TemporaryDirectory() as place:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        room = press_room()
        room.ready()
        warm = Path(place) / "warm"
        write_book(
            cases.average(), Path(place) / "warm.pdf", kept=warm, room=room
        )  # it has loaded everything
        for number in range(repeat):
            kept = Path(place) / f"kept{number}"
            middle = len(start.entries) // 2 + number
            for step in STEPS:
                shown = start
                if step == "edited":
                    shown = cases.edited(start, middle)
                elif step in ("added", "unchanged"):
                    shown = cases.added(start)
                for engine, make in (
                    ("portfolio", lambda p, t: ours(p, t, kept, room)),  # noqa: B023
                    ("Chromium", lambda p, t: chromium(p, t, browser)),
                    ("Chromium new", lambda p, t: chromium_new(play, p, t)),
                    ("Typst", typst),
                ):
                    if engine == "Chromium new" and step != "new":
                        continue
                    folder = Path(place) / f"{number}-{step}-{engine}"
                    folder.mkdir()
                    row = make(shown, folder)
                    row.case, row.step, row.engine = name, step, engine
                    runs.setdefault((step, engine), []).append(row)
        room.close()
        browser.close()
    rows = [middle_of(found) for found in runs.values()]
    for row in rows:
        of = {r.engine: r.wall_s for r in rows if r.step == row.step}
        if row.engine == "portfolio":
            row.vs_chromium, row.vs_typst = row.wall_s / of["Chromium"], row.wall_s / of["Typst"]
    return rows


def measure_cohort(play: Any) -> list[Row]:
    """58 books, one after another: all new, one entry of each edited, one added, nothing changed."""
    students = cases.cohort()
    rows = []
    with tempfile.TemporaryDirectory() as place:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        room = press_room()
        room.ready()
        kept = Path(place) / "kept"
        for step in STEPS:
            shown = students
            if step == "edited":
                shown = [cases.edited(p, len(p.entries) // 2) for p in students]
            elif step in ("added", "unchanged"):
                shown = [cases.added(p) for p in students]
            for engine in ("portfolio", "Chromium", "Typst"):
                total = Row("cohort", step, engine, 0, 0, 0, 0, 0)
                for number, portfolio in enumerate(shown):
                    folder = Path(place) / f"{step}-{engine}-{number}"
                    folder.mkdir()
                    made = {
                        "portfolio": lambda p, t: ours(p, t, kept, room),
                        "Chromium": lambda p, t: chromium(p, t, browser),
                        "Typst": typst,
                    }[engine](portfolio, folder)
                    total.wall_s += made.wall_s
                    total.cpu_s += made.cpu_s
                    total.peak_mb = max(total.peak_mb, made.peak_mb)
                    total.pages += made.pages
                    total.bytes += made.bytes
                    total.largest_mb = max(total.largest_mb or 0, made.largest_mb or 0) or None
                rows.append(total)
            ours_row, chromium_row, typst_row = rows[-3:]
            ours_row.vs_chromium = ours_row.wall_s / chromium_row.wall_s
            ours_row.vs_typst = ours_row.wall_s / typst_row.wall_s
        room.close()
        browser.close()
    return rows


def ours(portfolio: Portfolio, folder: Path, kept: Path, room: Any) -> Row:
    target = folder / "book.pdf"
    with Watch("portfolio.export.book_child").running() as watch:
        made = write_book(portfolio, target, kept=kept, room=room)
    if made.plain:
        raise SystemExit("an entry was set as plain text")
    row = Row("", "", "", made.wall_s, made.cpu_s, watch.peak_mb, made.pages, made.bytes)
    row.largest_mb = made.peak_mb
    return row


def chromium(portfolio: Portfolio, folder: Path, browser: Any) -> Row:
    source = rivals.write_html(portfolio, folder)
    target = folder / "book.pdf"
    with Watch("chromium").running() as watch:
        began = time.perf_counter()
        page = browser.new_page()
        page.goto(f"file://{source}")
        page.pdf(path=str(target), prefer_css_page_size=True, tagged=True, outline=True)
        wall = time.perf_counter() - began
    page.close()
    return printed(target, wall, watch)


def chromium_new(play: Any, portfolio: Portfolio, folder: Path) -> Row:
    source = rivals.write_html(portfolio, folder)
    target = folder / "book.pdf"
    with Watch("chromium").running() as watch:
        began = time.perf_counter()
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.goto(f"file://{source}")
        page.pdf(path=str(target), prefer_css_page_size=True, tagged=True, outline=True)
        wall = time.perf_counter() - began
    browser.close()
    return printed(target, wall, watch)


def typst(portfolio: Portfolio, folder: Path) -> Row:
    source = rivals.write_typst(portfolio, folder)
    target = folder / "book.pdf"
    fonts = Path(cases.__file__).resolve().parent.parent / "static" / "fonts"
    with Watch("typst.compile").running() as watch:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", TYPST, str(source), str(target), str(fonts)], check=True)
        wall = time.perf_counter() - began
    return printed(target, wall, watch)


def printed(target: Path, wall: float, watch: Watch) -> Row:
    with pikepdf.open(target) as pdf:
        pages = len(pdf.pages)
    return Row("", "", "", wall, watch.cpu_s, watch.peak_mb, pages, target.stat().st_size)


def middle_of(rows: list[Row]) -> Row:
    """The run of the median wall time."""
    ordered = sorted(rows, key=lambda row: row.wall_s)
    chosen = ordered[(len(ordered) - 1) // 2]
    chosen.wall_s = median(row.wall_s for row in rows)
    return chosen


def line(row: Row) -> str:
    ratios = [f"{r:.2f}" if r is not None else "" for r in (row.vs_chromium, row.vs_typst)]
    return (
        f"| {row.case} | {row.step} | {row.engine} | {row.wall_s:.2f} | {row.cpu_s:.2f} | {row.peak_mb:.0f} "
        f"| {row.pages} | {row.bytes:,} | {ratios[0]} | {ratios[1]} |"
    )


def machine() -> str:
    cpu = next(
        (
            text.split(":")[1].strip()
            for text in Path("/proc/cpuinfo").read_text().split("\n")
            if "model name" in text
        ),
        platform.machine(),
    )
    memory = psutil.virtual_memory().total / 2**30
    python = platform.python_version()
    return f"{os.cpu_count()} cores, {cpu}, {memory:.0f} GB, {platform.system()}, Python {python}"


if __name__ == "__main__":
    main()
