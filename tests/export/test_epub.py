"""The EPUB: whole, readable by any reading program, in the language of each text, the same when made again."""

import datetime as dt
import posixpath
import re
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portfolio.domain import markup
from portfolio.domain.records import Choices, Portfolio, Preface
from portfolio.export.epub import write_epub
from portfolio.export.xhtml import NAMESPACE, valid_addresses, well_formed, xhtml
from tests.export import books, people

OPF = "{http://www.idpf.org/2007/opf}"
HTML = f"{{{NAMESPACE}}}"
EPUBCHECK = Path("/usr/share/java/epubcheck.jar")  # as Debian and Ubuntu install it

RICH = """# A heading

*Emphasis*, **strong**, ~~gone~~, `code`, H<sub>2</sub>O, a footnote[^1] and another[^2].

- a list
    - within a list
1. one
2. two

> A quotation.
> — somebody

| A | B |
| --- | ---: |
| 1 | 2 |

```
pre   formatted < & >
```

A link to [a page](https://example.org/a?b=c&d=e#f), <https://example.org/ä b>, [a strange one](https://example.org/[x]|{y}),
[a broken one](https://[::1), [a port](http://example.org:99999/), [a letter](mailto:a@example.org?subject=x y).

夜班后的粥，℃ ≥ α 龑 🙂 &nbsp; <script>alert(1)</script>

***

[^1]: The note.
[^2]: 第二个注。
"""


@pytest.fixture
def ines(tmp_path: Path) -> Portfolio:
    folder = tmp_path / "stored"
    folder.mkdir()
    return people.ines(folder)


def rich(folder: Path) -> Portfolio:
    """Texts as the renderer makes them, in entries and comments; the same note twice on one page."""
    words = markup.render(RICH).html
    made = people.ines(folder)
    said = replace(made.entries[1].comments[0], body=RICH, html=words, quoted="A quotation.")
    again = replace(said, public_id="again0000000again", quoted="a sentence that is gone", replies=())
    entries = tuple(
        replace(entry, body=RICH, html=words + entry.html, comments=(said, again)) for entry in made.entries
    )
    return replace(made, entries=entries)


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def pages(path: Path) -> dict[str, Element]:
    return {name: fromstring(text) for name, text in contents(path).items() if name.endswith(".xhtml")}


def assert_whole(path: Path) -> None:
    """Every link leads to a file and an id that are there; all files are in the manifest, and no others."""
    found, files = pages(path), contents(path)
    package = fromstring(files["EPUB/package.opf"])
    listed = {f"EPUB/{item.get('href')}" for item in package.iter(f"{OPF}item")}
    assert listed == {n for n in files if n.startswith("EPUB/") and not n.endswith("package.opf")}
    ids = {name: [e.get("id") for e in page.iter() if e.get("id")] for name, page in found.items()}
    for name, page in found.items():
        assert len(ids[name]) == len(set(ids[name])), f"{name}: an id stands twice"
        assert len(list(page.iter(f"{HTML}h1"))) == 1, name
        assert not {f"{HTML}{t}" for t in ("script", "iframe", "form", "object")} & {
            e.tag for e in page.iter()
        }
        for element in page.iter():
            assert not [key for key in element.attrib if key.startswith("on") or key == "style"]
            for address in filter(None, (element.get("href"), element.get("src"))):
                parts = urlsplit(address)
                if parts.scheme:
                    assert parts.scheme in ("http", "https", "mailto"), f"{name}: {address}"
                    continue
                target = (
                    posixpath.normpath(posixpath.join("EPUB", unquote(parts.path))) if parts.path else name
                )
                assert target in files, f"{name}: {address}"
                assert not parts.fragment or parts.fragment in ids[target], f"{name}: {address}"


@pytest.mark.parametrize("who", [people.ines, people.li_na, rich])
def test_every_link_resolves_and_every_file_is_listed(
    who: Callable[[Path], Portfolio], tmp_path: Path
) -> None:
    assert_whole(write_epub(who(tmp_path), tmp_path / "a.epub").path)


def test_a_reading_program_knows_it_by_its_first_bytes(ines: Portfolio, tmp_path: Path) -> None:
    made = write_epub(ines, tmp_path / "a.epub").path
    assert made.read_bytes()[30:58] == b"mimetypeapplication/epub+zip"
    with zipfile.ZipFile(made) as opened:
        assert opened.infolist()[0].compress_type == zipfile.ZIP_STORED and not opened.infolist()[0].extra


def test_contents_hold_stages_and_their_entries_in_order(ines: Portfolio, tmp_path: Path) -> None:
    nav = pages(write_epub(ines, tmp_path / "a.epub").path)["EPUB/nav.xhtml"]
    toc = next(n for n in nav.iter(f"{HTML}nav") if n.get("role") == "doc-toc")
    names = [" ".join("".join(a.itertext()).split()) for a in toc.iter(f"{HTML}a")]
    assert names == [
        "A reflective diary", "The student’s narrative", "The mentor’s narrative",
        "Medical student", "Coats that do not fit",
        "Intern", "The daughter in the corridor", "夜班后的粥",
        "Newly qualified", " ".join(people.NASTY.split()), "10 September 2022",
        "Index of tags",
    ]  # fmt: skip
    package = fromstring(contents(tmp_path / "a.epub")["EPUB/package.opf"])
    spine = [ref.get("idref") for ref in package.iter(f"{OPF}itemref")]
    assert spine[:2] == ["p0", "nav"] and len(spine) == len(set(spine)) == 13


