"""Pages that the demonstration has no way to, for each eye, hand and screen too: a first run, a period, errors."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from portfolio import create_app
from portfolio.config import Settings
from portfolio.domain import programme
from portfolio.store import database
from portfolio.store.accounts import User
from portfolio.web.security import limiter
from tests.browser.conftest import Server, Site, windows
from tests.browser.test_pages import LANGUAGES, Demonstration, Walk
from tests.conftest import NOW, PASSWORD, People


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_first_run_is_fit_for_everybody(
    language: str, database_url: str, tmp_path: Path, chromium: Browser, server: Server
) -> None:
    server.app = app = create_app(Settings(instance=tmp_path / "instance", database=database_url))
    limiter.reset()
    with database.connection(), windows(chromium, server.address) as opened:
        walk = Walk(Demonstration(app, server.address, "", "", "", "", "", opened), language)
        walk.visit(walk.window(""), "/first-run")
    assert "\n".join(walk.wrong) == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_period_and_errors_are_fit_for_everybody(language: str, site: Site, people: People) -> None:
    User.update(language=language).execute()
    there = programme.cohort_led(people.zhou, people.cohort_id, now=NOW)
    member = next(m.public_id for m in there.members if m.login == "mei")
    stage = people.stages["Intern"]
    programme.set_stage_period(people.zhou, people.cohort_id, member, stage, starts_on=NOW.date(), now=NOW)
    walk = Walk(Demonstration(site.app, site.address, PASSWORD, "", "", "", "", site.open), language)
    lead = walk.window("prof-zhou")
    walk.visit(lead, f"/programme/cohorts/{people.cohort_id}/members/{member}/periods/{stage}/1")
    walk.visit(lead, "/nowhere", 404)
    walk.visit(lead, "/sign-out", 405)
    stranger = walk.window("")
    for path in ("/nowhere", "/join/nowhere", "/s/nowhere"):
        walk.visit(stranger, path, 404)
    assert "\n".join(walk.wrong) == ""
