"""Stored HTML as XHTML, for formats that are XML (Leap2A, EPUB)."""

import html
import re
import xml.etree.ElementTree as etree
from collections.abc import Mapping
from urllib.parse import quote, urlsplit, urlunsplit

import tinyhtml5
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

NAMESPACE = "http://www.w3.org/1999/xhtml"

_VOID = re.compile(r"""<(br|hr|img|col|wbr|input)((?:\s+[^\s"=<>/]+="[^"]*")*)\s*/?>""")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML 1.0, 2.2
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_ID = re.compile(r"""\s+id="([^"]*)\"""")
_LINK_OUT = re.compile(r''' href="((?:https?|mailto):[^"]*)"''', re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?")
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


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
    """HTML whose links out are URLs by RFC 3986: other scripts and signs are encoded.

    A link whose address cannot be read at all is none.
    """
    return _LINK_OUT.sub(lambda found: _address(html.unescape(found[1])), stored)


def _address(address: str) -> str:
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except (ValueError, UnicodeError):
        return ""
    place = parts.netloc and (host if port is None else f"{host}:{port}")
    if parts.scheme != "mailto" and not _HOST.fullmatch(host):
        return ""
    path, query, fragment = (
        quote(_LONE_PERCENT.sub("%25", part), safe="!$%&'()*+,/:;=?@~") for part in parts[2:]
    )
    return f' href="{html.escape(urlunsplit((parts.scheme, place, path, query, fragment)))}"'


def _parsed(stored: str) -> str:
    """The same by an HTML parser, which takes whatever comes."""
    body = tinyhtml5.parse(stored, namespace_html_elements=False).find("body")
    if body is None:
        return ""
    for element in body.iter():
        if isinstance(element.tag, str) and not _NAME.fullmatch(element.tag):
            element.tag = "span"
        for name in [name for name in element.attrib if not _NAME.fullmatch(str(name))]:
            del element.attrib[name]
    made = etree.tostring(body, encoding="unicode", short_empty_elements=True)
    return made[made.index(">") + 1 : made.rindex("</")] if "</" in made else ""
