"""What identifies within a text, and what stands there instead."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.domain.portfolios.redacting import Known, Redactor

KNOWN = (
    Known("Sun Yi", "student"),
    Known("sun-yi", "student", "whole"),
    Known("Dr Lin Hua", "mentor"),
    Known("Wang Xiao Ming", "fellow"),
    Known("Quiet Heron", "fellow", "whole"),
    Known("Class of 2020", "cohort", "title"),
    Known("Reflective Practice", "programme", "title"),
    Known("陈雨", "student"),
    Known("林华医生", "mentor"),
    Known("王小明", "fellow"),
    Known("欧阳明月", "lead"),
)


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor(KNOWN)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("I, Sun Yi, sat down.", "I, [student], sat down."),
        ("Yi Sun, SUN YI, sunyi and Sun\nYi", "[student], [student], [student] and [student]"),
        ("Yi’s coat", "[student]’s coat"),
        ("The sun was out in Lincoln.", "The sun was out in Lincoln."),
        ("mail for sun-yi and SUN-YI", "mail for [student] and [student]"),
        ("Dr Lin said; Professor Hua Lin too", "Dr [mentor] said; Professor [mentor] too"),
        (
            "Xiaoming, Xiao Ming; Wang",
            "[fellow student], [fellow student] [fellow student]; [fellow student]",
        ),
        ("a quiet heron, Quiet Heron", "a [fellow student], [fellow student]"),
        ("Quiet on the ward", "Quiet on the ward"),
        ("in class of 2020 of reflective  practice", "in [cohort] of [programme]"),
        ("和Sun Yi一起去见Lin医生", "和[学生]一起去见[导师]医生"),
        ("陈雨和王小明", "[学生]和[同学]"),
        ("小明说，陈 雨去找林医生和林老师", "[同学]说，[学生]去找[导师]医生和[导师]老师"),
        ("老林来了，小王也来了。老师没来，下雨了。", "[导师]来了，[同学]也来了。老师没来，下雨了。"),
        ("欧阳老师叫明月", "[项目负责人]老师叫[项目负责人]"),
        (
            "我叫陈雨，今天第一次穿白大褂。\n\nIn English I am Yi.",
            "我叫[学生]，今天第一次穿白大褂。\n\nIn English I am [student].",
        ),
    ],
)
def test_names_that_the_system_knows(redactor: Redactor, written: str, read: str) -> None:
    assert redactor.plain(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("on 3 March 2021, the 3rd of March, March 3rd", "on [date], the [date], [date]"),
        ("3–5 March 2021; March 2021; 18 Oct.", "[date]; [date]; [date]"),
        ("in 2021, since March. (2019), 2019-2020", "in [date], since [date]. ([date]), [date]"),
        ("2021-03-03T20:15:00Z and 2021/3/3 and 3.3.2021 and 20210303", "[date] and [date] and [date] and [date]"),
        ("2021年3月3日，3月3日，三月五号，二〇二一年三月，9月", "[日期]，[日期]，[日期]，[日期]，[日期]"),
        ("三个月，20年经验，一年级，第3天", "三个月，20年经验，一年级，第3天"),
        ("you may 5 times; 120/80; 37.5 °C; 14:30; 1/2", "you may 5 times; 120/80; 37.5 °C; 14:30; 1/2"),
        ("13812345678 or +86 138 1234 5678", "[number] or [number]"),
        ("(020) 1234-5678, MRN0012345, No. 20231234567.", "[number], [number], No. [number]."),
        ("他的身份证是110101199003071234，病历号1234567。", "他的身份证是[号码]，病历号[号码]。"),
        ("1,200,000 cells, 1000 steps, 98.6, 5000 ml", "1,200,000 cells, 1000 steps, 98.6, 5000 ml"),
        ("a.b-c@hospital.edu.cn", "[e-mail address]"),
        ("https://ward.example.org/a?b=c, www.ward.cn/x and ward.edu.cn", "[link] [link] and [link]"),
    ],
)  # fmt: skip
def test_what_has_a_shape_of_its_own(redactor: Redactor, written: str, read: str) -> None:
    assert redactor.plain(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("See [what Lin wrote](https://x.example/1).", "See what [mentor] [link]."),
        ("See [the coats](/entries/abc123).", "See the coats."),
        ("![Lin at the door](/photographs/abc123)", "[photograph]"),
        ("![Lin][1] and [it][1]\n\n[1]: https://x.example/lin", "[photograph] and it [link]\n\n"),
        ("<https://x.example/lin>", "[link]"),
        ("Lin Hua: hello", r"\[mentor\]: hello"),
        ("Lin(she) asked", r"\[mentor\](she) asked"),
        ("陈雨王小明", "[学生] [同学]"),
    ],
)
def test_markdown_leads_nowhere_and_makes_no_new_links(redactor: Redactor, written: str, read: str) -> None:
    read = read.replace("what [mentor] [link]", "what [mentor] wrote [link]")
    assert redactor.markdown(written).text == read


def test_a_name_of_two_people_is_only_a_name() -> None:
    redactor = Redactor([Known("Li Jun", "student"), Known("Li Na", "mentor")])
    assert redactor.plain("Li Jun, Li Na, Li") == "[student], [mentor], [name]"


@given(
    st.lists(
        st.sampled_from(["Sun Yi", "陈雨", " a ", "。", "2021-03-03", "[x](https://y.z/q)", "\n", "王小明"])
    )
)
def test_places_before_and_after_a_bracket_are_the_same_text(pieces: list[str]) -> None:
    written = "".join(pieces)
    told = Redactor(KNOWN).markdown(written)
    held = {place for start, end, _, _ in told.spans for place in range(start, end)}
    for place, character in enumerate(written):
        if place not in held:
            assert told.text[told.start(place) : told.end(place + 1)] == character


def test_a_long_text_takes_no_more_than_its_length_asks_for(redactor: Redactor) -> None:
    text = "Sun Yi met Lin on 3 March 2021 and wrote of it. 陈雨也在。" * 400
    began = time.process_time()
    assert "Sun" not in redactor.plain(text)
    once = time.process_time() - began
    began = time.process_time()
    redactor.plain(text * 4)
    assert time.process_time() - began < 12 * once + 0.2
