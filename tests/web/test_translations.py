"""The Chinese catalogue: nothing that a page or a document says is missing from it."""

import io
import re
import string
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from portfolio.domain import errors

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "portfolio" / "translations" / "zh_Hans_CN" / "LC_MESSAGES"
REFUSALS = [
    name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)
]

HAN = "[\u4e00-\u9fff]"
NUMBERS = (  # fields that hold a number, or begin and end with one
    "all chosen count done files high left line longest low megabytes most n num number packed page place "
    "revision size taken times total"
).replace(" ", "|")
OTHER_WORDS = {  # what docs/glossary.md has one Chinese word for: words that are not to stand for it
    "revision 稿": "修订",
    "prompt 题目": "提示",
    "archive 存档": "(?<!成长)(?<!电子)档案",
    "programme 培养项目": "(?<!培养)项目(?!负责人)",
    "cohort 班级": "群组",
    "peer mentor 朋辈导师": "同伴导师",
    "faculty 教师团队": "学院",
    "review 评议": "评阅|评审",
    "import 导入": "带入",
    "join code 邀请码": "加入码",
    "narrative 叙述": "自述",
    "grant 分享": "授权",
}


@pytest.fixture(scope="module")
def catalogue():
    return read_po(io.BytesIO((FOLDER / "messages.po").read_bytes()), locale="zh_CN", abort_invalid=True)


@pytest.fixture(scope="module")
def said():
    """Every sentence that the code and the templates mark for translation."""
    methods, options = parse_mapping_cfg(io.StringIO((ROOT / "babel.cfg").read_text()))
    keywords = DEFAULT_KEYWORDS | dict.fromkeys([*REFUSALS, "Said"])
    found = extract_from_dir(ROOT, methods, options, keywords=keywords, directory_filter=_own)
    return {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found} - {""}


def _own(folder):
    return Path(folder).name not in ("node_modules", "tests", "instance") and not Path(
        folder
    ).name.startswith(".")


def test_every_sentence_has_a_translation(catalogue, said):
    have = {
        m.id if isinstance(m.id, str) else m.id[0] for m in catalogue if m.id and m.string and not m.fuzzy
    }
    assert sorted(said - have) == []


def test_every_translation_is_still_used(catalogue, said):
    have = {m.id if isinstance(m.id, str) else m.id[0] for m in catalogue if m.id}
    assert sorted(have - said) == []


def test_the_domains_own_words_are_translated(catalogue):
    have = {m.id for m in catalogue if m.string}
    assert [
        name for name in REFUSALS if name != "DomainError" and vars(errors)[name].__doc__ not in have
    ] == []


def test_the_fields_of_a_translation_are_those_of_the_sentence(catalogue):
    def fields(text):
        return set(re.findall(r"%\((\w+)\)[sd]", text))

    for message in catalogue:
        if message.id and any(message.string):
            plural = not isinstance(message.id, str)
            english = message.id[1] if plural else message.id
            chinese = message.string[0] if plural else message.string
            assert fields(chinese) <= fields(english), english
            assert fields(english) - fields(chinese) <= {"num"}, english


def test_chinese_is_written_as_chinese(catalogue):
    for message in catalogue:
        for text in [message.string] if isinstance(message.string, str) else message.string:
            if message.id and re.search(r"[\u4e00-\u9fff]", text):
                assert not re.search(r"[\u4e00-\u9fff][,;:!?]", text), text
                assert not text.rstrip().endswith("."), text
                assert set(text) & set(string.ascii_letters) or not re.search(
                    r"[\u4e00-\u9fff] [\u4e00-\u9fff]", text
                )


def chinese(catalogue):
    """All translations in which there is Chinese."""
    for message in catalogue:
        for text in [message.string] if isinstance(message.string, str) else message.string:
            if message.id and re.search(HAN, text):
                yield text


def test_a_space_stands_between_chinese_and_latin_or_numbers(catalogue):
    """But in a date, which is one word (2022年9月5日). Names and dates are set in as they come."""
    number = rf"%\((?:{NUMBERS})\)[sd]"
    for text in chinese(catalogue):
        bare = re.sub(r"%\(\w+\)[sd]", "…", re.sub(number, "1", re.sub("%\\(year\\)s年", "", text)))
        assert not re.search(rf"{HAN}[A-Za-z0-9]|[A-Za-z0-9]{HAN}", bare), text


def test_no_space_stands_beside_chinese_punctuation(catalogue):
    for text in chinese(catalogue):
        assert not re.search(r"[，。；：！？、（）“”] +\S|\S +[，。；：！？、（）”]|\u3000", text), text


SENTENCE_ENDS = re.compile(r'[.:]"(?:, [^"{}]*)*\) \}\}(?:</strong>)? (?:\{\{ (?:_|ngettext)\(|<a )')


@pytest.mark.parametrize("template", sorted((ROOT / "templates").rglob("*.html")), ids=lambda path: path.stem)
def test_sentences_stand_apart_as_their_language_wants(template):
    """In Chinese nothing stands between two sentences: `space` knows."""
    assert SENTENCE_ENDS.findall(template.read_text("utf-8")) == []


def test_chinese_speaks_to_everybody_as_to_a_friend(catalogue):
    assert [text for text in chinese(catalogue) if "您" in text] == []


@pytest.mark.parametrize("term", OTHER_WORDS)
def test_a_thing_has_one_chinese_word(catalogue, term):
    assert [text for text in chinese(catalogue) if re.search(OTHER_WORDS[term], text)] == []
    english, word = term.rsplit(" ", 1)
    assert f"| {english} | {word} |" in (ROOT / "docs" / "glossary.md").read_text("utf-8")


def test_the_compiled_catalogue_is_that_of_the_source(catalogue):
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    assert (FOLDER / "messages.mo").read_bytes() == compiled.getvalue()
