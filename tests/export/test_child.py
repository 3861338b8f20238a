"""Work in a process that may be killed: it answers, or it is gone with all that it started."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from portfolio.export import child
from portfolio.export.child import Limits, Stopped, TookTooLong, TooLarge

AT_WORK = "tests.export.child_at_work"
SMALL = Limits(memory_mb=400, cpu_s=20, wall_s=30, file_mb=5)


def run(what: str, where: object = "", limits: Limits = SMALL) -> child.Message:
    return child.run(AT_WORK, (what, str(where)), limits, lambda _message: None)


def alive(pid: int) -> bool:
    """Whether a process runs; one that waits to be buried does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def gone(pid: int, within: float = 5) -> bool:
    deadline = time.monotonic() + within
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(pid)


@pytest.mark.heavy
def test_it_answers_and_tells_what_it_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTFOLIO_SECRET", "of the site")
    heard: list[child.Message] = []
    answer = child.run(AT_WORK, ("answer", "hello"), SMALL, heard.append)
    assert answer["said"] == "hello"
    assert answer["secret"] == ""
    assert answer["cpu_s"] > 0 and answer["peak_mb"] > 5
    assert heard[-1]["step"] == "answer"
    assert not Path(answer["tmp"]).exists()
    assert gone(heard[-1]["pid"])


@pytest.mark.heavy
def test_too_much_memory_is_too_large() -> None:
    with pytest.raises(TooLarge):
        run("hoard")


@pytest.mark.heavy
def test_too_many_bytes_are_too_large(tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        run("write", tmp_path / "file")
    assert (tmp_path / "file").stat().st_size <= 5 * child.MB


@pytest.mark.heavy
def test_too_much_time_of_the_processor_is_too_long() -> None:
    with pytest.raises(TookTooLong):
        run("spin", limits=Limits(memory_mb=400, cpu_s=1, wall_s=30))


@pytest.mark.heavy
def test_too_much_time_of_the_clock_is_too_long_and_nothing_is_left(tmp_path: Path) -> None:
    heard: list[child.Message] = []
    limits = Limits(memory_mb=400, wall_s=1.5)
    with pytest.raises(TookTooLong):
        child.run(AT_WORK, ("sleep", str(tmp_path / "pid")), limits, heard.append)
    assert gone(heard[-1]["pid"])
    assert gone(int((tmp_path / "pid").read_text()))


@pytest.mark.heavy
@pytest.mark.parametrize("what", ["raise", "crash"])
def test_a_failure_is_told_without_a_word_of_the_text(what: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Stopped) as told:
        run(what)
    assert "diary" not in str(told.value) + caplog.text
    assert ("ValueError in child_at_work.py:" if what == "raise" else "signal 11") in caplog.text


@pytest.mark.heavy
def test_one_that_ends_without_a_word_keeps_nobody_waiting() -> None:
    began = time.monotonic()
    with pytest.raises(TooLarge):
        run("fall silent")
    assert time.monotonic() - began < SMALL.wall_s / 2


@pytest.mark.heavy
def test_one_that_was_killed_while_it_waited_is_replaced() -> None:
    room = child.Room(AT_WORK)
    assert room.run(("answer", "one"), SMALL, lambda _message: None)["said"] == "one"
    assert room._process
    os.kill(room._process.pid, 9)
    assert gone(room._process.pid)
    assert room.run(("answer", "two"), SMALL, lambda _message: None)["said"] == "two"
    room.close()


@pytest.mark.heavy
def test_a_listener_that_gives_up_stops_it(tmp_path: Path) -> None:
    heard: list[child.Message] = []

    def give_up(message: child.Message) -> None:
        heard.append(message)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        child.run(AT_WORK, ("sleep", str(tmp_path / "pid")), SMALL, give_up)
    assert gone(heard[0]["pid"])


@pytest.mark.heavy
def test_a_child_does_not_outlive_its_parent(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    script = (
        "from portfolio.export import child\n"
        f"child.run({AT_WORK!r}, ('sleep', {str(told)!r}), child.Limits(), "
        "lambda m: print(m['pid'], flush=True))"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    )
    assert parent.stdout
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    assert gone(pid)
    if told.exists() and told.read_text():
        os.kill(int(told.read_text()), 9)
