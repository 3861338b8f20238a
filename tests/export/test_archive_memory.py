"""What writing an archive out and bringing it in take of memory, in processes of their own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent.parent / "benchmarks" / "archives.py"
MORE_MOST = 15  # megabytes of memory, for 100 MB of photographs more


@pytest.mark.heavy
def test_six_times_the_photographs_take_no_more_memory(tmp_path: Path) -> None:
    words = ["--mb", "20", "120", "--folder", str(tmp_path), "--json", str(tmp_path / "rows.json")]
    subprocess.run([sys.executable, SCRIPT, *words], check=True, capture_output=True, timeout=200)
    rows = json.loads((tmp_path / "rows.json").read_text())
    assert [row["step"] for row in rows] == ["export", "import", "import again"] * 2
    for few, many in zip(rows[:3], rows[3:], strict=True):
        assert many["archive_mb"] > 5 * few["archive_mb"]
        assert many["peak_mb"] < few["peak_mb"] + MORE_MOST, many["step"]
