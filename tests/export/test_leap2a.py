"""Leap2A: what we write is what Mahara looks for, and what Mahara writes comes in, or is told."""

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring

from portfolio.domain.errors import ImportRefused
from portfolio.domain.exchange import ImportBundle, ImportedComment
from portfolio.domain.records import Comment, Portfolio
from portfolio.export.import_zip import read_zip
from portfolio.export.leap2a import write_leap2a
from portfolio.export.leap2a_reading import read_leap2a
from tests.export import mahara, people

ATOM = "{http://www.w3.org/2005/Atom}"
XHTML = '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><div lang="'


@pytest.fixture
def ines(tmp_path: Path) -> Portfolio:
    folder = tmp_path / "stored"
    folder.mkdir()
    return people.ines(folder)


@pytest.fixture(scope="module")
def alex(tmp_path_factory: pytest.TempPathFactory) -> ImportBundle:
    return read_zip(mahara.alex(tmp_path_factory.mktemp("alex") / "export.zip"))


def feed_of(path: Path) -> str:
    with zipfile.ZipFile(path) as opened:
        return opened.read("leap2a.xml").decode()


def refusal(path: Path) -> str:
    with pytest.raises(ImportRefused) as refused:
        read_leap2a(path)
    return "\n".join(refused.value.problems)


# --- out -------------------------------------------------------------------------------------------


def test_it_says_what_mahara_looks_for(ines: Portfolio, tmp_path: Path) -> None:
    xml = feed_of(write_leap2a(ines, tmp_path / "out.zip").path)
    root = fromstring(xml, forbid_dtd=True)
    assert 'xmlns:leap2="http://terms.leapspecs.org/"' in xml
    assert 'xmlns:categories="http://wiki.leapspecs.org/2A/categories/"' in xml
    assert "<leap2:version>http://www.leapspecs.org/2010-07/2A/</leap2:version>" in xml
    blog, *items = root.findall(f"{ATOM}entry")
    assert '<category term="Blog" scheme="categories:selection_type#"/>' in xml
    order = [link.get("href") for link in blog.findall(f"{ATOM}link")]
    assert order == [f"portfolio:entry-{e.public_id}" for e in ines.entries]
    assert xml.count(XHTML) == sum(i.find(f"{ATOM}content").get("type") == "xhtml" for i in items)
    comments = [i for i in items if (i.findtext(f"{ATOM}id") or "").startswith("portfolio:comment-")]
    for comment in comments:
        targets = [link for link in comment.findall(f"{ATOM}link") if link.get("rel") == "leap2:reflects_on"]
        assert len(targets) == 1 and targets[0].get("href") in order
    ids = [item.findtext(f"{ATOM}id") for item in root.findall(f"{ATOM}entry")]
    assert len(ids) == len(set(ids))
    hrefs = {link.get("href") or "" for link in root.iter(f"{ATOM}link")}
    assert {h for h in hrefs if h.startswith("portfolio:")} <= set(ids)


def test_pictures_lie_in_files_and_are_found_from_the_text(ines: Portfolio, tmp_path: Path) -> None:
    made = write_leap2a(ines, tmp_path / "out.zip")
    with zipfile.ZipFile(made.path) as opened:
        assert sorted(opened.namelist()) == ["files/c0rr1d0r.png", "files/w1nd0w.jpg", "leap2a.xml"]
        assert opened.read("files/w1nd0w.jpg") == Path(ines.entries[1].photographs[0].path).read_bytes()
    assert '<img rel="leap2:has_part" src="portfolio:file-w1nd0w" alt="A corridor at night"' in feed_of(
        made.path
    )
    assert made.files == 2 and made.missing == ()


def test_a_picture_that_is_gone_is_told(ines: Portfolio, tmp_path: Path) -> None:
    Path(ines.entries[1].photographs[0].path).unlink()
    made = write_leap2a(ines, tmp_path / "out.zip")
    assert made.missing == ("w1nd0w",) and "w1nd0w" not in feed_of(made.path)


