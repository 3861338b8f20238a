"""The whole site in one file, and back."""

import json
import pathlib
import zipfile
from collections.abc import Callable

import pytest

from portfolio.domain import diary, feedback, portfolios
from portfolio.domain.diary import Draft, Filters, photographs
from portfolio.domain.records import Choices
from portfolio.store import backup, database, files, search_index
from portfolio.store.accounts import User
from portfolio.store.diary import Entry
from tests.conftest import DATABASE_URL, NOW, People
from tests.domain.test_access import PICTURE

Rows = dict[str, list[tuple[object, ...]]]


def rows() -> Rows:
    found: Rows = {}
    for table in database.tables():
        found[table._meta.table_name] = list(table.select().order_by(table.id).tuples())  # type: ignore[attr-defined]
    found["entry_index"] = sorted((row, *sorted(terms)) for row, terms in search_index.all_terms())
    return found


@pytest.fixture
def full(people: People) -> People:
    """A site with something in every corner: a photograph, an edition, comments, a draft, Chinese, a deletion."""
    mei = people.mei
    for key, body in (("a", "下夜班后，食堂阿姨多给了我半勺粥。"), ("b", "The ward was quiet.\n\n“Go on.”")):
        diary.keep_entry(
            mei, Draft(body=body, tags=("night",)), creation_key=key, audiences=("mentor",), now=NOW
        )
    entry_id = diary.timeline(mei, now=NOW).entries[0].public_id
    photographs.add_photograph(mei, entry_id, PICTURE, name="床.png", alt="A bed", now=NOW)
    diary.mark_threshold(mei, entry_id, kinds=["being"], before="", after="I stayed.", helped="", now=NOW)
    above = feedback.comment_on(people.lin, entry_id, "Go on.", revision_number=1, quoted="quiet", now=NOW)
    feedback.comment_on(mei, entry_id, "I will.", revision_number=1, answers=above, now=NOW)
    diary.keep_entry(mei, Draft(body="Not yet"), creation_key="c", as_draft=True, now=NOW)
    gone = diary.keep_entry(mei, Draft(body="No"), creation_key="d", now=NOW)
    diary.delete_entry(mei, gone.entry_id, now=NOW)
    portfolios.write_narrative(mei, "It began with a coat.", now=NOW)
    portfolios.freeze_edition(mei, Choices(private=True), now=NOW)
    return people


def empty(folder: pathlib.Path, url: str = "") -> None:
    """Open an empty, migrated site in a folder."""
    database.current().close()
    database.open_database(url or f"sqlite:///{folder / 'portfolio.db'}")
    files.use_folder(folder / "files")
    database.current().connect()
    database.migrate()


def test_a_backup_brings_back_every_row_and_every_file(full: People, tmp_path: pathlib.Path) -> None:
    before, kept = rows(), tmp_path / "site.zip"
    pictures = {p.name: p.read_bytes() for p in files.root().glob("??/*")}
    told: list[tuple[int, int]] = []
    written = backup.write(kept, now=NOW, progress=lambda done, total: told.append((done, total)))
    assert written == backup.Summary(sum(len(r) for r in before.values()) - 3, 1, kept.stat().st_size)
    assert told[-1] == (1, 1)
    assert kept.stat().st_mode & 0o077 == 0
    empty(tmp_path / "anew")
    restored = backup.read(kept)
    assert (restored.rows, restored.files) == (written.rows, written.files)
    assert rows() == before
    assert {p.name: p.read_bytes() for p in files.root().glob("??/*")} == pictures
    page = diary.timeline(full.mei, Filters(text="夜班"), now=NOW)
    assert [e.body for e in page.entries] == ["下夜班后，食堂阿姨多给了我半勺粥。"]
    assert diary.keep_entry(full.mei, Draft(body="On"), creation_key="e", now=NOW).revision_number == 1
    assert Entry.select().order_by(Entry.id.desc()).first().id > max(int(str(r[0])) for r in before["entry"])


@pytest.mark.skipif(not DATABASE_URL, reason="needs PostgreSQL: PORTFOLIO_TEST_DATABASE")
@pytest.mark.postgres
def test_a_site_moves_from_sqlite_to_postgresql_and_back(full: People, tmp_path: pathlib.Path) -> None:
    before = rows()
    backup.write(tmp_path / "one.zip", now=NOW)
    empty(tmp_path / "sqlite")
    backup.read(tmp_path / "one.zip")
    assert rows() == before
    backup.write(tmp_path / "two.zip", now=NOW)
    database.current().close()
    database.open_database(DATABASE_URL)
    database.current().connect()
    names = [t._meta.table_name for t in reversed(database.tables())]
    for name in [*names, "entry_index"]:
        database.execute(f'DELETE FROM "{name}"')  # noqa: S608
    files.use_folder(tmp_path / "again")
    backup.read(tmp_path / "two.zip")
    assert rows() == before
    assert diary.keep_entry(full.mei, Draft(body="On"), creation_key="e", now=NOW).revision_number == 1


