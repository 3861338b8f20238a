"""A portfolio for review with one of everything, in English and in Chinese, to make a book from."""

import datetime as dt
import hashlib
from dataclasses import replace
from pathlib import Path

from PIL import Image

from portfolio.domain.records import (
    Attainment,
    Language,
    Meeting,
    Narrative,
    Photograph,
    Portfolio,
    Prompt,
    Threshold,
)
from tests.export.books import comment, entry, identity, months_of, paragraphs, portfolio, stage

CORRIDOR = """We had seven minutes for bed four. The consultant spoke to him, the registrar spoke to the chart, and I held the door with my foot so that it would not bang. When we came out his daughter stood in the corridor with two cups of tea, one of them plainly for somebody who was not coming back out of that room as the person she knew. She asked me, because I was last and because I was young, whether it was bad.

I said that the doctor would talk to her. It was true. It was also the sentence of somebody who is leaving, and she heard that before I did. She gave me one of the cups. I drank it on the stairs, all of it, though I don’t take sugar.

So what did I do? I kept to what I am allowed to say. I would keep to it again. What I did not do is stay for the length of a cup of tea, and nobody had forbidden that."""
CORRIDOR_AGAIN = """I told it wrong in January. Not the facts: there were two cups, there was sugar. But I told it as a story about what I may say, and I have now watched a first-year do the same thing on the same spot, with the same foot against the same door, and it was not a story about rules at all.

He came to me afterwards and said, “I didn’t know what to tell her.” I nearly gave him my good sentence, the one about staying for the length of a cup of tea. I kept it to myself and asked him what she had looked like, and he told me for ten minutes, and at the end he knew what he would do on the next day. He went back up with a chair."""
FIRST_DAY = """They gave me a list of names and a bunch of keys, and none of the keys opened anything. I stood in front of the linen cupboard for a while, to have somewhere to stand.

The sister in charge asked what I could do. I said that I could take blood. She looked at me for a moment and said that nobody needed blood taken, but that the man by the window wanted his curtain open, and had been saying so since five."""
NIGHT = """凌晨四点，病区只剩下监护仪的声音。十二床的老人醒着，问我是不是新来的。我说：“来了半年了。”他笑了笑：“那就是新来的。”

我原以为值夜班最难的是困，其实最难的是没有人可以问。白天我身边总有师兄、带教老师和护士长，一个犹豫的眼神就有人接住；到了夜里，犹豫只能自己放着。我给他量了血压，又量了一次，两次都正常，可我还是站在床边没有走。后来我才明白，我不是在等数值，而是在等自己相信它。

交班时我把这件事讲给带教老师听，以为她会说“多此一举”。她却问：“第二次量的时候，他说了什么？”我愣住了——他说的是“小姑娘，坐一会儿吧”。这句话我在记录里一个字也没有写。"""
CURTAIN = """今天轮到我站在后面，看一年级的同学给病人做自我介绍。他说得很快，名字像一口气吹过去；病人客气地点了点头，转头问我他的名字。

我差一点替他回答。两年前，林悦学姐也是这样站在我身后——她没有替我说，只把窗帘拉开了一点。那时我以为她没有听见；现在我知道，不说话也是一种教法，而且比说话累得多。"""
EVERYTHING = """<h4>What I had with me</h4>
<ul>
<li>a stethoscope</li>
<li>two pens, of which one wrote
<ul>
<li>blue</li>
<li>and, from noon on, black</li>
</ul></li>
<li>the ward’s telephone list, copied by hand because the printed one ends at <em>L</em></li>
</ul>
<ol start="3">
<li>Wash hands.</li>
<li>Say who you are.</li>
</ol>
<blockquote><p>“You will learn more from the porter than from me,” he said. It was the only thing that he said all morning, and he said it to the lift.</p></blockquote>
<table><thead><tr><th scope="col">Hour</th><th scope="col">Who called</th><th scope="col">What I did</th></tr></thead>
<tbody><tr><td>07:40</td><td>ward 4</td><td>went, found nobody</td></tr><tr><td>09:15</td><td>ward 4 again, a different voice</td><td>asked for the name first</td></tr></tbody></table>
<pre><code>RR 118/76   HR 72   SpO2 97 %
RR 121/80   HR 74   SpO2 97 %   &lt;- the second time, for my own sake</code></pre>
<p>The guideline is at <a href="https://guidelines.example.org/acute/2021/communication/relatives/breaking-news.html" rel="noopener">https://guidelines.example.org/acute/2021/communication/relatives/breaking-news.html</a> and says less than the porter.<sup id="n1"><a class="footnote-ref" href="#n2">1</a></sup> Somebody had typed Donaudampfschifffahrtsgesellschaftskapitaenswitwenrentenauszahlungsstelle into the search field.</p>
<p lang="zh-Hans">护士长说：“<em>先听</em>，再说。”我记下了。</p>
<hr>
<p>It <del>never</del> rarely takes longer than H<sub>2</sub>O takes to boil.</p>
<div class="footnotes"><ol><li id="n2"><p>Section 4, which is about telephones.<a class="footnote-backref" href="#n1">↩</a></p></li></ol></div>"""


