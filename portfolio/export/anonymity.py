"""What an anonymised document says of itself."""

from portfolio.domain.records import Language
from portfolio.export.environment import translations


def anonymity(language: Language) -> tuple[str, ...]:
    """What was done to an anonymised document, in sentences, and what could not be done."""
    _ = translations(language).gettext
    return (
        _("A participant code stands for the author’s name, and a role for the name of everybody else."),
        _("Months are counted from the first one; there is no other date."),
        _(
            "Names, sign-in names and aliases that the system knows, addresses, long numbers and dates were"
            " looked for in every text. Bracketed words such as [mentor] or [date] stand in their place,"
            " and [photograph] for each picture."
        ),
        _("Programme and cohort are not named."),
        _(
            "What was found was found by rules. Names that the system does not know, places, and events that"
            " many remember may still be there, and nobody can hide how somebody writes: who knows the author"
            " well may recognise them. A reader who does is asked to keep it to themselves."
        ),
    )
