"""What somebody wrote to stand around the entries of a book: dedication, preface, narratives."""

from markupsafe import Markup

from portfolio.domain.records import Narrative
from portfolio.domain.text import language_of
from portfolio.export.book_entries import anchors_of
from portfolio.export.book_plan import Book
from portfolio.export.environment import HTML_LANGUAGES, local_day, translations
from portfolio.export.prose import set_prose
from portfolio.export.wording import as_html, render


def dedication_html(words: str) -> str:
    """A few words of the student's, for a page of their own."""
    language = language_of(words)
    return render(language, "dedication.html", lines=words.split("\n"), lang=HTML_LANGUAGES[language])


def preface_html(book: Book) -> str:
    """What the student wrote for this document; "" where that is nothing."""
    given, p = book.portfolio.preface, book.portfolio
    if given is None:
        return ""
    day = local_day(p.made_at, p.timezone)
    if p.anonymised:
        day = p.ends_on  # the day of making is told nowhere
    told = Narrative("student", p.owner_name, day, given.body, given.html, given.language)
    return told_html(book, told, "preface", preface_heading(book))


def preface_heading(book: Book) -> str:
    return translations(book.language).gettext("Preface")


def told_html(book: Book, given: Narrative, name: str, heading: str) -> str:
    """An account with its heading, under the anchor `name`."""
    foreign = given.language != book.language
    prose = set_prose(given.html, given.language, name, {}, entries=anchors_of(book.portfolio, given.html))
    return render(
        book.language,
        "narrative.html",
        anchor=name,
        heading=heading,
        author=given.author_name,
        date=given.written_on,
        text=as_html(prose.html),
        text_class=f" {given.language}" if foreign else "",
        text_language=Markup(' lang="{}"').format(HTML_LANGUAGES[given.language]) if foreign else "",
    )
