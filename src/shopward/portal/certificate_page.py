"""A certificate as a page for a person. Imported when a page is wanted, since it draws.

The page is a picture of the signed document, not the document: what verifies is the JSON, of which
the page shows the SHA-256.
"""

from __future__ import annotations

import hashlib
import html
import io
from typing import Any, Final

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

INK: Final = "#1c2430"
MUTED: Final = "#5b6675"
RULE: Final = "#d5dae1"
TITLE: Final = ParagraphStyle(
    "title", fontName="Helvetica-Bold", fontSize=19, leading=24, textColor=INK
)
LEAD: Final = ParagraphStyle("lead", fontName="Helvetica", fontSize=12.5, leading=18, textColor=INK)
TEXT: Final = ParagraphStyle(
    "text", fontName="Helvetica", fontSize=9.5, leading=13.5, textColor=INK
)
LABEL: Final = ParagraphStyle("label", parent=TEXT, textColor=MUTED)
CODE: Final = ParagraphStyle("code", fontName="Courier", fontSize=8, leading=11, textColor=INK)
HEAD: Final = ParagraphStyle("head", parent=TEXT, fontName="Helvetica-Bold", spaceBefore=7 * mm)


def draw(statement: dict[str, Any], document: str) -> bytes:
    """The PDF of a certificate's statement; `document` is the JSON it came in."""
    out = io.BytesIO()
    page = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=24 * mm,
        rightMargin=24 * mm,
        topMargin=22 * mm,
        bottomMargin=20 * mm,
        title="Certificate of erasure",
        author=statement["log"],
    )
    page.build(_story(statement, document))
    return out.getvalue()


def _story(statement: dict[str, Any], document: str) -> list[Flowable]:
    said: list[Flowable] = [Paragraph("Certificate of erasure", TITLE), Spacer(1, 4 * mm)]
    for language in sorted(statement["words"], reverse=True):
        said += [Paragraph(html.escape(statement["words"][language]), LEAD), Spacer(1, 2.5 * mm)]
    said += [Spacer(1, 3 * mm), _facts(statement)]
    said.append(Paragraph("This rests on", HEAD))
    said += [Paragraph(f"\u2022 {html.escape(one)}", TEXT) for one in statement["assumptions"]]
    said.append(Paragraph("How to verify it", HEAD))
    said.append(
        Paragraph(
            "This page is a picture. The signed document is the JSON certificate with the "
            "fingerprint below; <font face='Courier'>verify_receipt.py certificate</font> checks "
            "it without the shop, with the key of the ledger "
            f"<b>{html.escape(statement['log'])}</b>.",
            TEXT,
        )
    )
    digest = hashlib.sha256(document.encode()).hexdigest()
    said += [Spacer(1, 2 * mm), Paragraph(f"SHA-256 {digest[:32]}<br/>{digest[32:]}", CODE)]
    return said


def _facts(statement: dict[str, Any]) -> Table:
    destroyed = statement["destroyed"]
    rows = [
        ("Customer's token", statement["subject"] or "not known"),
        ("Erased", _time(statement["erased"])),
        ("What", ", ".join(statement["classes"]) or "nothing was left"),
        ("What a law keeps", ", ".join(statement["stays"]) or "nothing"),
        ("Entry of the ledger", f"{statement['entry']} of {statement['log']}"),
        ("Hash of the entry", statement["leaf_hash"]),
        (
            "Sealed under epoch",
            f"{statement['epoch']}, which ends {_time(statement['epoch_ends'])}",
        ),
        ("Every copy dead by", _time(statement["dead_by"])),
        ("Key destroyed", _time(destroyed) if destroyed else "not yet"),
        ("Certificate made", _time(statement["made"])),
    ]
    cells = [
        [Paragraph(name, LABEL), Paragraph(html.escape(str(value)), TEXT)] for name, value in rows
    ]
    table = Table(cells, colWidths=[42 * mm, 120 * mm], hAlign="LEFT")
    style = [("LINEBELOW", (0, 0), (-1, -1), 0.5, RULE), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    style += [("LEFTPADDING", (0, 0), (-1, -1), 0), ("BOTTOMPADDING", (0, 0), (-1, -1), 5)]
    table.setStyle(TableStyle(style))
    return table


def _time(text: str) -> str:
    return text.replace("T", " ").replace("Z", " UTC")
