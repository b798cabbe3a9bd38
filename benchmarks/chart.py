"""The report as a hand-written SVG bar chart.

Each bar is drawn against its own goal, and one line marks every goal: a bar that reaches the line
has met it, whether more or less is better. Bars end at twice their goal. Colours follow the
reader's light or dark setting; the verdict is also written, so that colour is never all there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from benchmarks.report import Row

WIDTH = 760
LEFT = 20
BAR_WIDTH = 500
BAR_HEIGHT = 20
TOP = 64
STEP = 62
MOST = 2.0
GOAL_X = LEFT + BAR_WIDTH / MOST

STYLE = """
  text { font: 14px system-ui, sans-serif; fill: #1f2328; }
  .small { font-size: 12px; fill: #59636e; }
  .title { font-size: 16px; font-weight: 600; }
  .track { fill: #eaeef2; }
  .met { fill: #1a7f37; }
  .missed { fill: #bc4c00; }
  .goal { stroke: #1f2328; stroke-width: 2; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .small { fill: #9198a1; }
    .track { fill: #2a313c; }
    .met { fill: #3fb950; }
    .missed { fill: #f0883e; }
    .goal { stroke: #f0f6fc; }
  }
"""


def against_goal(row: Row) -> float:
    """How far a row got: 1.0 is the goal, more is better, never above 2.0."""
    if row.better == "higher":
        share = row.ratio / row.goal
    else:
        share = row.goal / row.ratio if row.ratio else MOST
    return min(MOST, share)


def draw_row(row: Row, y: int) -> str:
    """One labelled bar, `y` pixels from the top."""
    width = BAR_WIDTH * against_goal(row) / MOST
    sign = "≥" if row.better == "higher" else "≤"
    verdict = "met" if row.met else "missed"
    bar = f'y="{y + 8}" height="{BAR_HEIGHT}" rx="3"'
    return f"""
  <text x="{LEFT}" y="{y}">{escape(row.id)} <tspan class="small">{escape(row.work)} \
({row.scale})</tspan></text>
  <rect class="track" x="{LEFT}" width="{BAR_WIDTH}" {bar}/>
  <rect class="{verdict}" x="{LEFT}" width="{width:.1f}" {bar}/>
  <line class="goal" x1="{GOAL_X}" x2="{GOAL_X}" y1="{y + 3}" y2="{y + 13 + BAR_HEIGHT}"/>
  <text x="{LEFT + BAR_WIDTH + 12}" y="{y + 23}">{row.ratio:.2f} <tspan class="small">goal {sign} \
{row.goal:.2f}, {verdict}</tspan></text>"""


def draw(rows: Sequence[Row], machine: str) -> str:
    """The whole chart as an SVG document."""
    height = TOP + STEP * len(rows) + 14
    bars = "".join(draw_row(row, TOP + 22 + STEP * at) for at, row in enumerate(rows))
    label = "; ".join(f"{row.id} {row.ratio:.2f} of goal {row.goal:.2f}" for row in rows)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" \
width="{WIDTH}" height="{height}" role="img" aria-label="{escape(label, {'"': "&quot;"})}">
  <style>{STYLE}</style>
  <text class="title" x="{LEFT}" y="26">Shopward against its floors (the line is the goal)</text>
  <text class="small" x="{LEFT}" y="46">{escape(machine)}</text>{bars}
</svg>
"""
