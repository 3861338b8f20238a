"""What the tests let a child do; run as `python -m tests.export.child_at_work`."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from portfolio.export import child


def work(payload: tuple[str, str], say: Any) -> child.Message:
    what, where = payload
    say({"step": what, "pid": os.getpid()})
    match what:
        case "answer":
            return {
                "said": where,
                "secret": os.environ.get("PORTFOLIO_SECRET", ""),
                "tmp": tempfile.gettempdir(),
            }
        case "hoard":
            hoard = [bytes(10_000_000) for _ in range(1000)]
            return {"size": len(hoard)}
        case "spin":
            while True:
                pass
        case "sleep":
            # A grandchild too, which must not outlive a stopped child
            sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
            Path(where).write_text(str(sleeper.pid))
            time.sleep(60)
        case "write":
            with open(where, "wb") as stream:
                for _ in range(1000):
                    stream.write(bytes(1_000_000))
        case "raise":
            raise ValueError("a line of somebody's diary")
        case "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "fall silent":
            os._exit(1)
    return {}


if __name__ == "__main__":
    child.serve(lambda: None, work)
