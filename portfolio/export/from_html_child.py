"""The process that reads HTML; started by `from_html.markdown_of_all`, and never imported elsewhere."""

from typing import Any

from portfolio.export import child


def prepare() -> None:
    """Loads the parsers before anybody waits for them."""
    from portfolio.export import from_html  # noqa: F401


def make(payload: list[tuple[str, dict[str, str]]], say: Any) -> child.Message:
    from portfolio.export.from_html import markdown_of

    return {"texts": [markdown_of(content, pictures) for content, pictures in payload]}


if __name__ == "__main__":
    child.serve(prepare, make)