def test_drafts_private_entries_and_tags_carry_their_categories(ines: Portfolio, tmp_path: Path) -> None:
    xml = feed_of(write_leap2a(ines, tmp_path / "out.zip").path)
    nasty = xml[xml.index("<id>portfolio:entry-nasty") :].partition("</entry>")[0]
    assert '<category term="Unready" scheme="categories:readiness#"/>' in nasty
    assert '<category term="Private" scheme="categories:audience#"/>' in nasty
    coats = xml[xml.index("<id>portfolio:entry-coats") :].partition("</entry>")[0]
    assert '<category term="doubt"/>' in coats and "scheme=" not in coats


def test_equal_content_gives_equal_bytes(ines: Portfolio, tmp_path: Path) -> None:
    later = replace(ines, made_at=ines.made_at + dt.timedelta(days=3))
    first, second = (write_leap2a(p, tmp_path / f"{n}.zip").path for n, p in enumerate((ines, later)))
    assert first.read_bytes() == second.read_bytes()


# --- out and in ------------------------------------------------------------------------------------


def words(comments: Sequence[Comment | ImportedComment]) -> list[object]:
    return [(c.author_name, c.author_role, c.own, c.body, c.written_at, c.quoted, words(c.replies)) for c in comments
            if not c.withdrawn or c.replies]  # fmt: skip


@pytest.mark.parametrize("who", [people.ines, people.li_na])
def test_what_goes_out_comes_back_the_same(who, tmp_path: Path) -> None:
    portfolio = who(tmp_path)
    bundle = read_zip(write_leap2a(portfolio, tmp_path / "out.zip").path)
    assert bundle.source == "leap2a" and bundle.remarks == () and bundle.owner_name == portfolio.owner_name
    came = {e.public_id: e for e in bundle.entries}
    assert [e.public_id for e in bundle.entries] == [e.public_id for e in portfolio.entries]
    for entry in portfolio.entries:
        back = came[entry.public_id]
        assert (back.entry_date, back.title, back.tags, back.body) == (
            entry.entry_date, " ".join(entry.title.split()), entry.tags, entry.body
        )  # fmt: skip
        assert (back.draft, back.stage_name) == (entry.draft, entry.stage and entry.stage.name)
        assert back.written_at == entry.written_at and back.audiences == frozenset()
        assert words(back.comments) == words(entry.comments)
        assert [(p.public_id, p.alt, p.caption, p.read()) for p in back.photographs] == [
            (p.public_id, p.alt, p.caption, Path(p.path).read_bytes()) for p in entry.photographs
        ]


# --- in --------------------------------------------------------------------------------------------


def test_journals_become_entries_with_the_days_that_their_author_saw(alex: ImportBundle) -> None:
    assert [(e.entry_date, e.title, e.draft, e.tags) for e in alex.entries] == [
        (dt.date(2022, 9, 1), "The lift", False, ("first times", "night", "Ward 5")),
        (dt.date(2022, 9, 1), "Not finished", True, ("Ward 5",)),
        (dt.date(2022, 9, 1), "夜班后的粥", False, ("At home",)),
        (dt.date(2022, 9, 3), "Cold tea", False, ("Ward 5",)),
    ]
    tea = alex.entries[3]
    assert tea.created_at == dt.datetime(2022, 9, 2, 20, tzinfo=dt.UTC)
    assert tea.written_at == dt.datetime(2022, 9, 3, 20, tzinfo=dt.UTC)
    assert all(e.audiences == frozenset() and e.public_id is None for e in alex.entries)


def test_html_becomes_markdown(alex: ImportBundle) -> None:
    lift, _, porridge, tea = alex.entries
    [picture, plate] = lift.photographs
    assert lift.body == (
        f"She stood by the **lift**.\n\n![The lift](/photographs/{picture.public_id})\n\n- first\n- then"
    )
    assert tea.body == "The tea went cold.\nNobody drank it.\n\n[tea](https://example.org/tea) and the lift"
    assert porridge.body == "多了半勺*粥*。"
    assert (picture.width, picture.height, picture.alt) == (64, 48, "The lift at night")
    assert plate.read() == mahara.picture("PNG")


