"""Measures what writing an archive out and bringing it in take, by how much the photographs weigh.

    .venv/bin/python benchmarks/archives.py [--mb 50 1000] [--folder FOLDER] [--json FILE]

Each step is a whole command in a new process: `portfolio export archive` of a diary, `portfolio import
archive` into an empty site, and the same again, which finds everything there. Wall and CPU seconds and
peak memory (of the largest process) are the operating system's own; the table is Markdown. The
photographs are PNG files of 1 MB of random pixels, which no zip makes smaller, and which are kept byte
for byte. FOLDER needs four times the room of the largest.
"""

import argparse
import datetime as dt
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

PORTFOLIO = [sys.executable, "-c", "from portfolio.cli import main; main()"]
ENTRIES = 100  # at least
PER_ENTRY = 10  # photographs at most
SIDE = 591  # pixels; three bytes each are 1 MB
KINDS = 20  # different photographs; the others are the same bytes under other names
PASSWORD = "a long sentence is a good password"  # noqa: S105 - of a site that is thrown away
NOW = dt.datetime(2022, 9, 14, 12, tzinfo=dt.UTC)


@dataclass
class Row:
    photographs_mb: int
    entries: int
    step: str
    wall_s: float
    cpu_s: float
    peak_mb: float
    archive_mb: int


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--mb", nargs="+", type=int, default=[50, 1000])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--fill", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fill:
        fill(Path(options.fill[0]), int(options.fill[1]))
        return
    rows: list[Row] = []
    for megabytes in options.mb:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            rows += measured(Path(folder), megabytes)
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    print("| photographs (MB) | entries | step | wall (s) | CPU (s) | peak memory (MB) | archive (MB) |")
    print("| ---: | ---: | --- | ---: | ---: | ---: | ---: |")
    for r in rows:
        print(
            f"| {r.photographs_mb:,} | {r.entries:,} | {r.step} | {r.wall_s:.1f} | {r.cpu_s:.1f} "
            f"| {r.peak_mb:.0f} | {r.archive_mb:,} |"
        )


def measured(folder: Path, megabytes: int) -> list[Row]:
    """The steps of one diary, each in a process of its own."""
    archive = folder / "archive.zip"
    subprocess.run([sys.executable, __file__, "--fill", str(folder / "full"), str(megabytes)], check=True)
    make_site(folder / "empty")
    bring = ["import", "archive", str(archive), "--user", "mei"]
    steps = {
        "export": ["--instance", str(folder / "full"), "export", "archive", "mei", "-o", str(archive)],
        "import": ["--instance", str(folder / "empty"), *bring],
        "import again": ["--instance", str(folder / "empty"), *bring],
    }
    rows = []
    for step, words in steps.items():
        wall, cpu, peak = timed(words)
        size = archive.stat().st_size // 1024**2
        rows.append(Row(megabytes, entries_of(megabytes), step, wall, cpu, peak, size))
        print(rows[-1], file=sys.stderr)
        if step == "export":
            shutil.rmtree(folder / "full")
    return rows


def timed(words: list[str]) -> tuple[float, float, float]:
    """Wall and CPU seconds and peak memory in MB of a command."""
    began = time.perf_counter()
    process = subprocess.Popen([*PORTFOLIO, *words], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"portfolio {' '.join(words)} ended with {process.returncode}")
    return time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def make_site(instance: Path) -> None:
    """An empty site with an account for Mei."""
    portfolio = [*PORTFOLIO, "--instance", str(instance)]
    subprocess.run([*portfolio, "migrate"], check=True, stdout=subprocess.DEVNULL)
    named = ["--name", "Wang Mei", "--password-stdin"]
    subprocess.run(
        [*portfolio, "user", "add", "mei", *named],
        check=True,
        input=PASSWORD.encode(),
        stdout=subprocess.DEVNULL,
    )


def entries_of(megabytes: int) -> int:
    return max(ENTRIES, -(-megabytes // PER_ENTRY))


def fill(instance: Path, megabytes: int) -> None:
    """A site with Mei's diary, whose photographs weigh so much together."""
    from portfolio import config
    from portfolio.domain import accounts, diary
    from portfolio.domain.diary import photographs
    from portfolio.store import database, files
    from portfolio.store.diary import Entry

    make_site(instance)
    database.open_database(config.load(instance).database_url)
    files.use_folder(instance / "files")
    with database.connection():
        mei = accounts.viewer_by_login("mei")
        kinds = [photographs.write_file(*random_picture()) for _ in range(min(KINDS, megabytes))]
        entries = entries_of(megabytes)
        left = megabytes
        for n in range(entries):
            day = NOW.date() - dt.timedelta(days=entries - n)
            body = f"Night {n}. " + "She had been standing by the lift since before the round. " * 20
            draft = diary.Draft(body=body, entry_date=day)
            kept = diary.keep_entry(mei, draft, creation_key=str(n), now=NOW)
            entry = Entry.get(Entry.public_id == kept.entry_id)
            here = min(PER_ENTRY, -(-left // (entries - n)))
            for _ in range(here):
                kind = kinds[left % len(kinds)]
                name, place = files.place_for(".png")
                os.link(files.path_of(kind.name), place)
                photographs.store(mei, entry, kind._replace(name=name), now=NOW)
                left -= 1


def random_picture() -> tuple[bytes, str, int, int]:
    import PIL.Image

    out = io.BytesIO()
    picture = PIL.Image.frombytes("RGB", (SIDE, SIDE), os.urandom(3 * SIDE * SIDE))
    picture.save(out, "PNG", compress_level=1)
    return out.getvalue(), "image/png", SIDE, SIDE


if __name__ == "__main__":
    main()
