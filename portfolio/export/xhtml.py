"""Stored HTML as XHTML, for formats that are XML (Leap2A, EPUB)."""

import html
import re
import xml.etree.ElementTree as etree
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

import tinyhtml5
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

NAMESPACE = "http://www.w3.org/1999/xhtml"

_VOID = re.compile(r"""<(br|hr|img|col|wbr|input)((?:\s+[^\s"=<>/]+="[^"]*")*)\s*/?>""")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML 1.0, 2.2
_ID = re.compile(r"""\s+id="([^"]*)\"""")
_ADDRESS = re.compile(r'(?<= href=")[^"]*(?=")')
_SAFE_IN_ADDRESSES = "!#$%&'()*+,/:;=?@[]~-._"


def xhtml(stored: str) -> str:
    """Sanitised HTML of one text as well-formed XHTML without a root."""
    made = _NOT_XML.sub("\ufffd", _VOID.sub(r"<\1\2/>", stored.replace("&nbsp;", "&#160;")))
    return made if well_formed(f"<div>{made}</div>") else _parsed(made)


def well_formed(document: str) -> bool:
    """Whether a text is XML, without entities of its own."""
    try:
        fromstring(document.encode(errors="surrogatepass"), forbid_dtd=True)
    except (etree.ParseError, DefusedXmlException, ValueError):
        return False
    return True


def plain_xml(text: str) -> str:
    """A text as it can stand between tags or in an attribute."""
    return html.escape(_NOT_XML.sub("\ufffd", text))


def attributes(values: Mapping[str, str | None]) -> str:
    """` name="value"` for each that is not None. Line breaks are kept as references."""
    return "".join(
        f' {name}="{plain_xml(value).replace(chr(10), "&#10;").replace(chr(9), "&#9;")}"'
        for name, value in values.items()
        if value is not None
    )


def each_id_once(page: str) -> str:
    """A page in which the second of two elements with one id has none."""
    seen: set[str] = set()

    def kept(found: re.Match[str]) -> str:
        if found[1] in seen:
            return ""
        seen.add(found[1])
        return found[0]

    return _ID.sub(kept, page)


def valid_addresses(stored: str) -> str:
    """HTML whose links are URLs by RFC 3986: spaces and other scripts are percent-encoded.

    An address that cannot be read at all leads nowhere ("#").
    """

    def mended(found: re.Match[str]) -> str:
        address = html.unescape(found[0])
        try:
            parts = urlsplit(address)
            parts.port  # noqa: B018, raises for one that is no number
            host = (parts.hostname or "").encode("idna").decode() if parts.netloc else ""
        except (ValueError, UnicodeError):
            return "#"
        if parts.netloc:
            if not re.fullmatch(r"[a-z0-9._:-]+", host):
                return "#"
            address = (
                address.replace(parts.hostname or "", host, 1) if not parts.netloc.isascii() else address
            )
            start, rest = address.split("//", 1)
            netloc = re.split(r"[/?#]", rest, maxsplit=1)[0]
            tail = rest[len(netloc) :].replace("[", "%5B").replace("]", "%5D")
            address = f"{start}//{netloc}{tail}"
        address = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", address)
        before, mark, fragment = address.partition("#")
        address = before + mark + fragment.replace("#", "%23")
        return html.escape(quote(address, safe=_SAFE_IN_ADDRESSES))

    return _ADDRESS.sub(mended, stored)


def _parsed(stored: str) -> str:
    """The same by an HTML parser, which takes whatever comes."""
    body = tinyhtml5.parse(stored, namespace_html_elements=False).find("body")
    if body is None:
        return ""
    made = etree.tostring(body, encoding="unicode", short_empty_elements=True)
    return made[made.index(">") + 1 : made.rindex("</")] if "</" in made else ""
