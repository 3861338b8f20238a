"""`portfolio serve` as it runs: a process that listens, believes whom it is told to, and ends when asked."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from portfolio.store.accounts import AuditEvent

pytestmark = pytest.mark.heavy

VISITOR = "203.0.113.7"  # an address for documentation (RFC 5737)


def start(instance: pathlib.Path, url: str, **settings: str) -> tuple[subprocess.Popen[str], str]:
    """A server of its own, and its address. Whoever starts it ends it."""
    command = [sys.executable, "-c", "from portfolio.cli import main; main()", "serve", "--port", "0"]
    environment = {**os.environ, "PORTFOLIO_INSTANCE": str(instance), "PORTFOLIO_DATABASE": url, **settings}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    return process, process.stdout.readline().split()[-1]


@contextmanager
def serving(instance: pathlib.Path, url: str, **settings: str) -> Iterator[str]:
    """The address of a server of its own."""
    process, address = start(instance, url, **settings)
    assert process.stdout
    try:
        yield address
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def guess(address: str) -> int:
    """Try a wrong password, as a proxy passes it on for a visitor. Returns the status."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    opener.addheaders = [("X-Forwarded-For", VISITOR), ("X-Forwarded-Proto", "https")]
    page = opener.open(f"{address}/sign-in").read().decode()
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    form = urllib.parse.urlencode({"csrf_token": token[1], "login": "mei", "password": "not hers"})
    try:
        return opener.open(f"{address}/sign-in", form.encode()).status
    except urllib.error.HTTPError as refused:
        return refused.code


@pytest.mark.parametrize(("proxies", "noted"), [("0", "127.0.0.1"), ("1", VISITOR)])
def test_a_visitors_address_is_the_one_that_the_trusted_proxy_tells(
    people, database_url, tmp_path, proxies, noted
):
    with serving(tmp_path / "instance", database_url, PORTFOLIO_PROXY_COUNT=proxies) as address:
        assert guess(address) == 401
    (refused,) = AuditEvent.select().where(AuditEvent.action == "sign-in refused")
    assert refused.address == noted
