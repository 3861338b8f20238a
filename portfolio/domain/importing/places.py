"""What stands around imported entries in a programme: stages, prompts, meetings.

What the diary's programme does not have is made in one of the student's own.
"""

import datetime as dt
from typing import Any

from peewee import fn

from portfolio.domain.exchange import ImportBundle, ImportedEntry, ImportedStage
from portfolio.domain.importing.checks import timezone_in
from portfolio.domain.importing.narratives import AUTHOR_LONGEST
from portfolio.domain.importing.report import ImportReport
from portfolio.domain.programme import programme_of
from portfolio.domain.records import Viewer
from portfolio.store.fields import new_public_id
from portfolio.store.programme import (
    Cohort,
    Meeting,
    Member,
    Programme,
    Prompt,
    Role,
    RoleName,
    Stage,
    StagePeriod,
)


class Places:
    """What the stages and prompts of a bundle are here. A `trial` makes none and says which it would."""

    def __init__(
        self, viewer: Viewer, bundle: ImportBundle, now: dt.datetime, report: ImportReport, *, trial: bool
    ) -> None:
        self.viewer, self.bundle, self.now, self.report, self.trial = viewer, bundle, now, report, trial
        self.programme: Programme | None = programme_of(viewer.user_id)
        self.own_programme: Programme | None = None
        self.own_cohort: Cohort | None = None
        self.stages: dict[str, Stage | None] = {}  # by lower-case name and by imported id
        self.prompts: dict[str, Prompt] = {}  # by imported id

    def settle(self) -> None:
        """Find all of them, and make what is missing, in a transaction of the caller's."""
        self._find_stages()
        for entry in self.bundle.entries:
            self.stage_of(entry)
        if not self.trial:
            self._write_prompts()
            self._write_meetings()

    def stage_of(self, imported: ImportedEntry) -> Stage | None:
        if imported.stage_id and imported.stage_id in self.stages:
            return self.stages[imported.stage_id]
        if not imported.stage_name:
            return None
        name = imported.stage_name.lower()
        if name not in self.stages:
            known = self._known_stage(None, imported.stage_name)
            self.stages[name] = known or self._make_stage(imported.stage_name)
        return self.stages[name]

    def _find_stages(self) -> None:
        used = {(e.stage_id or "", (e.stage_name or "").lower()) for e in self.bundle.entries}
        shown = {a.stage_id for a in self.bundle.attainments}
        for imported in self.bundle.stages:
            stage = self._known_stage(imported.public_id, imported.name)
            if stage is None:
                wanted = self.bundle.source == "archive" or any(
                    imported.public_id == i or imported.name.lower() == n for i, n in used
                )
                if not wanted and imported.public_id not in shown:
                    continue
                stage = self._make_stage(
                    imported.name,
                    public_id=imported.public_id,
                    identity_label=imported.identity_label,
                    starts_on=imported.starts_on,
                    ends_on=imported.ends_on,
                    objectives=list(imported.objectives),
                    competencies=list(imported.competencies),
                )
                self._write_passes(stage, imported)
            self.stages[imported.name.lower()] = stage
            if imported.public_id:
                self.stages[imported.public_id] = stage

    def _known_stage(self, public_id: str | None, name: str) -> Stage | None:
        for programme in (self.programme, self._own(make=False)):
            if programme is None:
                continue
            stages = list(Stage.select().where(Stage.programme == programme.id).order_by(Stage.position))
            named = [s for s in stages if s.public_id == public_id] or [
                s for s in stages if s.name.lower() == name.lower()
            ]
            if named:
                return named[0]
        return None

    def _make_stage(self, name: str, **values: Any) -> Stage | None:
        self.report.stages_made.append(name)
        if self.trial:
            return None
        programme = self._own(make=True)
        assert programme is not None
        # Counted on from those of the programme, so that each has a colour of its own
        known = [programme.id, *([self.programme.id] if self.programme else [])]
        last = Stage.select(fn.MAX(Stage.position)).where(Stage.programme.in_(known)).scalar() or 0
        values["public_id"] = free_id(Stage, values.get("public_id"))
        return Stage.create(
            programme=programme.id,
            name=name,
            position=last + 1,
            **{k: v for k, v in values.items() if v is not None},
        )

    def _write_passes(self, stage: Stage | None, imported: ImportedStage) -> None:
        if stage is None or not imported.passes:
            return
        member = Member.get((Member.cohort == self._cohort().id) & (Member.user == self.viewer.user_id))
        for one in imported.passes:
            StagePeriod.create(
                member=member.id, stage=stage.id, pass_number=one.number,
                starts_on=one.starts_on, ends_on=one.ends_on, said_until=one.ends_on,
            )  # fmt: skip

    def _own(self, *, make: bool) -> Programme | None:
        if self.own_programme is None:
            self.own_programme = Programme.get_or_none(
                (Programme.owner == self.viewer.user_id) & Programme.personal
            )
        if self.own_programme is None and make:
            name = self.bundle.programme_name or self.viewer.name
            self.own_programme = Programme.create(
                name=name,
                timezone=timezone_in(self.bundle) or (self.programme.timezone if self.programme else "UTC"),
                owner=self.viewer.user_id,
                personal=True,
                created_at=self.now,
            )
        return self.own_programme

    def _cohort(self) -> Cohort:
        """A cohort of one, in the student's own programme, for prompts and meetings that came along."""
        if self.own_cohort is None:
            programme = self._own(make=True)
            assert programme is not None
            self.own_cohort = Cohort.get_or_none(Cohort.programme == programme.id)
            if self.own_cohort is None:
                self.own_cohort = Cohort.create(
                    programme=programme.id,
                    name=self.bundle.cohort_name or programme.name,
                    created_at=self.now,
                )
                member = Member.create(
                    cohort=self.own_cohort.id, user=self.viewer.user_id, joined_at=self.now
                )
                Role.create(member=member.id, role=RoleName.MENTEE, starts_on=self.now.date())
        return self.own_cohort

    def _write_prompts(self) -> None:
        for prompt in self.bundle.prompts:
            alike = (Prompt.text == prompt.text) & (Prompt.starts_on == prompt.starts_on)
            self.prompts[prompt.public_id] = self._there(Prompt, prompt.public_id, alike) or Prompt.create(
                public_id=free_id(Prompt, prompt.public_id),
                cohort=self._cohort().id,
                author_name=prompt.author_name[:AUTHOR_LONGEST],
                stage=self.stages.get(prompt.stage_id or ""),
                text=prompt.text,
                starts_on=prompt.starts_on,
                ends_on=prompt.ends_on,
                created_at=self.now,
            )

    def _write_meetings(self) -> None:
        for meeting in self.bundle.meetings:
            alike = (Meeting.title == meeting.title) & (Meeting.held_on == meeting.held_on)
            if self._there(Meeting, meeting.public_id, alike) is None:
                Meeting.create(
                    public_id=free_id(Meeting, meeting.public_id),
                    cohort=self._cohort().id,
                    title=meeting.title,
                    held_on=meeting.held_on,
                    created_at=self.now,
                )

    def _there(self, table: Any, public_id: str, alike: Any) -> Any:
        """The viewer's own by its id, or, where somebody else has that id, one that says the same."""
        mine = table.cohort.in_(Member.select(Member.cohort).where(Member.user == self.viewer.user_id))
        found = table.get_or_none((table.public_id == public_id) & mine)
        if found is None and table.select().where(table.public_id == public_id).exists():
            found = table.get_or_none(alike & mine)
        return found


def free_id(table: Any, wanted: str | None) -> str:
    """The id that something had, if nobody has it here, else a new one."""
    if wanted and not table.select().where(table.public_id == wanted).exists():
        return wanted
    return new_public_id()
