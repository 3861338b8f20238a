"""Settings: where they come from, and the sentence that a wrong one gets."""

import os
import stat
import threading

import pytest

from portfolio import config


def test_without_anything_set_the_defaults_hold(tmp_path):
    settings = config.load(tmp_path, {})
    assert settings.instance == tmp_path
    assert settings.database_url == f"sqlite:///{tmp_path}/portfolio.db"
    assert settings.language == "en"
    assert not settings.https
    assert settings.hosts == ["localhost", "127.0.0.1"]


def test_the_environment_wins_over_the_file(tmp_path):
    (tmp_path / "config.toml").write_text('site_name = "Ward diary"\nmax_upload_mb = 5\n', encoding="utf-8")
    settings = config.load(tmp_path, {"PORTFOLIO_MAX_UPLOAD_MB": "7"})
    assert settings.site_name == "Ward diary"
    assert settings.max_upload_bytes == 7 * 1024 * 1024


def test_the_instance_folder_comes_from_the_argument_then_the_environment(tmp_path, monkeypatch):
    assert config.load(None, {"PORTFOLIO_INSTANCE": str(tmp_path / "a")}).instance == tmp_path / "a"
    assert config.load(tmp_path / "b", {"PORTFOLIO_INSTANCE": str(tmp_path / "a")}).instance == tmp_path / "b"
    monkeypatch.chdir(tmp_path)
    assert config.load(None, {}).instance == tmp_path / "instance"


def test_the_host_of_the_base_url_is_answered_too(tmp_path):
    settings = config.load(
        tmp_path,
        {
            "PORTFOLIO_BASE_URL": "https://diary.example.edu/",
            "PORTFOLIO_TRUSTED_HOSTS": "10.0.0.7, diary.local",
        },
    )
    assert settings.https
    assert settings.base_url == "https://diary.example.edu"
    assert settings.hosts == ["10.0.0.7", "diary.local", "diary.example.edu"]


WRONG = {
    "LANGUAGE": ["fr", "", "EN"],
    "ARCHIVE_MB": ["0", "8 GB"],
    "IMPORT_MB": ["0", "2 GB"],
    "BASE_URL": [
        "diary.example.edu",
        "ftp://a",
        "https://",
        "https://a/b",
        "https://a?x",
        "https://u:p@a",
        "http://a b",
        "http://a:99999",
        "http://-a",
    ],
    "TRUSTED_HOSTS": ["", "a,,b", "http://a", "a:80", "a b", "*", "::1"],
    "PROXY_COUNT": ["-1", "1.5", "yes", "6", ""],
    "DATABASE": ["mysql://x", "portfolio.db"],
    "REDIS_URL": ["localhost:6379"],
    "MAX_UPLOAD_MB": ["0", "20 MB", "1001"],
    "SESSION_IDLE_HOURS": ["0", "-2"],
    "SESSION_ABSOLUTE_HOURS": ["none"],
    "EXPORT_MEMORY_MB": ["16"],
    "EXPORT_SECONDS": ["1"],
    "PIECES_MB": ["1"],
    "DOCUMENTS_MB_PERSON": ["0"],
    "DOCUMENTS_MB": ["0", "much"],
    "COHORT_AT_ONCE": ["0", "17"],
    "SITE_NAME": ["", "   ", "two\nlines", "x" * 121],
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in WRONG.items() for v in values])
def test_a_wrong_value_is_named_with_what_would_be_right(tmp_path, name, value):
    with pytest.raises(config.SettingsError) as refusal:
        config.load(tmp_path, {f"PORTFOLIO_{name}": value})
    assert f"{name.lower()} (from PORTFOLIO_{name})" in str(refusal.value)
    assert "it should be" in str(refusal.value)


def test_every_setting_refuses_something():
    assert {row.name.upper() for row in config.table()} == set(WRONG)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("max_upload_mb = true", "max_upload_mb (in "),
        ('max_upload_mb = "many"', "whole number"),
        ('trusted_hosts = "a b"', "host names"),
        ("trusted_hosts = [1]", "host names"),
        ('site = "x"', "“site” is not a setting"),
        ("site_name = ", "cannot be read"),
    ],
)
def test_a_wrong_line_in_the_file_is_named(tmp_path, text, said):
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    with pytest.raises(config.SettingsError, match=r"config\.toml") as refusal:
        config.load(tmp_path, {})
    assert said in str(refusal.value)


def test_a_wrong_address_does_not_print_its_password(tmp_path):
    with pytest.raises(config.SettingsError) as refusal:
        config.load(tmp_path, {"PORTFOLIO_DATABASE": "mysql://ward:hunter2@db/x"})
    assert "hunter2" not in str(refusal.value)


def test_idle_hours_cannot_outlast_the_session(tmp_path):
    with pytest.raises(config.SettingsError, match="session_idle_hours"):
        config.load(
            tmp_path, {"PORTFOLIO_SESSION_IDLE_HOURS": "48", "PORTFOLIO_SESSION_ABSOLUTE_HOURS": "24"}
        )


def test_a_misspelt_variable_is_said_aloud(tmp_path, caplog):
    config.load(tmp_path, {"PORTFOLIO_BASEURL": "https://a.example", "PORTFOLIO_TEST_DATA": "x"})
    assert "PORTFOLIO_BASEURL is not a setting" in caplog.text
    assert "TEST_DATA" not in caplog.text


def test_every_setting_has_one_line_of_documentation():
    for row in config.table():
        assert row.variable == f"PORTFOLIO_{row.name.upper()}"
        assert row.doc.endswith(".") and "\n" not in row.doc


def test_the_secret_is_made_once_and_is_for_its_owner_only(tmp_path):
    first = config.secret_key(tmp_path / "instance")
    path = tmp_path / "instance" / "secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(first) == 32
    assert config.secret_key(tmp_path / "instance") == first
    assert os.listdir(path.parent) == ["secret"]


def test_processes_that_start_together_share_one_secret(tmp_path):
    found = []
    threads = [threading.Thread(target=lambda: found.append(config.secret_key(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


@pytest.mark.parametrize(("mode", "length", "said"), [(0o644, 32, "chmod 600"), (0o600, 3, "too short")])
def test_a_secret_that_is_open_or_short_stops_the_start(tmp_path, mode, length, said):
    path = tmp_path / "secret"
    path.write_bytes(b"x" * length)
    path.chmod(mode)
    with pytest.raises(config.SettingsError, match=said):
        config.secret_key(tmp_path)
