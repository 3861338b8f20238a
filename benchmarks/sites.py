"""Times the site of a cohort of 9,065 entries against Hugo's of the same content, in alternating runs.

    .venv/bin/python benchmarks/sites.py [--runs 5] [--keep FOLDER]

Both are whole commands in new processes: `portfolio export site … --cohort` from the database into a
folder, and `hugo` from Markdown files into a folder, with a plain theme that makes the same pages
(entries with neighbours and the way to them, stages, months, tags) and no search index. "New" is into
no folder, "unchanged" into the folder of the run before. Wall and CPU seconds and peak memory are the
operating system's own for the process and its children; the table is Markdown, of medians. Hugo is
Debian's package of that name.

The cohort is that of `portfolio demo --scale`, and every entry of it granted to the cohort.
"""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

from portfolio.demo import scale

COHORT = "58 students"
THEME = {
    "config.toml": """
baseURL = "/"
relativeURLs = true
title = "58 students"
disableKinds = ["RSS", "sitemap", "robotsTXT"]
[taxonomies]
stage = "stages"
tag = "tags"
month = "months"
""",
    "static/site.css": "",
    "layouts/_default/baseof.html": """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{ .Title }} · {{ .Site.Title }}</title><link rel="stylesheet" href="{{ "site.css" | relURL }}"></head>
<body><header><a href="{{ "/" | relURL }}">{{ .Site.Title }}</a><nav><ul>
<li><a href="{{ "/" | relURL }}">Contents</a></li><li><a href="{{ "/months/" | relURL }}">Months</a></li>
<li><a href="{{ "/tags/" | relURL }}">Tags</a></li></ul></nav></header>
<main>{{ block "main" . }}{{ end }}</main></body></html>
""",
    "layouts/_default/single.html": """{{ define "main" }}<article>
<nav>{{ range .Params.stages }}<a href="{{ printf "/stages/%s/" (urlize .) | relURL }}">{{ . }}</a>{{ end }}
{{ range .Params.months }}<a href="{{ printf "/months/%s/" . | relURL }}">{{ . }}</a>{{ end }}</nav>
<p>{{ .Date.Format "2 January 2006" }}</p><h1>{{ .Title }}</h1><p>{{ .Params.author }}</p>
<div lang="{{ .Params.written }}">{{ .Content }}</div>
<p>{{ range .Params.tags }}<a href="{{ printf "/tags/%s/" (urlize .) | relURL }}">{{ . }}</a> {{ end }}</p>
<nav>{{ with .PrevInSection }}<a href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}
{{ with .NextInSection }}<a href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}</nav></article>{{ end }}
""",
    "layouts/_default/list.html": """{{ define "main" }}<h1>{{ .Title }}</h1><ol>
{{ range .Pages }}<li><a href="{{ .RelPermalink }}">{{ .Title }}</a>
{{ .Date.Format "2 January 2006" }} {{ .Params.author }}</li>{{ end }}</ol>{{ end }}
""",
}


@dataclass(frozen=True)
class Run:
    wall_s: float
    cpu_s: float
    peak_mb: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument(
        "--keep", type=pathlib.Path, help="a folder for the cohort, used again if it is there"
    )
    parser.add_argument("--json", type=pathlib.Path, help="where to write the rows as JSON, too")
    options = parser.parse_args()
    if shutil.which("hugo") is None:
        raise SystemExit("Hugo is not installed (apt-get install hugo).")
    with contextlib.ExitStack() as stack:
        place = options.keep or pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        prepare(place)
        rows = measure(place, options.runs)
    said = subprocess.run(["hugo", "version"], capture_output=True, text=True, check=True).stdout
    version = said.split()[1]
    print(f"{os.uname().machine}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {version}\n")
    print("| step | engine | wall s | CPU s | peak MB | against Hugo |\n|" + " --- |" * 6)
    for row in rows:
        print(
            f"| {row['step']} | {row['engine']} | {row['wall_s']:.2f} | {row['cpu_s']:.2f}"
            f" | {row['peak_mb']:.0f} | {row['vs_hugo']:.2f} |"
        )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")


def prepare(place: pathlib.Path) -> None:
    """The cohort, in the product and as a folder for Hugo."""
    instance, source = place / "instance", place / "hugo"
    if not (instance / "portfolio.db").exists():
        for command in (["migrate"], ["demo", "--scale"]):
            subprocess.run([*portfolio(instance), *command], check=True, stdout=subprocess.DEVNULL)
        import sqlite3

        with contextlib.closing(sqlite3.connect(instance / "portfolio.db")) as database, database:
            database.execute(
                'INSERT INTO "grant" (entry_id, audience, granted_at) SELECT id, ?, kept_at FROM entry'
                ' WHERE kept_at IS NOT NULL AND id NOT IN (SELECT entry_id FROM "grant" WHERE audience = ?)',
                ("cohort", "cohort"),
            )
    if not source.exists():
        for name, content in THEME.items():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_text(content)
        for record in scale.records():
            folder = source / "content" / "entries" / f"{record.date.year}"
            folder.mkdir(parents=True, exist_ok=True)
            front = {
                "title": record.title,
                "date": record.date.isoformat(),
                "author": f"Student {record.student:02}",
                "written": record.language,
                "stages": [record.stage],
                "months": [f"{record.date:%Y-%m}"],
                "tags": list(record.tags),
            }
            text = json.dumps(front, ensure_ascii=False) + "\n\n" + record.body + "\n"
            (folder / f"{record.date}-{record.order}.md").write_text(text)


def portfolio(instance: pathlib.Path) -> list[str]:
    script = "from portfolio.cli import main; main()"
    return [sys.executable, "-c", script, "--instance", str(instance)]


def measure(place: pathlib.Path, runs: int) -> list[dict[str, object]]:
    """Rows of medians, the engines by turns."""
    ours, theirs = place / "ours", place / "hugo" / "public"
    export = [*portfolio(place / "instance"), "export", "site", "lead", "--cohort", COHORT, "-o", str(ours)]
    hugo = ["hugo", "--quiet", "--source", str(place / "hugo"), "--destination", str(theirs)]
    times: dict[tuple[str, str], list[Run]] = {}
    for _ in range(runs):
        for step in ("new", "unchanged"):
            for engine, command, target in (("portfolio", export, ours), ("hugo", hugo, theirs)):
                if step == "new":
                    shutil.rmtree(target, ignore_errors=True)
                times.setdefault((step, engine), []).append(run(command))
    rows = []
    for (step, engine), found in times.items():
        ratios = [a.wall_s / b.wall_s for a, b in zip(found, times[step, "hugo"], strict=True)]
        rows.append(
            {
                "case": "site of 9,065 entries",
                "step": step,
                "engine": engine,
                "wall_s": statistics.median(one.wall_s for one in found),
                "cpu_s": statistics.median(one.cpu_s for one in found),
                "peak_mb": max(one.peak_mb for one in found),
                "vs_hugo": statistics.median(ratios),
            }
        )
    return rows


def run(command: list[str]) -> Run:
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(f"{command} ended with {process.returncode}")
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


if __name__ == "__main__":
    main()