def test_a_site_with_people_is_never_written_over(full: People, tmp_path: pathlib.Path) -> None:
    backup.write(tmp_path / "site.zip", now=NOW)
    before = rows()
    with pytest.raises(backup.BadBackup, match="not empty"):
        backup.read(tmp_path / "site.zip")
    assert rows() == before


def changed(part: str, change: Callable[[bytes], bytes | None]) -> Callable[[pathlib.Path], None]:
    def apply(path: pathlib.Path) -> None:
        with zipfile.ZipFile(path) as bundle:
            parts = {name: bundle.read(name) for name in bundle.namelist()}
        name = next(n for n in parts if n.startswith(part))
        made = change(parts.pop(name))
        with zipfile.ZipFile(path, "w") as bundle:
            for other, content in (parts | ({name: made} if made is not None else {})).items():
                bundle.writestr(other, content)

    return apply


def with_manifest(**values: object) -> Callable[[pathlib.Path], None]:
    return changed("manifest", lambda content: json.dumps(json.loads(content) | values).encode())


def add_part(path: pathlib.Path) -> None:
    with zipfile.ZipFile(path, "a") as bundle:
        bundle.writestr("files/../../etc/cron.d/evil", b"*")


def flip_a_bit(path: pathlib.Path) -> None:
    with zipfile.ZipFile(path) as bundle:
        part = max(bundle.infolist(), key=lambda info: info.compress_size)
    content = bytearray(path.read_bytes())
    content[part.header_offset + 30 + len(part.filename) + part.compress_size // 2] ^= 4
    path.write_bytes(content)


def cut_off(path: pathlib.Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def other_file(path: pathlib.Path) -> None:
    path.write_bytes(b"%PDF-1.7")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (flip_a_bit, ""),
        (cut_off, "not a whole backup"),
        (other_file, "not a whole backup"),
        (
            changed("tables/revision", lambda rows: rows.replace(b"quiet", b"loud")),
            "revision.jsonl is damaged",
        ),
        (changed("tables/user", lambda rows: None), "other parts than its list"),
        (changed("files/", lambda picture: picture + b"<script>"), "is damaged"),
        (changed("manifest", lambda content: None), "This is no backup of a site"),
        (changed("manifest", lambda content: b"[]"), "not a whole backup"),
        (with_manifest(format=2), "this version reads 1"),
        (with_manifest(columns={}), "another version"),
        (with_manifest(sha256={}), "other parts"),
        (add_part, "other parts"),
    ],
)
def test_a_damaged_backup_is_refused_and_leaves_the_site_empty(
    full: People, tmp_path: pathlib.Path, damage: Callable[[pathlib.Path], None], reason: str
) -> None:
    kept = tmp_path / "site.zip"
    backup.write(kept, now=NOW)
    damage(kept)
    empty(tmp_path / "anew")
    with pytest.raises(backup.BadBackup) as refusal:
        backup.read(kept)
    assert reason in str(refusal.value)
    assert not User.select().exists()
    assert not list(files.root().glob("*/*"))


def test_names_in_a_backup_never_leave_the_folder(full: People, tmp_path: pathlib.Path) -> None:
    """Even where its list agrees with them."""
    kept = tmp_path / "site.zip"
    backup.write(kept, now=NOW)
    with zipfile.ZipFile(kept) as bundle:
        parts = {name: bundle.read(name) for name in bundle.namelist()}
    manifest = json.loads(parts["manifest.json"])
    manifest["sha256"]["files/../../../evil.png"] = (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    parts |= {"manifest.json": json.dumps(manifest).encode(), "files/../../../evil.png": b""}
    with zipfile.ZipFile(kept, "w") as bundle:
        for name, content in parts.items():
            bundle.writestr(name, content)
    empty(tmp_path / "anew")
    with pytest.raises(backup.BadBackup, match="not a file of a site"):
        backup.read(kept)
    assert not User.select().exists()
    assert not list(tmp_path.parent.glob("**/evil.png"))


def test_nothing_half_written_stays_where_the_disk_is_full(
    full: People, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup.os, "fsync", full_disk)
    folder = tmp_path / "backups"
    folder.mkdir()
    with pytest.raises(OSError, match="No space"):
        backup.write(folder / "site.zip", now=NOW)
    assert list(folder.iterdir()) == []


def test_a_photograph_taken_off_meanwhile_does_not_stop_a_backup(
    full: People, tmp_path: pathlib.Path
) -> None:
    listed = files.path_of(files.new_name(".jpg"))
    listed.parent.mkdir(parents=True)
    listed.symlink_to("nowhere")  # is in the folder, and cannot be opened any more
    assert backup.write(tmp_path / "site.zip", now=NOW).files == 1
