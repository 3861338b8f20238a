"""What a student makes of the diary: a selection, narratives, attainments, numbered editions."""

from portfolio.domain.portfolios.choosing import (
    check_choices,
    choices_from_json,
    choices_to_json,
    content_hash,
    select,
)
from portfolio.domain.portfolios.freezing import (
    EditionView,
    edition_file,
    edition_files,
    editions,
    finish_edition,
    freeze_edition,
    portfolio_of_edition,
)
from portfolio.domain.portfolios.telling import (
    NARRATIVE_LONGEST,
    AttainmentView,
    attainments,
    narrative_by,
    narratives,
    record_attainment,
    remove_attainment,
    write_narrative,
)

__all__ = [
    "NARRATIVE_LONGEST",
    "AttainmentView",
    "EditionView",
    "attainments",
    "check_choices",
    "choices_from_json",
    "choices_to_json",
    "content_hash",
    "edition_file",
    "edition_files",
    "editions",
    "finish_edition",
    "freeze_edition",
    "narrative_by",
    "narratives",
    "portfolio_of_edition",
    "record_attainment",
    "remove_attainment",
    "select",
    "write_narrative",
]
