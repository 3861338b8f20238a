"""A worker that brings a diary in slowly: `python -m tests.importer URL INSTANCE`. The tests kill it."""

import datetime as dt
import pathlib
import sys
import time
from collections.abc import Sequence

from portfolio import jobs
from portfolio.config import Settings
from portfolio.domain import importing, markup
from portfolio.store import database, files

SLOWLY = 0.05  # seconds for a text
BATCH = 3


def main(url: str, instance: pathlib.Path) -> None:
    render = markup.render

    def slow(body: str, photographs: Sequence[str] = ()) -> markup.Rendered:
        time.sleep(SLOWLY)
        return render(body, photographs)

    markup.render = slow
    importing.BATCH = BATCH
    database.open_database(url)
    files.use_folder(instance / "files")
    with database.connection():
        jobs.work_once(Settings(instance=instance), lambda: dt.datetime.now(dt.UTC), "the killed one")


if __name__ == "__main__":
    main(sys.argv[1], pathlib.Path(sys.argv[2]))