def test_entries_stand_with_their_language_comments_and_photographs(ines: Portfolio, tmp_path: Path) -> None:
    made = write_epub(ines, tmp_path / "a.epub")
    found, files = pages(made.path), contents(made.path)
    porridge = found["EPUB/entry-porridge00000003.xhtml"]
    assert [e.get("lang") for e in porridge.iter(f"{HTML}h1")] == ["zh-Hans"]
    text = "".join(found["EPUB/entry-daughter00000002.xhtml"].itertext())
    for words in ("I would fetch somebody", "Who stayed with her?", "Nobody. I see it now.", "on revision 1",
                  "Write about one thing that you did not say this week.", "It begins one."):  # fmt: skip
        assert words in text
    images = [i.get("src") for i in found["EPUB/entry-daughter00000002.xhtml"].iter(f"{HTML}img")]
    assert images == ["images/w1nd0w.jpg", "images/c0rr1d0r.png"]
    assert files["EPUB/images/w1nd0w.jpg"] == Path(ines.entries[1].photographs[0].path).read_bytes()
    links = [a.get("href") for a in found["EPUB/entry-daughter00000002.xhtml"].iter(f"{HTML}a")]
    assert "entry-coats00000000001.xhtml" in links and "https://example.org/ring-theory" in links
    assert not [href for href in links if href and "elsewhere" in href]


def test_dedication_and_preface_stand_before_all_else(ines: Portfolio, tmp_path: Path) -> None:
    preface = Preface("为什么选这些。", "<p>为什么选这些。</p>", "zh")
    choices = replace(ines.choices, dedication="For M.\nwho stayed & waited")
    made = write_epub(replace(ines, preface=preface, choices=choices), tmp_path / "a.epub").path
    assert_whole(made)
    found = pages(made)
    assert "who stayed & waited" in "".join(found["EPUB/title.xhtml"].itertext())
    page = found["EPUB/narrative-1.xhtml"]
    assert "".join(page.find(f".//{HTML}h1").itertext()) == "Preface"
    assert [e.get("lang") for e in page.iter(f"{HTML}div")] == ["zh-Hans"]
    assert "I began with a coat." in "".join(found["EPUB/narrative-2.xhtml"].itertext())


def test_it_says_what_it_is_for_those_who_cannot_see(ines: Portfolio, tmp_path: Path) -> None:
    def said(portfolio: Portfolio) -> list[tuple[str, str]]:
        package = fromstring(contents(write_epub(portfolio, tmp_path / "a.epub").path)["EPUB/package.opf"])
        return [(m.get("property") or "", m.text or "") for m in package.iter(f"{OPF}meta")]

    values = said(ines)
    assert ("schema:accessMode", "visual") in values and ("schema:accessModeSufficient", "textual") in values
    assert ("schema:accessibilityFeature", "alternativeText") in values
    bare = tuple(replace(p, alt="") for p in ines.entries[1].photographs)
    values = said(replace(ines, entries=(replace(ines.entries[1], photographs=bare),)))
    assert ("schema:accessModeSufficient", "textual") not in values
    assert any("Some photographs have no description." in text for _, text in values)


def test_equal_content_gives_equal_bytes(ines: Portfolio, tmp_path: Path) -> None:
    later = replace(ines, made_at=ines.made_at + dt.timedelta(days=3))
    made = [write_epub(p, tmp_path / f"{n}.epub").path.read_bytes() for n, p in enumerate((ines, later))]
    assert made[0] == made[1]


def test_a_photograph_that_is_gone_is_told_and_its_words_stay(ines: Portfolio, tmp_path: Path) -> None:
    Path(ines.entries[1].photographs[0].path).unlink()
    made = write_epub(ines, tmp_path / "a.epub")
    assert made.missing == ("w1nd0w",)
    assert_whole(made.path)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
@example("<A:>")
@example("<A")
@settings(max_examples=300)
def test_whatever_html_comes_xml_goes_out(text: str) -> None:
    assert well_formed(f"<div>{xhtml(text)}</div>")
    assert well_formed(f"<div>{xhtml(f'<p>{text}<br><img src=x alt={text!r}></p>')}</div>")


@pytest.mark.parametrize(
    ("address", "to"),
    [
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("https://example.org/100%", "https://example.org/100%25"),
        ("https://例子.org/路", "https://xn--fsqu00a.org/%E8%B7%AF"),
        ("HTTPS://Example.org:8443/a?b=[c]#d#e", "https://example.org:8443/a?b=%5Bc%5D#d%23e"),
        ("mailto:a@example.org", "mailto:a@example.org"),
        ("https://[::1", None),
        ("https://exa mple.org/", None),
        ("http://example.org:99999/", None),
    ],
)
def test_addresses_are_urls_or_none(address: str, to: str | None) -> None:
    assert valid_addresses(f'<a href="{address}">x</a>') == (f'<a href="{to}">x</a>' if to else "<a>x</a>")


@pytest.mark.heavy
@pytest.mark.parametrize("who", [people.ines, people.li_na, rich, lambda _: books.portfolio([], ())])
def test_epubcheck_finds_nothing(who: Callable[[Path], Portfolio], tmp_path: Path) -> None:
    portfolio = who(tmp_path)
    preface = Preface(RICH, markup.render(RICH).html, "en")
    choices = Choices(private=True, dedication="For M.\n& others")
    made = write_epub(replace(portfolio, choices=choices, preface=preface), tmp_path / "a.epub").path
    assert EPUBCHECK.is_file(), "epubcheck is missing; scripts/setup.sh heavy installs it"
    told = subprocess.run(
        ["java", "-jar", str(EPUBCHECK), "--failonwarnings", str(made)], capture_output=True, text=True
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert re.search(r"0 fatals / 0 errors / 0 warnings", told.stdout)
