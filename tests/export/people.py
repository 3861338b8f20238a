"""Two students with everything that a portfolio can hold: Ines writes in English, Li Na in Chinese."""

import datetime as dt
import hashlib
from dataclasses import replace
from pathlib import Path

from PIL import Image

from portfolio.domain.records import (
    Attainment,
    Choices,
    Comment,
    Entry,
    Meeting,
    Narrative,
    Photograph,
    Portfolio,
    Prompt,
    Revision,
    Threshold,
)
from tests.export import books

NASTY = """<script>alert("x")</script> & '"><img src=x onerror=alert(1)> {{ 7*7 }} --- # : 龑"""

STUDENT = books.stage(
    1,
    "Medical student",
    "2020-09-01",
    "2021-06-30",
    objectives=("To put doubts into words", "To look at one's own reasons for studying medicine"),
    competencies=("Describes a situation without naming a patient",),
)
INTERN = books.stage(
    2, "Intern", "2021-07-01", "2022-06-30", objectives=("To act within limits, and to name them",)
)
DOCTOR = books.stage(3, "Newly qualified", "2022-07-01", "2022-10-31")

ASKED = Prompt(
    "pr0mptpr0mptpr0m",
    "Write about one thing that you did not say this week.",
    "Dr Lin Hua",
    dt.date(2021, 10, 1),
    dt.date(2021, 10, 31),
    INTERN.public_id,
)


def photograph(folder: Path, name: str = "w1nd0w", media_type: str = "image/jpeg") -> Photograph:
    """A grey picture of 640 × 400 pixels, stored in `folder`."""
    path = folder / f"{name}{'.jpg' if media_type == 'image/jpeg' else '.png'}"
    Image.new("RGB", (640, 400), (120, 130, 128)).save(path)
    content = path.read_bytes()
    return Photograph(
        name,
        media_type,
        640,
        400,
        "A corridor at night",
        "The corridor, photographed from the lift",
        hashlib.sha256(content).hexdigest(),
        str(path),
    )


def revision(number: int, title: str, body: str, day: str) -> Revision:
    return Revision(
        number,
        title,
        body,
        books.paragraphs(body),
        len(body.split()),
        dt.datetime.fromisoformat(f"{day}T20:00:00+00:00"),
        hashlib.sha256(body.encode()).hexdigest(),
    )


def comment(author: str, day: str, text: str, **more: object) -> Comment:
    role = more.pop("role", "mentor")
    made = books.comment(author, role, day, text)  # type: ignore[arg-type]
    return replace(made, **more)  # type: ignore[arg-type]


