"""Programmes, their stages, cohorts, roles and matches.

Stages are data. A calendar programme (Li & Zhong 2023) gives its stages dates that hold for
all; in the other kind (Krishna et al. 2024) each member's stage period is set by itself.
"""

from portfolio.domain.programme.cohorts import (
    JOIN_CODE_LENGTH,
    add_member,
    change_code,
    cohort_for_code,
    cohort_led,
    end_role,
    join,
    join_newly,
    make_cohort,
    memberships,
    mentors_to_propose,
)
from portfolio.domain.programme.matches import (
    accept_match,
    decline_match,
    end_match,
    matches,
    propose_match,
)
from portfolio.domain.programme.periods import remove_stage_period, set_stage_period
from portfolio.domain.programme.presets import PRESETS, Preset, preset, presets
from portfolio.domain.programme.programmes import (
    STAGES_MOST,
    change_programme,
    make_programme,
    programme_led,
    programmes_led_by,
)
from portfolio.domain.programme.prompts import (
    meetings_for,
    open_prompts,
    prompt_record,
    prompts_for,
    record_meeting,
    set_prompt,
)
from portfolio.domain.programme.stages import (
    programme_of,
    stage_on,
    stage_record,
    stages_for,
    stages_of,
    timezone_of,
    today,
)
from portfolio.domain.programme.views import (
    CohortView,
    MatchView,
    MemberView,
    PeriodView,
    ProgrammeView,
    RoleView,
    StageDraft,
)

__all__ = [
    "JOIN_CODE_LENGTH",
    "PRESETS",
    "STAGES_MOST",
    "CohortView",
    "MatchView",
    "MemberView",
    "PeriodView",
    "Preset",
    "ProgrammeView",
    "RoleView",
    "StageDraft",
    "accept_match",
    "add_member",
    "change_code",
    "change_programme",
    "cohort_for_code",
    "cohort_led",
    "decline_match",
    "end_match",
    "end_role",
    "join",
    "join_newly",
    "make_cohort",
    "make_programme",
    "matches",
    "meetings_for",
    "memberships",
    "mentors_to_propose",
    "open_prompts",
    "preset",
    "presets",
    "programme_led",
    "programme_of",
    "programmes_led_by",
    "prompt_record",
    "prompts_for",
    "propose_match",
    "record_meeting",
    "remove_stage_period",
    "set_prompt",
    "set_stage_period",
    "stage_on",
    "stage_record",
    "stages_for",
    "stages_of",
    "timezone_of",
    "today",
]
