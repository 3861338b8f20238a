"""Processes that write into one database at once: `python -m tests.store.writers URL FOLDER WRITERS SAVES ROUNDS`.

Each keeps an entry, saves it again and again, and writes down what it was told is saved. A round
begins when the writers of the last one have ended; a line of output names their process ids.
"""

import datetime as dt
import hashlib
import os
import pathlib
import sys
import traceback

from portfolio.domain import accounts, diary
from portfolio.domain.diary import Draft
from portfolio.store import database, files

ENTRY_EVERY = 10  # saves


def main(url: str, folder: str, writers: int, saves: int, rounds: int) -> int:
    return max(_round(url, folder, writers, saves) for _ in range(rounds))


def _round(url: str, folder: str, writers: int, saves: int) -> int:
    pids = []
    for number in range(writers):
        pid = os.fork()
        if pid == 0:
            try:
                _write(url, pathlib.Path(folder), number, saves)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        pids.append(pid)
    print(*pids, flush=True)
    return max(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids)


def _write(url: str, folder: pathlib.Path, number: int, saves: int) -> None:
    database.open_database(url)
    files.use_folder(folder / "files")
    saved = None
    told = os.open(folder / f"{os.getpid()}.saved", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    with database.connection():
        viewer = accounts.viewer_by_login(f"writer-{number}")
        for count in range(saves):
            now = dt.datetime.now(dt.UTC)
            body = f"{os.getpid()} writes for the {count}th time, on the stairs."
            if saved is None or count % ENTRY_EVERY == 0:
                saved = diary.keep_entry(
                    viewer, Draft(body=body), creation_key=f"{os.getpid()}-{count}", now=now
                )
            else:
                saved = diary.save_entry(
                    viewer, saved.entry_id, Draft(body=body), version=saved.version, fold=False, now=now
                )
            line = f"{saved.entry_id} {hashlib.sha256(body.encode()).hexdigest()}\n"
            os.write(told, line.encode())


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])))
