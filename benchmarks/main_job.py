"""Times the main job from the shell: a diary in, a book, a site and an archive out.

    .venv/bin/python benchmarks/main_job.py DIARY_FOLDER

Each step is a process of its own. Wall and CPU seconds and peak memory (the largest process) are
the operating system's own figures for it and its children; the table is Markdown.
"""

import argparse
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time
from typing import Any


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=pathlib.Path, help="a folder of dated Markdown files")
    folder = parser.parse_args().folder
    with tempfile.TemporaryDirectory() as place:
        instance = pathlib.Path(place) / "instance"
        run(instance, "migrate")
        run(instance, "user", "add", "writer", "--password-stdin", stdin="a lamp in the corridor\n")
        print(f"{machine()}\n")
        print("| step | entries | pages | bytes | wall s | CPU s | peak MB |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        row("import", run(instance, "import", "markdown", str(folder), "--user", "writer", "--json"))
        row("import again", run(instance, "import", "markdown", str(folder), "--user", "writer", "--json"))
        for kind, suffix in (("book", ".pdf"), ("site", ".zip"), ("archive", ".zip")):
            target = pathlib.Path(place) / f"{kind}{suffix}"
            private = () if kind == "archive" else ("--private",)
            row(kind, run(instance, "export", kind, "writer", *private, "-o", str(target), "--json"))


def run(instance: pathlib.Path, *words: str, stdin: str = "") -> dict[str, Any]:
    """One command in a process of its own, with what the system says of it."""
    script = """
import os, resource, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, file=sys.stderr)
raise SystemExit(code)
"""
    command = [
        sys.executable,
        "-c",
        "from portfolio.cli import main; main()",
        "--instance",
        str(instance),
        *words,
    ]
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", script, *command], input=stdin, capture_output=True, text=True, check=False
    )
    wall = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"portfolio {' '.join(words)}: {done.stderr}")
    cpu, peak = (float(word) for word in done.stderr.split()[-2:])
    said = json.loads(done.stdout) if "--json" in words else {}
    return said | {"process_wall_s": wall, "process_cpu_s": cpu, "process_peak_mb": peak}


def row(step: str, said: dict[str, Any]) -> None:
    entries = said.get("entries", said.get("added", 0) + said.get("unchanged", 0))
    print(
        f"| {step} | {entries} | {said.get('pages') or ''} | {said.get('bytes', '')} "
        f"| {said['process_wall_s']:.1f} | {said['process_cpu_s']:.1f} | {said['process_peak_mb']:.0f} |",
        flush=True,
    )


def machine() -> str:
    load = os.getloadavg()[0]
    python = platform.python_version()
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {python}, load {load:.1f} at the start"


if __name__ == "__main__":
    main()
