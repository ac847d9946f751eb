"""Tables of spans: columns as wide as their widest cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fairlead.formats.styled import Line, Span, Tone, cells, padded, span

Row = Sequence[Span]


def table_lines(rows: Sequence[Row], *, header: Sequence[str]) -> Iterator[Line]:
    """The header, then the rows; the last column is not padded."""
    everything: list[Row] = [[span(name, Tone.DIM) for name in header], *rows]
    widths = [max(cells(row[n].text) for row in everything) for n in range(len(header) - 1)]
    for row in everything:
        yield _line(row, widths)


def _line(row: Row, widths: Sequence[int]) -> Line:
    found: list[Span] = []
    for cell, width in zip(row[:-1], widths, strict=True):
        found += [Span(padded(cell.text, width), cell.tone), Span("  ")]
    return (*found, row[-1])
