"""A QR code as an SVG that stands in the page: no request for it, no picture kept anywhere."""

from __future__ import annotations

from typing import Any

import qrcode
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

QUIET_MODULES = 4


def image(text: str) -> SafeString:
    """The picture of a text; secret if the text is."""
    code: Any = qrcode.QRCode(border=QUIET_MODULES)
    code.add_data(text)
    code.make(fit=True)
    rows: list[list[bool]] = code.get_matrix()
    dark = [(x, y) for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark]
    path = format_html_join("", "M{} {}h1v1h-1z", dark)
    return format_html(
        '<svg class="qr" viewBox="0 0 {0} {0}" role="img" aria-hidden="true">'
        '<path class="qr-paper" d="M0 0h{0}v{0}H0z"/><path class="qr-ink" d="{1}"/></svg>',
        len(rows),
        path,
    )
