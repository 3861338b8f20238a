"""Markdown files with front matter, as the archive writes them: exact, and readable for life.

Each value is JSON on one line, which is YAML as well; so every string is quoted, and none is ever
taken for a date, a number or "no".
"""

import json
import re
from collections.abc import Mapping

import yaml

FRONT_MATTER_BYTES = 512 * 1024  # longest that is read

# Characters that JSON leaves as they are and YAML does not allow, or takes for line ends
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # both are safe; this one is quick


def document(values: Mapping[str, object], body: str) -> bytes:
    """A file with these values in its front matter and exactly this body, in UTF-8."""
    lines = ["---", *(f"{key}: {_flow(value)}" for key, value in values.items()), "---", "", body, ""]
    return "\n".join(lines).encode()


def read_document(content: bytes) -> tuple[dict[str, object], str]:
    """The values and the body of what `document` wrote.

    Raises ValueError with the reason, as the end of a sentence that begins with the file's name.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"is not valid UTF-8 (byte {error.start})") from None
    head, fence, body = text.partition("\n---\n\n")
    if not fence or not head.startswith("---\n") or not body.endswith("\n"):
        raise ValueError("does not have its front matter between two lines of ---")
    return parse(head[4:]), body[:-1]


def parse(front_matter: str) -> dict[str, object]:
    """Front matter as plain values. Raises ValueError."""
    if len(front_matter) > FRONT_MATTER_BYTES:
        raise ValueError(f"has front matter of more than {FRONT_MATTER_BYTES // 1024} KB")
    try:
        values = yaml.load(front_matter, Loader=_Loader)  # noqa: S506, a safe loader
    except yaml.YAMLError as error:
        raise ValueError(f"has front matter that cannot be read ({_reason(error)})") from None
    except (RecursionError, ValueError):
        raise ValueError("has front matter that cannot be read") from None
    if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
        raise ValueError("has front matter that is not a list of names and values")
    return values


def _flow(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _reason(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "not YAML"
    return f"{problem}, line {mark.line + 2}" if mark else str(problem)  # the first line is the fence
