"""The report as one HTML page: no script, no request to anywhere, one style that its policy names.

Everything from the source is escaped. The page's own policy (`Content-Security-Policy` in a meta
element) permits that one style by its digest and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from html import escape
from typing import Final

from shopward.sources.discovery.lines import evidence, ordered, summary, what
from shopward.sources.discovery.report import FindingRow, Report, TableRow

_STYLE: Final = """
:root{color-scheme:light dark;--ink:#1b2430;--soft:#4d5b6b;--line:#cfd6de;--paper:#fff;
--band:#f4f6f8;--card:#a11212;--credential:#7a4300;--personal:#0b5394}
@media(prefers-color-scheme:dark){:root{--ink:#e8edf2;--soft:#aab6c3;--line:#3a4653;--paper:#12181f;
--band:#1a222b;--card:#ff9c94;--credential:#f2bf73;--personal:#8fc4ff}}
*{box-sizing:border-box}
body{margin:0;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
main,header,footer{max-width:90rem;margin:0 auto;padding:1rem 1.25rem}header{padding-bottom:0}
h1{font-size:1.75rem;line-height:1.2;margin:.5rem 0}h2{font-size:1.25rem;margin:2rem 0 .5rem}
p,li{max-width:70ch}.soft{color:var(--soft)}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:.5rem}
table{border-collapse:collapse;width:100%;font-size:.9375rem}
caption{text-align:left;padding:.5rem .75rem;color:var(--soft)}
th,td{text-align:left;vertical-align:top;padding:.5rem .75rem;border-top:1px solid var(--line)}
thead th{background:var(--band);border-top:0;white-space:nowrap}
.name{overflow-wrap:anywhere;min-width:9rem}td.words{min-width:14rem}
code{overflow-wrap:anywhere}td ul{margin:0;padding-left:1.1rem}
.group{font-weight:600}.card{color:var(--card)}.credential{color:var(--credential)}
.personal{color:var(--personal)}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.75rem;padding:0;
list-style:none}
.facts li{border:1px solid var(--line);border-radius:.5rem;padding:.75rem}
.facts strong{display:block;font-size:1.5rem}
.warn{border-left:.25rem solid var(--card);padding:.25rem .75rem;background:var(--band)}
a:focus-visible,.scroll:focus-visible{outline:3px solid var(--personal);outline-offset:2px}
@media print{.scroll{overflow:visible}}
"""


def html(report: Report) -> str:
    """The whole page."""
    return framed(f"Where personal data is: {report.source}", "\n".join(_body(report)))


def framed(title: str, body: str) -> str:
    """A whole page around a body that is HTML."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(title)}</title>\n"
        f"<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _body(report: Report) -> Iterable[str]:
    yield "<header><p class=soft>Shopward discovery</p><h1>Where personal data is</h1>"
    began, ended = escape(moment(report.began)), escape(moment(report.ended))
    yield f"<p><code>{escape(report.source)}</code><br><span class=soft>{began} to {ended}. It"
    yield "holds names and counts, no value of any customer.</span></p>"
    yield "</header><main>"
    yield from _warnings(report)
    yield from _facts(report)
    yield "<h2>What was found</h2>"
    if report.findings:
        yield from _findings(ordered(report.findings))
    else:
        yield "<p>Nothing was found in what was looked at.</p>"
    yield "<h2>What was looked at</h2>"
    yield from _tables(report)
    yield "<h2>How to read this</h2>"
    yield _LEGEND
    yield "</main><footer class=soft><p>Made by <code>shopward discover</code>.</p></footer>"


def _warnings(report: Report) -> Iterable[str]:
    for line in summary(report):
        is_warning = "unknown" in line or "side copies" in line
        yield f"<p{' class=warn' if is_warning else ''}>{escape(line[0].upper() + line[1:])}.</p>"


def _facts(report: Report) -> Iterable[str]:
    counts = (
        ("card data", sum(one.group == "card" for one in report.findings)),
        ("credentials", sum(one.group == "credential" for one in report.findings)),
        ("personal data", sum(one.group == "personal" for one in report.findings)),
        ("side copies", sum(bool(one.side_copy) for one in report.findings)),
        ("not readable", len(report.unknown)),
    )
    yield '<ul class="facts" aria-label="Columns by what they hold">'
    for title, count in counts:
        yield f"<li><strong>{count:,}</strong>{escape(title)}</li>"
    yield "</ul>"


def _findings(findings: list[FindingRow]) -> Iterable[str]:
    yield head("Columns that hold such data", ("What", "Table", "Column", "Confidence",
                                                "Evidence", "Then"))  # fmt: skip
    for one in findings:
        proof = "".join(f"<li>{escape(line)}</li>" for line in evidence(one))
        yield (
            f'<tr><td><span class="group {escape(one.group)}">{escape(one.group)}</span><br>'
            f"{escape(what(one))}</td>"
            f'<td class="name">{breakable(one.table)}</td><th scope="row" class="name">'
            f"{breakable(one.column)}</th><td>{one.confidence:.2f} {escape(one.level)}</td>"
            f'<td class="words"><ul>{proof}</ul></td>'
            f'<td class="words">{escape(_then(one))}</td></tr>'
        )
    yield "</tbody></table></div>"


def _then(one: FindingRow) -> str:
    if one.side_copy:
        return one.advice or "stop writing it there, or let erasures and retention reach it"
    return one.advice or f"keep it in the vault ({one.category})"


def _tables(report: Report) -> Iterable[str]:
    if not report.tables:
        yield "<p>Every file was read and nothing was found.</p>"
        return
    yield head("How much was seen", ("Name", "Kind", "State", "Seen", "How", "Columns"))
    for row in report.tables:
        yield (
            f'<tr><th scope="row" class="name">{breakable(row.name)}</th>'
            f"<td>{escape(row.kind)}</td>"
            f"<td>{escape(row.state)}{escape(': ' + row.why if row.why else '')}</td>"
            f"<td>{escape(_seen(row))}</td><td>{escape(row.how)}</td><td>{row.columns:,}</td></tr>"
        )
    yield "</tbody></table></div>"
    if report.clean:
        yield f"<p class=soft>Nothing was found in {report.clean:,} of them.</p>"


def breakable(name: str) -> str:
    """A name that may be broken after its separators."""
    return re.sub(r"([_./:])", r"\1<wbr>", escape(name))


def moment(text: str) -> str:
    """An ISO 8601 moment for people."""
    return f"{text[:16].replace('T', ' ')} UTC"


def _seen(row: TableRow) -> str:
    of = f" of {row.of:,}" if row.of is not None and row.of != row.seen else ""
    bad = f", {row.bad_rows:,} not well formed" if row.bad_rows else ""
    return f"{row.seen:,}{of} {row.unit}{bad}"


def head(caption: str, names: tuple[str, ...]) -> str:
    """The beginning of a table that scrolls by itself, up to its first row."""
    cells = "".join(f'<th scope="col">{name}</th>' for name in names)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{caption}"><table>'
        f"<caption>{caption}</caption><thead><tr>{cells}</tr></thead><tbody>"
    )


_LEGEND: Final = """<ul>
<li>Confidence joins what the values show, what passed a validator, and the names of column and
table. <em>Certain</em> is 0.90 and more, <em>likely</em> 0.65, <em>possible</em> 0.35.</li>
<li><em>Unknown</em> could not be read. It is not clean.</li>
<li>A sample can miss what is rare: one value among 10,000 rows of a million is seen once in a
hundred runs.</li>
<li>A side copy holds what is kept elsewhere. Erasures and retention have to reach it, or it should
not be written.</li>
</ul>"""
