"""Tables as CSV (RFC 4180) that a spreadsheet opens as data and never as formulas."""

import csv
import io
from collections.abc import Iterable, Sequence

Cell = str | int | float | None
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(cell: Cell) -> Cell:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay numbers.

    OWASP, "CSV Injection". Characters that spreadsheets skip before they look are skipped here too.
    """
    if not isinstance(cell, str):
        return cell
    bare = cell.lstrip(" \u00a0\u200b\ufeff\"'")
    return f"'{cell}" if cell.startswith(_RISKY) or bare.startswith(_RISKY) or bare.startswith("＝") else cell


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A whole file: header, rows, CRLF line ends, and the byte order mark by which Excel knows UTF-8."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([harmless(cell) for cell in header])
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return "\ufeff" + file.getvalue()