def test_comments_stand_with_who_wrote_them(alex: ImportBundle) -> None:
    assert [(c.author_name, c.author_role, c.own, c.body) for c in alex.entries[0].comments] == [
        ("Dr Sam Rangi", "mentor", False, "Who stayed with her?"),
        ("Alex Green", "mentee", True, "Nobody."),
    ]


def test_what_was_not_taken_is_told(alex: ImportBundle) -> None:
    assert list(alex.remarks) == [
        "The lift (2022-09-01): “essay.docx” was left aside; only photographs stand with an entry here.",
        "The description of the journal “Ward 5” was left aside.",
        "Files that stand with no entry were left aside (1).",
        "Things of other kinds were left aside: plan (1), selection (1).",
        "Private comments were left aside (1): here, who may read an entry reads its comments.",
        "Comments that are not about an entry were left aside (1).",
        "The file does not say in which role people commented (1); "
        "they stand as mentors’, marked as imported.",
    ]


def test_a_later_export_has_the_same_keys(alex: ImportBundle, tmp_path: Path) -> None:
    later = read_leap2a(mahara.alex(tmp_path / "later.zip", exported=1700000000))
    assert [e.source_key for e in later.entries] == [e.source_key for e in alex.entries]
    assert [e.body for e in later.entries] == [e.body for e in alex.entries]
    other = mahara.feed(*mahara.ITEMS).replace("/leap/17/", "/leap/18/")
    theirs = read_leap2a(mahara.packed(tmp_path / "other.zip", other))
    assert not {e.source_key for e in theirs.entries} & {e.source_key for e in alex.entries}


@pytest.mark.parametrize(
    ("change", "to"),
    [
        ("http://terms.leapspecs.org/", "https://archive.example.org/terms.leapspecs.org"),
        ('rdf:resource="leap2:', 'rdf:resource="http://terms.leapspecs.org/'),
        ('rel="leap2:', 'rel="http://terms.leapspecs.org/'),
        ('scheme="categories:', 'scheme="http://wiki.leapspecs.org/2A/categories/'),
        ('rel="leap2:', 'rel="[leap2:'),
    ],
)
def test_other_spellings_of_the_same_names(alex: ImportBundle, tmp_path: Path, change: str, to: str) -> None:
    xml = mahara.feed(*mahara.ITEMS).replace(change, to)
    if to.startswith('rel="['):
        for name in ("has_part", "is_part_of", "reflects_on"):
            xml = xml.replace(f'rel="[leap2:{name}"', f'rel="[leap2:{name}]"')
    bundle = read_leap2a(mahara.packed(tmp_path / "x.zip", xml))
    assert [(e.title, e.draft, len(e.comments)) for e in bundle.entries] == [
        (e.title, e.draft, len(e.comments)) for e in alex.entries
    ]


def test_plain_text_and_a_title_alone_are_taken_too(tmp_path: Path) -> None:
    items = (
        mahara.item(1, "Plain", "One &lt;line&gt; *here*\nanother", content_type="text", marker=""),
        mahara.item(2, "Only a title", ""),
    )
    bundle = read_leap2a(mahara.packed(tmp_path / "x.zip", mahara.feed(*items)))
    assert [(e.title, e.body) for e in bundle.entries] == [
        ("Plain", "One <line> \\*here\\*\nanother"),
        ("Only a title", ""),
    ]


def test_an_answer_may_reflect_on_a_comment_and_circles_come_to_an_end(tmp_path: Path) -> None:
    items = (
        mahara.item(11, "The lift", mahara.LIFT),
        mahara.comment(40, "artefact11", "First", published="2022-09-01T10:00:00Z"),
        mahara.comment(41, "artefact40", "Answer", published="2022-09-02T10:00:00Z"),
        mahara.comment(42, "artefact43", "Round"),
        mahara.comment(43, "artefact42", "and round"),
    )
    bundle = read_leap2a(mahara.packed(tmp_path / "x.zip", mahara.feed(*items)))
    [first] = bundle.entries[0].comments
    assert (first.body, [r.body for r in first.replies]) == ("First", ["Answer"])
    assert "Comments that are not about an entry were left aside (2)." in bundle.remarks


# --- what is refused -------------------------------------------------------------------------------

