"""A diary in which every word that somebody can write, anywhere, is a payload of the corpus."""

import datetime as dt
import hashlib
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace

from portfolio.domain import accounts, diary, feedback, importing, portfolios, programme
from portfolio.domain.diary import Draft, photographs
from portfolio.domain.exchange import ImportBundle, ImportedComment, ImportedEntry, ImportedStage
from portfolio.domain.programme import StageDraft
from portfolio.domain.records import Choices, Viewer
from portfolio.domain.text import normalise
from portfolio.store import files
from portfolio.store.programme import Cohort
from tests.conftest import NOW, STAGES, People
from tests.corpora import XSS
from tests.web.world import picture

IN_ONE_ENTRY = 30  # payloads
DEDICATION = 300  # characters
TITLED = 10  # of the entries with nothing but a title, those that wait for the mentor
MARK = "(window.__xss=1,alert(1))"


def payloads(canary: str) -> list[str]:
    """The corpus, with a mark to leave where it runs, and an address of ours where it calls out."""
    marked = (text.replace("alert(1)", MARK).replace("https://example.org", canary) for text in XSS)
    return [normalise(text.encode("utf-8", "replace").decode()) for text in marked]


def packed(texts: Iterable[str], longest: int) -> Iterator[str]:
    """As many at a time as fit into a field of one line; what is too long even alone is cut."""
    taken = ""
    for text in texts:
        text = " ".join(text.split())[:longest]
        if taken and len(taken) + 1 + len(text) > longest:
            yield taken
            taken = ""
        taken = f"{taken} {text}" if taken else text
    yield taken


