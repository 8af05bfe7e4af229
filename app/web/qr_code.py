"""QR codes that phones read off a screen or a paper."""

import segno
from markupsafe import Markup


def qr_code(address: str) -> Markup:
    """Return an SVG, in the size of what holds it."""
    return Markup(segno.make(address, micro=False).svg_inline(omitsize=True, border=3))  # noqa: S704 of shapes alone