LAUGHS = (
    '<!DOCTYPE feed [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
OUTSIDE = '<!DOCTYPE feed [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("declaration", [LAUGHS, OUTSIDE, "<!DOCTYPE feed>"])
def test_a_document_type_is_refused(tmp_path: Path, declaration: str) -> None:
    xml = mahara.feed(*mahara.ITEMS).replace("?>\n", "?>\n" + declaration, 1)
    xml = xml.replace("Cold tea", "&c;" if "ENTITY c" in declaration else "Cold tea")
    told = refusal(mahara.packed(tmp_path / "x.zip", xml))
    assert told == (
        "leap2a.xml: it has a document type, which is not read: it can fetch files, or grow without end."
    )


@pytest.mark.parametrize(
    ("xml", "told"),
    [
        ("<feed>", "leap2a.xml: it is not XML"),
        ("no xml at all", "leap2a.xml: it is not XML; look at line 1."),
        ("<rss/>", "leap2a.xml: it is not an Atom feed."),
        ("<feed>" + "<a>" * 500 + "</a>" * 500 + "</feed>", "leap2a.xml: its elements lie too deep."),
        (mahara.feed(), "x.zip: there is no journal with entries in it."),
        (mahara.feed(mahara.item(1, "Undated", "x", published="?")), "Undated: it has no date."),
        (
            mahara.feed(mahara.item(1, "A", "x"), mahara.file(2, "p", "image/png", "../../etc/passwd")),
            "../../etc/passwd: it would leave its folder.",
        ),
        (
            mahara.feed(mahara.item(1, "A", "x"), mahara.file(2, "p", "image/png", "%2e%2e/secret")),
            "../secret: it would leave its folder.",
        ),
        (mahara.feed(mahara.item(1, "A", "".join(f"&lt;b id={n * 7919}&gt;" for n in range(30_000)))), "x.zip: a text in it is longer than 2 MB"),
        ("\x00" * 20_000_000, "leap2a.xml: it unpacks to more than 64 MB, or to more than 100 times its size."),
    ],
)  # fmt: skip
def test_a_broken_feed_says_what_is_wrong(tmp_path: Path, xml: str, told: str) -> None:
    assert told in refusal(mahara.packed(tmp_path / "x.zip", xml, {}))


def test_paths_and_links_that_leave_the_folder_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("leap2a.xml", mahara.feed(*mahara.ITEMS))
        out.writestr("../escape.jpg", b"x")
        link = zipfile.ZipInfo("files/link.jpg")
        link.external_attr = 0o120777 << 16
        out.writestr(link, "/etc/passwd")
    assert refusal(path) == (
        "../escape.jpg: its name would lead out of the folder, or no file should have it.\n"
        "files/link.jpg: it is a link or a device."
    )


def test_what_is_no_leap2a_says_so(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(b"PK nothing")
    assert refusal(path) == "x.zip: this is not a zip file, or it is damaged."
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("a.txt", "x")
    assert refusal(path) == "x.zip: there is no leap2a.xml in it."


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xd8\xff not a photograph", b"<svg xmlns='x'><script/></svg>"]
)
def test_a_picture_that_cannot_be_read_is_told_and_the_rest_comes_in(tmp_path: Path, content: bytes) -> None:
    others = mahara.files() | {"files/30-lift.jpg": content}
    bundle = read_leap2a(mahara.packed(tmp_path / "x.zip", mahara.feed(*mahara.ITEMS), others))
    assert len(bundle.entries) == 4 and len(bundle.entries[0].photographs) == 1
    assert (
        "The lift (2022-09-01): a picture of its text is not there (portfolio:artefact30)." in bundle.remarks
    )


def test_a_picture_that_unpacks_to_too_much_is_left_aside(tmp_path: Path) -> None:
    out = io.BytesIO(mahara.picture() + bytes(30_000_000))
    others = mahara.files() | {"files/30-lift.jpg": out.getvalue()}
    bundle = read_leap2a(mahara.packed(tmp_path / "x.zip", mahara.feed(*mahara.ITEMS), others))
    assert len(bundle.entries[0].photographs) == 1