class Poison:
    """Writes it all into the site of the people."""

    def __init__(self, people: People, canary: str) -> None:
        self.people = people
        self.texts = payloads(canary)
        self.entries: list[str] = []  # ids of those whose bodies hold the whole corpus
        short = [text.replace(",", " ") for text in self.texts if len(text) <= 60]
        self.tags = iter([tuple(short[n : n + 20]) for n in range(0, len(short), 20)])

    def write(self) -> None:
        names = packed(self.texts, 110)
        for person in (self.people.mei, self.people.lin, self.people.tan, self.people.zhou, self.people.jun):
            accounts.set_name(person, next(names))
        self._programme()
        for start in range(0, len(self.texts), IN_ONE_ENTRY):
            self._entry(self.texts[start : start + IN_ONE_ENTRY])
        self._titles()
        self._afterwards()
        self._brought_in()
        self._given_out()

    def _programme(self) -> None:
        people, texts = self.people, self.texts
        programme.change_programme(
            people.zhou,
            people.programme_id,
            name=texts[8],
            description="\n".join(texts),
            timezone="Asia/Shanghai",
            stages=[
                StageDraft(
                    name=texts[8 + n], identity_label=texts[18 + n], public_id=people.stages[stage.name],
                    starts_on=stage.starts_on, ends_on=stage.ends_on,
                    objectives=tuple(packed(texts[n::3], 500)), competencies=tuple(packed(texts[n::3], 500)),
                )
                for n, stage in enumerate(STAGES)
            ],
            now=NOW,
        )  # fmt: skip
        Cohort.update(name=texts[9]).where(Cohort.public_id == people.cohort_id).execute()
        day = NOW.date()
        for text in packed(texts, 2000):
            programme.set_prompt(people.lin, people.cohort_id, text, starts_on=day, now=NOW)
        for number, title in enumerate(packed(texts, 200)):
            held = day + dt.timedelta(days=number % 20 - 10)
            programme.record_meeting(people.zhou, people.cohort_id, title, held_on=held, now=NOW)

    def _entry(self, some: list[str]) -> None:
        people, number = self.people, len(self.entries)
        draft = Draft(
            body="\n\n".join(some),
            title=next(packed(some, 300)),
            entry_date=dt.date(2022, 9, 1 + number),
            tags=next(self.tags, ()),
            prompt_id=programme.prompts_for(people.mei.user_id)[0].public_id,
        )
        audiences = ("mentor", "faculty", "cohort")
        saved = diary.keep_entry(people.mei, draft, creation_key=f"b{number}", audiences=audiences, now=NOW)
        self.entries.append(saved.entry_id)
        said = "\n\n".join(some)
        shown = " ".join(normalise(some[0]).split())

        def comment(author: Viewer, **options: str) -> str:
            return feedback.comment_on(
                author, saved.entry_id, said, revision_number=saved.revision_number, now=NOW, **options
            )

        first = comment(people.lin, quoted=shown)
        comment(people.mei, answers=first)
        comment(people.zhou, quoted=next(packed(some[1:], 2000)))
        words = next(packed(some, 500))
        photographs.add_photograph(
            people.mei, saved.entry_id, picture(), name=f"{some[0]}.jpg", alt=words, caption=words, now=NOW
        )
        diary.mark_threshold(
            people.mei, saved.entry_id, kinds=["being"], before=words, after=words, helped=words, now=NOW
        )

    def _titles(self) -> None:
        for number, title in enumerate(packed(self.texts, 300)):
            draft = Draft(
                body="The title is all.",
                title=title,
                entry_date=dt.date(2022, 8, 1 + number % 31),
                tags=next(self.tags, ()),
            )
            audiences = ("mentor", "cohort") if number < TITLED else ()
            diary.keep_entry(self.people.mei, draft, creation_key=f"t{number}", audiences=audiences, now=NOW)

    def _afterwards(self) -> None:
        mei, texts, later = self.people.mei, self.texts, NOW + dt.timedelta(hours=1)
        changed = Draft(
            body="\n\n".join(reversed(texts[:40])), title=texts[8], entry_date=dt.date(2022, 9, 1)
        )
        version = diary.entry_version(mei, self.entries[0])
        diary.save_entry(mei, self.entries[0], changed, version=version, now=later)
        diary.restory(mei, self.entries[1], self.entries[0])
        gone = diary.keep_entry(mei, Draft(body=texts[0], title=texts[8]), creation_key="gone", now=NOW)
        diary.delete_entry(mei, gone.entry_id, now=NOW)
        unfinished = Draft(body=texts[8], title=texts[9])
        diary.keep_entry(mei, unfinished, creation_key="draft", as_draft=True, now=NOW)
        everything = "\n\n".join(texts)
        portfolios.write_narrative(mei, everything, now=NOW)
        portfolios.write_narrative(self.people.lin, everything, subject_id=mei.public_id, now=NOW)
        stage = self.people.stages["Newly qualified doctor"]
        for competency in packed(texts, 500):
            portfolios.record_attainment(mei, stage, competency, competency, [self.entries[0]], now=NOW)

    def _brought_in(self) -> None:
        """An import: its stages, and a comment of each author who has no account here."""
        at = NOW - dt.timedelta(days=30)
        names = list(packed(self.texts, 100))
        comments = tuple(
            ImportedComment(f"c{number}", name, "mentor", False, at, 1, name, quoted=name)
            for number, name in enumerate(names)
        )
        entries = tuple(
            ImportedEntry(
                f"i{number}", f"{name}.md", dt.date(2022, 7, 1), name, name,
                hashlib.sha256(name.encode()).hexdigest(), stage_name=name, created_at=at, comments=comments,
            )
            for number, name in enumerate(names[:3])
        )  # fmt: skip
        stages = tuple(ImportedStage(name, number) for number, name in enumerate(names[:3], 1))
        importing.import_bundle(
            self.people.mei, ImportBundle("archive", names[0], entries, stages, owner_name=names[1]), now=NOW
        )

    def _given_out(self) -> None:
        """Saved choices, an edition with dedication and preface, links to it and its submission."""
        mei, everything = self.people.mei, "\n\n".join(self.texts)
        said = Choices(private=True, dedication=next(packed(self.texts, DEDICATION)), preface=everything)
        self.presets = [
            portfolios.save_preset(mei, name, "book", said, now=NOW)
            for name in itertools.islice(packed(self.texts, 80), 30)
        ]
        self.edition, self.portfolio = portfolios.freeze_edition(mei, said, now=NOW)
        portfolios.finish_edition(self.edition, stored_name=files.write(b"%PDF", ".pdf"), pages=3, size=4)
        for label in itertools.islice(packed(self.texts, 120), 18):
            _, self.book = portfolios.make_link(mei, self.edition, label=label, now=NOW)
        _, self.site = portfolios.make_link(mei, self.edition, document="site", now=NOW)
        review, _ = portfolios.freeze_edition(mei, replace(said, private=False, variant="review"), now=NOW)
        portfolios.finish_edition(review, stored_name=files.write(b"%PDF", ".pdf"), pages=3, size=4)
        portfolios.submit_edition(mei, review, self.people.cohort_id, now=NOW)
