"""A comparison as one page that needs nothing else: no script, no font, no address."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from fairlead.formats.comparison.text import (
    asides,
    compared_lines,
    environments_of,
    format_counts,
    grouped,
    not_compared,
)
from fairlead.formats.comparison.values import changed_lines, has_lines, lone_value, value_lines
from fairlead.formats.comparison.view import Block, Part, Section, sections_of
from fairlead.formats.plain_text import one_line
from fairlead.model.change import ABSENT
from fairlead.model.comparison import Comparison, DifferenceGroup, DiffReport, FieldDifference

_OPEN_UNTIL: Final = 12
"""Rows of a component that are shown without a click."""

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --gone: #d1242f; --new: #1a7f37; --calm: #8888; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 90rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.2rem; margin-top: 2rem; } h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; padding: .4rem .8rem; }
summary { cursor: pointer; font-weight: 600; } summary small { font-weight: 400; color: GrayText; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; table-layout: fixed; }
th, td { border-top: 1px solid var(--line); padding: .25rem .5rem; text-align: left; vertical-align: top;
  font: 13px/1.45 ui-monospace, monospace; overflow-wrap: anywhere; }
th { color: GrayText; font-family: inherit; }
col.path { width: 44%; }
caption { text-align: left; font-weight: 600; padding-top: .5rem; overflow-wrap: anywhere; }
del, .gone { color: var(--gone); text-decoration: none; } ins, .new { color: var(--new); text-decoration: none; }
pre { margin: 0; white-space: pre-wrap; } ul { padding-left: 1.2rem; } .fault { color: var(--gone); }
.calm { color: GrayText; }
"""


def format_html(report: DiffReport) -> str:
    title = f"{report.first} → {report.second}"
    body = "\n".join(_report(report))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{_text(title)}</title>\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<style>{_STYLE}</style></head>\n'
        f"<body>\n<h1>{_text(title)}</h1>\n<p>{_text(format_counts(report))}</p>\n{body}\n</body></html>\n"
    )


def _report(report: DiffReport) -> Iterator[str]:
    for alike in grouped(report):
        if names := environments_of(alike):
            yield f"<h2>{_text(names)}</h2>"
        yield from (f"<p>{_text(said)}</p>" for said in compared_lines(alike))
        yield from _comparison(alike[0])
    if report.same:
        yield f"<p>The same in both: {_text(', '.join(report.same))}.</p>"
    yield from (f'<p class="calm">{_text(note)}</p>' for note in report.notes)


def _comparison(found: Comparison) -> Iterator[str]:
    if found.absent_in:
        yield f"<p><b>This environment is not in {_text(found.absent_in)}.</b></p>"
    for said in not_compared(found):
        yield f'<p class="fault"><b>Not compared:</b> {_text(said)}</p>'
    for section in sections_of(found):
        yield f"<h3>{_text(section.title)} ({section.count})</h3>"
        for part in section.parts:
            yield from _part(part, section, found)
    notes = [label + text for label, text in asides(found)]
    if notes:
        yield f'<ul class="calm">{"".join(f"<li>{_text(note)}</li>" for note in notes)}</ul>'


def _part(part: Part, section: Section, found: Comparison) -> Iterator[str]:
    rows = sum(len(block.fields) or len(block.subjects) for block in part.blocks)
    whole = ", the whole component" if part.is_whole else ""
    is_open = " open" if rows <= _OPEN_UNTIL else ""
    name = _text(part.component or "several components")
    yield f"<details{is_open}><summary>{name} <small>{part.count}{whole}</small></summary>"
    for block in part.blocks:
        yield from _fields(block, found) if block.fields else _subjects(block, section.group)
    yield "</details>"


def _subjects(block: Block, group: DifferenceGroup) -> Iterator[str]:
    kind = "gone" if group is DifferenceGroup.MISSING else "new"
    yield f'<ul class="{kind}">{"".join(f"<li>{_text(subject)}</li>" for subject in block.subjects)}</ul>'


def _fields(block: Block, found: Comparison) -> Iterator[str]:
    subjects = block.subjects
    title = subjects[0] if len(subjects) == 1 else f"{len(subjects)} objects"
    yield f'<table><caption>{_text(title)}</caption><col class="path"><col><col>'
    yield f"<tr><th>field</th><th>{_text(found.first)}</th><th>{_text(found.second)}</th></tr>"
    yield from (_row(field) for field in block.fields)
    yield "</table>"
    if len(subjects) > 1:
        yield f'<p class="calm">{_text(", ".join(subjects))}</p>'


def _row(field: FieldDifference) -> str:
    return f"<tr><td>{_text(field.path)}</td>{_values(field)}</tr>"


def _values(field: FieldDifference) -> str:
    if field.is_order:
        return '<td colspan="2" class="calm">the same items in another order</td>'
    if field.before is ABSENT:
        return f"<td></td><td><ins>{_text(lone_value(field) or 'there')}</ins></td>"
    if field.after is ABSENT:
        return f"<td><del>{_text(lone_value(field) or 'there')}</del></td><td></td>"
    if has_lines(field):
        return f'<td colspan="2"><pre>{"<br>".join(_line(*marked) for marked in changed_lines(field))}</pre></td>'
    before, after = value_lines(field)
    return f"<td><del>{_text(before)}</del></td><td><ins>{_text(after)}</ins></td>"


def _line(sign: str, text: str) -> str:
    tag = {"+": "ins", "-": "del"}.get(sign, "span")
    return f"<{tag}>{_text(f'{sign} {text}')}</{tag}>"


def _text(text: str) -> str:
    return escape(one_line(text))
