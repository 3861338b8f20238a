"""From a fresh clone: `make run`, then a student, a mentor, a book and a site, in the browser, start to end."""

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import windows
from tests.browser.test_main_job import make, select
from tests.export import pdfs
from tests.test_repository import ROOT, tracked

SECOND_START = 10  # seconds at most
TITLE, TEXT, PASSAGE = (
    "The lift at six",
    "He asked me whether it would hurt. I stayed.",
    "whether it would hurt",
)
SAID = "What made you stay?"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The project as a clone of it has it, with the packages of this environment in one of its own.

    Installing them is what `make test` begins with where nothing is installed; it needs a network.
    """
    folder = tmp_path / "clone"
    for path in tracked():
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    made = folder / ".venv"
    venv.create(made, symlinks=True)
    packages = sysconfig.get_path("purelib", vars={"base": str(made)})
    Path(packages, "as-installed.pth").write_text(f"{folder}\n{sysconfig.get_path('purelib')}\n")
    command = made / "bin" / "portfolio"
    command.write_text(f"#!{made}/bin/python\nfrom portfolio.cli import main\n\nmain()\n")
    command.chmod(0o755)
    version = f"Python {sys.version.split()[0]}"
    state = f"{folder}\n{version}\n".encode()
    state += (folder / "requirements" / "run.txt").read_bytes() + (folder / "pyproject.toml").read_bytes()
    (made / "installed-run").write_text(hashlib.sha256(state).hexdigest())  # as scripts/setup.sh writes it
    return folder


@contextlib.contextmanager
def running(clone: Path, port: str) -> Iterator[str]:
    """What `make run` prints until it serves. It is stopped as Ctrl + C does, and must end well."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PORTFOLIO_", "MAKE"))}
    process = subprocess.Popen(
        ["make", "run", f"PORT={port}"], cwd=clone, env=own, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout
    try:
        said = ""
        for line in process.stdout:
            said += line
            if line.startswith("Stop with"):
                break
        assert f"on http://127.0.0.1:{port}\n" in said, said
        yield said
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=20)
        process.stdout.close()


@pytest.mark.heavy
def test_from_a_fresh_clone_to_a_book_and_a_site(clone: Path, chromium: Browser, tmp_path: Path) -> None:
    port = subprocess.check_output([ROOT / "scripts" / "free-port.py"], text=True).strip()
    address = f"http://127.0.0.1:{port}"
    with running(clone, port) as said, windows(chromium, address) as opened:
        assert "Loading the demonstration" in said
        signed = said.split("Sign in to the demonstration.\n")[1]
        password = signed.split("password: ")[1].split()[0]
        assert {"sun-yi", "dr-lin", "prof-zhou", "admin"} <= set(signed.split())

        student = opened().sign_in("sun-yi", password)
        assert student.url == f"{address}/write"
        student.locator("#f-title").fill(TITLE)
        student.locator("#f-body").fill(TEXT)
        student.locator("summary:has(.who-reads)").click()
        student.get_by_label("Dr Lin Hua").check()
        student.locator("#f-body").press("Control+Enter")
        student.wait_for_url("**/entries/*")
        entry = student.url

        mentor = opened().sign_in("dr-lin", password)
        assert mentor.url.startswith(f"{address}/mentoring")
        mentor.get_by_role("link", name=TITLE).click()
        expect(mentor.locator("article.sheet h2")).to_have_text(TITLE)
        select(mentor, PASSAGE)
        mentor.get_by_role("button", name="On this passage").click()
        mentor.keyboard.insert_text(SAID)
        mentor.keyboard.press("Control+Enter")
        expect(mentor.get_by_role("link", name=TITLE)).to_have_count(0)

        student.goto(entry)
        expect(student.locator("aside.comments .said")).to_have_text(SAID)
        book = make(student, "book", tmp_path)
        words = " ".join(pdfs.text_of(book).split())
        assert TITLE in words and TEXT in words and SAID in words
        with zipfile.ZipFile(make(student, "site", tmp_path)) as site:
            (page,) = (name for name in site.namelist() if entry.rsplit("/")[-1] in name)
            shown = site.read(page).decode()
        assert TITLE in shown and PASSAGE in shown and SAID in shown

    began = time.monotonic()
    with running(clone, port) as said, windows(chromium, address) as opened:
        assert time.monotonic() - began < SECOND_START
        assert "Loading" not in said and "Installing" not in said
        assert f"password: {password}\n" in said
        student = opened().sign_in("sun-yi", password)
        student.goto(entry)
        expect(student.get_by_role("heading", level=1)).to_have_text(TITLE)
