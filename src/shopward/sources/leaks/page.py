"""A leak scan's report as one HTML page, in the style of discovery's."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from shopward.sources.discovery.page import breakable, framed, head, moment
from shopward.sources.leaks.lines import coverage, labels, read, seen, verdict
from shopward.sources.leaks.report import PASS, GapRow, Report


def html(report: Report) -> str:
    """The whole page."""
    return framed("Leak scan", "\n".join(_body(report)))


def _body(report: Report) -> Iterable[str]:
    yield "<header><p class=soft>Shopward leak scan</p><h1>Where planted values came out</h1>"
    yield f"<p class=soft>{escape(moment(report.began))} to {escape(moment(report.ended))}. "
    yield f"{escape(report.planted)}. This page holds labels and counts, no value.</p></header>"
    look = "" if report.outcome == PASS else " class=warn"
    yield f"<main><p{look}>{escape(verdict(report))}.</p><p>{escape(coverage(report))}.</p>"
    yield "<h2>What was found</h2>"
    yield from _hits(report)
    yield "<h2>What was looked at</h2>"
    yield from _places(report)
    yield from _gaps("What could not be read", report.unknown)
    yield from _gaps("What was left out", report.left_out)
    yield "<h2>What was planted</h2><p>"
    yield ", ".join(f"<code>{escape(label)}</code>" for label in report.canaries)
    yield "</p></main><footer class=soft><p>Made by <code>shopward leak-scan</code>.</p></footer>"


def _hits(report: Report) -> Iterable[str]:
    if not report.hits:
        yield "<p>No planted value was found in what was looked at.</p>"
        return
    yield head("Columns and files", ("Where", "Place", "Shape", "Canaries", "Times", "At"))
    for hit in report.hits:
        yield (
            f'<tr><th scope="row" class="name">{breakable(hit.where)}</th>'
            f"<td>{escape(hit.place)}</td><td>{escape(hit.shape)}</td>"
            f'<td class="words">{escape(labels(hit))}</td><td>{hit.count:,}</td>'
            f"<td>{escape(', '.join(hit.at))}</td></tr>"
        )
    yield "</tbody></table></div>"


def _places(report: Report) -> Iterable[str]:
    yield head("Places", ("Place", "Source", "Read", "Seen"))
    for row in report.places:
        yield (
            f'<tr><th scope="row">{escape(row.name)}</th>'
            f'<td class="name">{breakable(row.source)}</td><td>{read(row)}</td>'
            f"<td>{seen(row)}</td></tr>"
        )
    yield "</tbody></table></div>"


def _gaps(title: str, gaps: list[GapRow]) -> Iterable[str]:
    if not gaps:
        return
    yield f"<h2>{escape(title)}</h2>"
    yield head(title, ("Name", "Place", "Why"))
    for gap in gaps:
        yield (
            f'<tr><th scope="row" class="name">{breakable(gap.name)}</th>'
            f"<td>{escape(gap.place)}</td><td>{escape(gap.why)}</td></tr>"
        )
    yield "</tbody></table></div>"
