"""Refusals: each kind as a page, and as JSON for a script."""

import re

import pytest

from tests.web.conftest import JSON, text

STATUS = {
    "missing": 404, "foreign": 404, "wrong": 422, "import": 422, "stale": 409, "closed": 409, "double": 409,
    "down": 503, "full": 503, "broken": 500,
}  # fmt: skip


@pytest.mark.parametrize("name", STATUS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_refusal_is_a_page_or_json(refusing, name, language):
    refusing.set_cookie("language", language)
    page = refusing.get(f"/fail/{name}")
    answer = refusing.get(f"/fail/{name}", headers=JSON)
    assert page.status_code == answer.status_code == STATUS[name]
    assert page.content_type == "text/html; charset=utf-8"
    assert answer.content_type == "application/json"
    assert answer.json["message"].splitlines()[0] in text(page)
    chinese = bool(re.search(r"[\u4e00-\u9fff]", answer.json["message"]))
    assert chinese == (language == "zh") or name == "import"
    assert "patient" not in text(page) + answer.get_data(as_text=True)


def test_a_refused_field_is_named(refusing):
    assert refusing.get("/fail/wrong", headers=JSON).json["field"] == "name"


def test_a_stale_save_brings_the_other_text(refusing):
    answer = refusing.get("/fail/stale", headers=JSON).json
    assert answer["error"] == "stale"
    assert answer["current_title"] == "Cold tea"
    assert answer["current_body"] == "As it stands."
    assert answer["version"] == 3


def test_a_full_disk_keeps_the_words_on_the_page(refusing):
    answer = refusing.send("/fail/full", {"body": "The window at the end of the ward."})
    assert answer.status_code == 503
    assert "The window at the end of the ward." in text(answer)


def test_no_word_of_a_person_reaches_the_log(refusing, caplog):
    refusing.send("/fail/broken", {"body": "canary-4711"})
    refusing.send("/fail/full", {"body": "canary-4711"})
    assert "RuntimeError" in caplog.text and "OperationalError" in caplog.text
    assert "canary-4711" not in caplog.text and "patient" not in caplog.text


def test_other_refusals_of_http(refusing):
    assert refusing.get("/teapot").status_code == 418
    assert refusing.get("/nothing").status_code == 404
    wrong_method = refusing.get("/theme")
    assert (wrong_method.status_code, wrong_method.headers["Allow"]) == (405, "OPTIONS, POST")


def test_a_form_that_is_too_large_is_said_to_be_so(make_app, people):
    browser = make_app(max_upload_mb=1).test_client()
    for body in ({"login": "x" * 1024 * 1024}, {"login": "x" * 3 * 1024 * 1024}):
        answer = browser.post("/sign-in", data=body)
        assert answer.status_code == 413
        assert "at most 1 MB" in text(answer)
