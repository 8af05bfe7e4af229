"""Tables as files for spreadsheets, as the reader's country expects them."""

import csv
import io
from collections.abc import Iterable, Sequence

from starlette.responses import Response

from app.roster.csv_injection import guarded_throughout
from app.words.words import Words

_BYTE_ORDER_MARK = "\ufeff"
"""Without it, Excel does not read a file as UTF-8."""


def delimiter_of(words: Words) -> str:
    """Return the delimiter that Excel expects in a country."""
    return ";" if words.language == "fr" else ","


def csv_file(
    words: Words, name: str, about: Sequence[str], heads: Sequence[str], lines: Iterable[Sequence[str]]
) -> Response:
    """`about`: what the file holds, which is its first line: its board, its time and what it was narrowed to."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter_of(words))
    writer.writerow([guarded_throughout(part) for part in about])
    writer.writerow(heads)
    writer.writerows([guarded_throughout(cell) for cell in line] for line in lines)
    return csv_response(name, text.getvalue())


def csv_response(name: str, text: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response((_BYTE_ORDER_MARK + text).encode(), headers=headers, media_type="text/csv")