def photograph(folder: Path, name: str, size: tuple[int, int], alt: str, caption: str = "") -> Photograph:
    path = folder / f"{name}.jpg"
    Image.linear_gradient("L").resize(size).convert("RGB").save(path, quality=80)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Photograph(identity(name), "image/jpeg", *size, alt, caption, digest, str(path))


def review(folder: Path, language: Language = "en") -> Portfolio:
    """A review with one of everything: 3 stages, 9 entries in two languages, 26 months, a whole diary of 224."""
    stages = (
        stage(
            1,
            "Newcomer",
            "2020-09-01",
            "2021-06-30",
            objectives=(
                "To look before judging, and to write down what was seen",
                "To find a place in a team that was there before",
            ),
        ),
        stage(
            2, "Intern", "2021-07-01", "2022-06-30", objectives=("To act within limits, and to name them",)
        ),
        stage(3, "Peer mentor", "2022-07-01", "2022-10-31"),
    )
    if language == "zh":
        stages = tuple(
            replace(s, identity_label=label, name=label, objectives=goals)
            for s, label, goals in zip(
                stages,
                ("新人", "实习生", "同伴导师"),
                (
                    ("先看，再下判断；把看见的写下来", "在一个早已存在的团队里找到自己的位置"),
                    ("在界限之内行事，并说得出界限在哪里",),
                    (),
                ),
                strict=True,
            )
        )
    mentor, peer = ("Dr Amara Osei", "mentor"), ("Lin Yue", "peer_mentor")
    prompts = (
        Prompt(
            identity("p1"),
            "Tell of a moment at the edge of a conversation.\n\nWhat, so what, now what, or any other order that serves.",
            "Dr Amara Osei",
            dt.date(2022, 1, 3),
            None,
        ),
        Prompt(
            identity("p2"),
            "写一件你在病历里没有写下的事。它为什么没有被写下？",
            "欧塞医生",
            dt.date(2022, 3, 1),
            None,
        ),
    )
    corridor = entry(
        "2022-01-18",
        "The daughter in the corridor",
        CORRIDOR,
        stage=stages[1],
        revision_number=4,
        tags=("relatives", "limits", "silence"),
        prompt=prompts[0],
        threshold=Threshold(
            ("doing",),
            "A question that I may not answer ends the conversation.",
            "It begins one. I can stay and not answer.",
            "The cup. I could not put it down anywhere.",
        ),
        photographs=(
            photograph(
                folder,
                "corridor",
                (1200, 800),
                "A long hospital corridor with doors on the left, light at the end",
                "The corridor outside the ward at six in the morning, without anybody in it who could be known.",
            ),
        ),
        comments=(
            comment(
                *mentor,
                "2022-01-20",
                "That sentence is correct, and you hear what is wrong with it. In revision 3 you had written “I had to say”; now it is “I said”. I noticed.",
                revision=3,
                quoted="I said that the doctor would talk to her.",
                replies=(
                    comment(
                        "Ines Moreau",
                        "mentee",
                        "2022-01-20",
                        "I changed it on the bus. “Had to” was for you, “said” is for me.",
                    ),
                    comment(
                        *peer,
                        "2022-01-22",
                        "I have a sentence like that as well: “Someone will be with you shortly.” May I bring mine to the meeting in February?",
                    ),
                ),
            ),
            comment(
                *peer, "2022-01-23", "Sugar! You never said.", revision=4, quoted="though I don’t take sugar"
            ),
            comment(
                *mentor,
                "2022-01-24",
                "What became of the sentence about the registrar?",
                revision=2,
                quoted="the registrar, who was asleep on his feet",
            ),
        ),
    )
    again = entry(
        "2022-08-16",
        "The daughter in the corridor, again",
        CORRIDOR_AGAIN,
        stage=stages[2],
        revision_number=2,
        tags=("relatives", "mentoring", "retelling"),
        reflection_mode="on_action",
        retells=corridor.public_id,
        comments=(
            comment(
                *mentor,
                "2022-08-18",
                "In January you wrote about a sentence, now about a chair. I have nothing to add, and wanted you to know that I read it.",
                revision=2,
            ),
        ),
    )
    corridor = replace(corridor, returned_to=(again.public_id,))
    first = entry(
        "2020-09-01",
        "A bunch of keys",
        FIRST_DAY,
        stage=stages[0],
        tags=("first day", "teams"),
        comments=(
            comment(*peer, "2020-09-03", "I know that cupboard.", quoted="the linen cupboard"),
            comment(
                *mentor,
                "2020-09-04",
                "And did you open the curtain?",
                quoted="the man by the window wanted his curtain open",
            ),
        ),
    )
    entries = [
        first,
        entry(
            "2020-10-02",
            "",
            "The second week has no title. It went by like a tram that does not stop, and I waved.",
            stage=stages[0],
        ),
        entry(
            "2020-12-01",
            "A title that goes on for longer than anybody who has to print it would wish, since it was written on a telephone, on a bus, between two stops, by somebody who could not sleep",
            "",
            html_body=EVERYTHING,
            stage=stages[0],
            tags=tuple(f"tag {n} of many" for n in range(9)),
        ),
        entry(
            "2021-01-11",
            "Kept as it was written",
            "[[[[\n\nA text that no renderer could read.\nIt stands as it was typed, line by line.",
            html_body='<pre class="plain">[[[[\n\nA text that no renderer could read.\nIt stands as it was typed, line by line.</pre>',
            stage=stages[0],
        ),
        corridor,
        entry(
            "2022-03-09",
            "夜班之后",
            NIGHT,
            html_body=paragraphs(NIGHT).replace("没有人可以问", "<em>没有人可以问</em>"),
            stage=stages[1],
            revision_number=2,
            tags=("夜班", "不确定", "倾听"),
            prompt=prompts[1],
            photographs=(
                photograph(
                    folder,
                    "night",
                    (900, 1200),
                    "夜里的病区，一台监护仪亮着，其余都暗",
                    "凌晨四点的病区。床号与姓名牌不在画面内。",
                ),
            ),
            comments=(
                comment(
                    "林悦",
                    "peer_mentor",
                    "2022-03-11",
                    "读到这里我停了很久。我们记录“量了两次”，却不记录为什么量第二次。",
                    revision=2,
                    quoted="我不是在等数值，而是在等自己相信它",
                    replies=(
                        comment("伊内丝", "mentee", "2022-03-12", "现在我会在旁边写一行小字，只给自己看。"),
                    ),
                ),
                comment(
                    "欧塞医生",
                    "mentor",
                    "2022-03-14",
                    "你把最重要的一句放在了最后。下一次，试着从那句话开始写。",
                    revision=2,
                ),
            ),
        ),
        again,
        entry(
            "2022-09-20",
            "第一次带人",
            CURTAIN,
            stage=stages[2],
            revision_number=3,
            tags=("带教", "沉默", "身份"),
            threshold=Threshold(
                ("being",),
                "我以为带人就是把我会的告诉他。",
                "是让他听见自己已经知道的。",
                "被拉开一点的窗帘。",
            ),
        ),
        entry(
            "2022-10-01",
            "No stage any more",
            "Written on the day after the last day.",
            tags=("limits", "沉默"),
        ),
    ]
    counts = [13, 11, 6, 8, 14, 7, 9, 5, 10, 12, 4, 0, 6, 12, 15, 9, 7, 8, 13, 11, 8, 6, 7, 10, 8, 5]
    meetings = tuple(
        Meeting(identity(day), dt.date.fromisoformat(day), "Meeting")
        for day in ("2020-10-10", "2021-05-08", "2022-02-12")
    )
    said = (
        "When I began I wrote about crowds, because one can write about a crowd without looking at anybody."
        if language == "en"
        else "刚开始的时候，我写的是人群，因为写人群可以谁也不看。"
    )
    story = (
        said
        + "\n\n"
        + (
            "In the last four months I stood behind somebody else. Most of what I did there cannot be seen in the entries, for it consisted of not doing things."
            if language == "en"
            else "最后四个月，我站在别人身后。我在那里做的大部分事情，在日记里是看不见的，因为那都是“没有做”的事。"
        )
    )
    return portfolio(
        entries,
        stages,
        language=language,
        left_out=215,
        prompts=prompts,
        meetings=meetings,
        owner_name="Ines Moreau" if language == "en" else "莫伊内",
        programme_name="Programme in Reflective Practice, Faculty of Medicine"
        if language == "en"
        else "医学院反思实践项目",
        starts_on=dt.date(2020, 9, 1),
        ends_on=dt.date(2022, 10, 31),
        months=months_of(
            entries, dt.date(2020, 9, 1), dt.date(2022, 10, 31), stages, prompts, meetings, counts
        ),
        narratives=(
            Narrative("mentor", "Dr Amara Osei", dt.date(2022, 10, 20), story, paragraphs(story), language),
            Narrative("student", "Ines Moreau", dt.date(2022, 10, 12), story, paragraphs(story), language),
        ),
        attainments=(
            Attainment(
                stages[0].public_id,
                "Describes a situation without naming or identifying a patient",
                "",
                (first.public_id, entries[2].public_id),
            ),
            Attainment(
                stages[1].public_id,
                "Talks with relatives within her role",
                "First by leaving, then by staying for the length of a cup of tea.",
                (corridor.public_id, again.public_id),
            ),
        ),
    )