def ines(folder: Path) -> Portfolio:
    """Five entries in three stages, all kinds of marks, links, comments; pictures in `folder`."""
    picture, plate = photograph(folder), photograph(folder, "c0rr1d0r", "image/png")
    first = books.entry(
        "2020-09-14",
        "Coats that do not fit",
        "We were given coats today. Mine reaches to my knees.\n\nI do not know yet whether I want it to fit.",
        stage=STUDENT,
        public_id="coats00000000001",
        tags=("doubt", "clothes"),
        reflection_mode="on_action",
        framework="What / So what / Now what",
    )
    asking = "She asked me whether he would wake, and I said that I would fetch somebody."
    night = "The corridor is longer at night.\n\n" + asking
    asked = books.entry(
        "2021-10-12",
        "The daughter in the corridor",
        night,
        stage=INTERN,
        public_id="daughter00000002",
        html_body=(
            "<p>The corridor is longer at night.</p>\n"
            '<p><img src="/photographs/w1nd0w" alt="A corridor at night"></p>\n'
            f"<p>{asking}</p>\n"
            '<p>See <a href="/entries/coats00000000001">the coats</a>, '
            '<a href="/entries/elsewhere0000000">another</a> and '
            '<a href="https://example.org/ring-theory" rel="noopener noreferrer nofollow">the theory</a>.</p>'
        ),
        prompt=ASKED,
        tags=("silence", "relatives"),
        revision_number=2,
        photographs=(picture, plate),
        written_at=dt.datetime(2021, 10, 14, 20, tzinfo=dt.UTC),
        revisions=(
            revision(1, "The daughter", "The corridor is long at night.", "2021-10-12"),
            revision(2, "The daughter in the corridor", night, "2021-10-14"),
        ),
        audiences=frozenset({"mentor", "faculty"}),
        returned_to=("again00000000005",),
        threshold=Threshold(
            ("doing", "being"),
            "A question that I may not answer ends the conversation.",
            "It begins one.",
            "The cup.",
        ),
        comments=(
            comment(
                "Dr Lin Hua",
                "2021-10-13",
                "You fetched somebody. Who stayed with her?",
                revision_number=1,
                quoted="I would fetch somebody",
                quote_start=77,
                quote_end=99,
                replies=(
                    comment("Ines Moreau", "2021-10-14", "Nobody. I see it now.", role="mentee", own=True),
                    comment("Dr Lin Hua", "2021-10-15", "You went back, though."),
                ),
            ),
            comment(
                "Lin Yue",
                "2021-10-16",
                "In my first winter I counted the doors.",
                role="peer_mentor",
                revision_number=2,
                quoted="a sentence that is gone",
            ),
            comment("Dr Lin Hua", "2021-10-17", "", withdrawn=True),
        ),
    )
    porridge = books.entry(
        "2022-03-05",
        "夜班后的粥",
        "下夜班，食堂阿姨多给了我半勺粥，说：“你今天脸色好一点。”\n\n我才想起来，上次也是她。",
        stage=INTERN,
        public_id="porridge00000003",
        tags=("夜班",),
        audiences=frozenset({"cohort"}),
        comments=(comment("林桦", "2022-03-06", "半勺粥，够写一年。"),),
    )
    nasty = books.entry(
        "2022-07-20",
        NASTY,
        "Nothing of it runs: " + NASTY,
        stage=DOCTOR,
        public_id="nasty00000000004",
        tags=(NASTY[:40], "clothes"),
        audiences=frozenset(),
        draft=True,
        comments=(comment(NASTY, "2022-07-21", NASTY, quoted=NASTY),),
    )
    again = books.entry(
        "2022-09-10",
        "",
        "I stayed this time. The cup stood between us and neither of us drank.",
        stage=DOCTOR,
        public_id="again00000000005",
        retells="daughter00000002",
    )
    return books.portfolio(
        [first, asked, porridge, nasty, again],
        (STUDENT, INTERN, DOCTOR),
        edition=0,
        owner_id="1nes1nes1nes1nes",
        choices=Choices(private=True),
        left_out=2,
        prompts=(ASKED,),
        starts_on=dt.date(2020, 9, 1),
        ends_on=dt.date(2022, 10, 31),
        months=books.months_of(
            [first, asked, porridge, nasty, again],
            dt.date(2020, 9, 1),
            dt.date(2022, 10, 31),
            (STUDENT, INTERN, DOCTOR),
            (ASKED,),
            (Meeting("meet1ng", dt.date(2021, 4, 16), "On silence"),),
        ),
        meetings=(Meeting("meet1ng", dt.date(2021, 4, 16), "On silence as an answer"),),
        narratives=(
            Narrative(
                "mentor",
                "Dr Lin Hua",
                dt.date(2022, 10, 20),
                "She learned to stay.",
                "<p>She learned to stay.</p>",
                "en",
            ),
            Narrative(
                "student",
                "Ines Moreau",
                dt.date(2022, 10, 14),
                "I began with a coat.\n\nIt fits.",
                "<p>I began with a coat.</p>\n<p>It fits.</p>",
                "en",
            ),
        ),
        attainments=(
            Attainment(
                INTERN.public_id,
                "Talks with relatives within her role",
                "Twice, a year apart.",
                ("daughter00000002", "again00000000005"),
            ),
        ),
    )


def li_na(folder: Path) -> Portfolio:
    """The same, with Chinese headings and two Chinese entries of one day and one opening."""
    stages = (
        books.stage(1, "医学生", "2020-09-01", "2021-06-30", objectives=("说出自己对成为医生的疑惑",)),
        books.stage(2, "实习医生", "2021-07-01", "2022-06-30"),
    )
    text = "药房打电话来问，这条医嘱是谁开的。我回头去找她说的那个人。\n\n身后有一个学生，推车旁有一位护士。"
    entries: list[Entry] = [
        books.entry(
            "2021-03-05", "第一次查房", text, stage=stages[0], public_id="round1000000001", tags=("查房",)
        ),
        books.entry(
            "2021-03-05", "第一次夜班", text + "夜里。", stage=stages[0], public_id="round2000000002"
        ),
        books.entry(
            "2021-09-05",
            "签自己的名字",
            text,
            stage=stages[1],
            public_id="sign00000000003",
            tags=("查房", "署名"),
            threshold=Threshold(
                ("being",),
                "我以为带人就是把我会的告诉他。",
                "是让他听见自己已经知道的。",
                "被拉开一点的窗帘。",
            ),
            comments=(comment("林桦", "2021-09-06", "这一句我读了两遍。", quoted="这条医嘱是谁开的"),),
        ),
    ]
    return books.portfolio(
        entries,
        stages,
        language="zh",
        owner_name="李娜",
        owner_login="li-na",
        programme_name="临床医学反思实践",
        cohort_name="2020级",
        timezone="Asia/Shanghai",
        choices=Choices(private=True),
        edition=0,
    )
