"""What a book's file says about itself, and the standards that it keeps: PDF/UA-1, and PDF/A if asked.

PDF/A-2a is PDF/A-3a without attached files; so a book is the one, and with its archive the other.
"""

import datetime as dt
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from xml.sax.saxutils import escape

from portfolio.export.pdf_file import PdfFile, string

ATTACHED = "archive.zip"  # the open archive within the book

# PDF/A wants every schema described that it does not know itself
_UA_SCHEMA = """
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>The part of ISO 14289 that this file keeps</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas>"""
_A_SPACES = """
 xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"
 xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#\""""


@dataclass(frozen=True, slots=True)
class About:
    """What a file says about itself."""

    title: str
    author: str
    language: str  # BCP 47
    made_at: dt.datetime
    identifier: bytes
    producer: str
    pdfa: int = 0  # the part of PDF/A that it keeps besides PDF/UA-1; 0: none
    attached: Path | None = None  # an archive to attach to it


def info(file: PdfFile, about: About) -> int:
    """The information dictionary."""
    day = about.made_at.astimezone(dt.UTC).strftime("D:%Y%m%d%H%M%SZ")
    author = f"/Author{string(about.author)}" if about.author else ""
    return file.add(
        f"<</Title{string(about.title)}{author}/Producer{string(about.producer)}"
        f"/CreationDate({day})/ModDate({day})>>"
    )


def entries(file: PdfFile, about: About) -> tuple[str, str]:
    """What the catalogue gets for it: its own entries, and those of its names. Raises OSError."""
    xmp = file.stream(_xmp(about), "/Type/Metadata/Subtype/XML", packed=False)
    own, names = f"/Metadata {xmp} 0 R", ""
    if about.pdfa:
        profile = (files("weasyprint") / "pdf" / "sRGB2014.icc").read_bytes()
        stored = file.stream(profile, "/N 3")
        own += (
            "/OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)"
            f"/Info(sRGB IEC61966-2.1)/DestOutputProfile {stored} 0 R>>]"
        )
    if about.attached:
        size = about.attached.stat().st_size
        day = about.made_at.astimezone(dt.UTC).strftime("D:%Y%m%d%H%M%SZ")
        embedded = file.stream(
            about.attached,
            f"/Type/EmbeddedFile/Subtype/application#2Fzip/Params<</Size {size}/ModDate({day})>>",
            packed=False,
        )
        given = file.add(
            f"<</Type/Filespec/F({ATTACHED})/UF({ATTACHED})/AFRelationship/Source"
            f"/Desc(The open archive of what this book holds)/EF<</F {embedded} 0 R/UF {embedded} 0 R>>>>"
        )
        own += f"/AF[{given} 0 R]"
        names = f"/EmbeddedFiles<</Names[({ATTACHED}) {given} 0 R]>>"
    return own, names


def _xmp(about: About) -> bytes:
    day = about.made_at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    title, author, producer = escape(about.title), escape(about.author), escape(about.producer)
    creator = f"<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>\n" if author else ""
    standard = ""
    if about.pdfa:
        level = f"<pdfaid:part>{about.pdfa}</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>"
        standard = f"\n{level}{_UA_SCHEMA}"
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"{_A_SPACES if about.pdfa else ""}>
<pdfuaid:part>1</pdfuaid:part>{standard}
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
{creator}<dc:language><rdf:Bag><rdf:li>{about.language}</rdf:li></rdf:Bag></dc:language>
<xmp:CreateDate>{day}</xmp:CreateDate><xmp:ModifyDate>{day}</xmp:ModifyDate>
<pdf:Producer>{producer}</pdf:Producer>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>""".encode()
