"""Named errors of the domain. Each carries a sentence that a person can act on.

`web.errors` turns each kind into a page or JSON, `cli` into exit status 1.
"""


class Said(str):
    """A sentence in English that can be said again in another language: it keeps its template and fields.

    A field may be a sentence too.
    """

    template: str
    fields: dict[str, object]

    def __new__(cls, template: str, **fields: object) -> "Said":
        made = super().__new__(cls, template % fields if fields else template)
        made.template, made.fields = template, fields
        return made


class DomainError(Exception):
    """Base of all refusals. `message` is translatable English with `%(name)s` fields."""

    code = "refused"

    def __init__(self, message: str = "", **fields: object) -> None:
        self.template = message or self.__doc__ or ""
        self.fields = fields
        super().__init__(self.template % fields if fields else self.template)


class NotFound(DomainError):
    """There is nothing here for you."""

    code = "not-found"


class NotYours(NotFound):
    """There is nothing here for you."""  # a stranger learns no more than that: existence leaks too


class Invalid(DomainError):
    """Something in the form needs another look."""

    code = "invalid"

    def __init__(self, message: str = "", field: str = "", **fields: object) -> None:
        super().__init__(message, **fields)
        self.field = field


class StaleRevision(DomainError):
    """This entry was changed elsewhere since you opened it. Neither text is lost."""

    code = "stale"

    def __init__(
        self, message: str = "", *, current_body: str = "", current_title: str = "", version: int = 0
    ) -> None:
        super().__init__(message)
        self.current_body = current_body
        self.current_title = current_title
        self.version = version


class WrongCredentials(DomainError):
    """That name and password do not belong together."""

    code = "wrong-credentials"


class TooManyTries(DomainError):
    """Too many wrong tries. Wait ten minutes, then try again."""

    code = "too-many-tries"


class PeriodClosed(DomainError):
    """This is over and can no longer be changed."""

    code = "closed"


class Conflict(DomainError):
    """That is there already."""

    code = "conflict"


class Unavailable(DomainError):
    """The diary cannot be written to at the moment. Your text is still on this page; try again shortly."""

    code = "unavailable"


class ImportRefused(DomainError):
    """Nothing was imported."""

    code = "import-refused"

    def __init__(self, problems: list[str]) -> None:  # a sentence each, `Said` where it can be translated
        self.problems = problems
        super().__init__("Nothing was imported:\n" + "\n".join(problems))
