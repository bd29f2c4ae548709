"""The picture of the study: three panels over the delay of hooks, readable on a light and on a dark page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.study.shop import Outcome
from benchmarks.study.table import spoken

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RATE = 10.0  # edits a minute: the rate that is drawn; the table has them all
GREY = "#818a94"  # as far from white as from a dark page
LINES = {
    "window 2 s": ("#d9822b", "o"),
    "window 3 s": ("#d1495b", "s"),
    "window 10 s": ("#a066c9", "^"),
    "provenance": ("#2a9d6f", "D"),
}
PANELS: tuple[tuple[str, Callable[[Outcome], float]], ...] = (
    ("loop writes per edit", lambda each: each.loops / each.edits),
    ("edits missing, %", lambda each: 100 * each.missing / each.edits),
    ("fields apart at the end, %", lambda each: 100 * each.diverged / each.fields),
)


def draw(results: Mapping[tuple[str, float, float], Outcome], folder: Path) -> None:
    """Write study.svg and study.png."""
    mpl.rcParams.update({"svg.hashsalt": "study", "svg.fonttype": "none", "font.size": 10, "text.color": GREY})
    figure = Figure(figsize=(11, 3.9), layout="constrained")
    for axes, (title, share) in zip(figure.subplots(1, len(PANELS)), PANELS, strict=True):
        _panel(axes, title, {key: share(each) for key, each in results.items() if key[2] == RATE})
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), frameon=False)
    figure.supxlabel(f"average delay of hooks, at {RATE:g} edits a minute", color=GREY, fontsize=10)
    figure.savefig(folder / "study.svg", transparent=True, metadata={"Date": None, "Creator": None})
    figure.savefig(folder / "study.png", transparent=True, dpi=160, metadata={"Software": None})


def _panel(axes: Axes, title: str, shares: Mapping[tuple[str, float, float], float]) -> None:
    delays = sorted({delay for _, delay, _ in shares})
    places = list(range(len(delays)))
    for bridge, (colour, mark) in LINES.items():
        heights = [shares[bridge, delay, RATE] for delay in delays]
        wide = 2.6 if bridge == "provenance" else 1.6
        axes.plot(
            places, heights, color=colour, marker=mark, markersize=4.5, linewidth=wide, label=bridge, clip_on=False
        )
    axes.set_title(title, fontsize=11, color=GREY)
    axes.set_xticks(places, [spoken(delay) for delay in delays], rotation=50)
    axes.set_ylim(bottom=0)
    axes.grid(visible=True, axis="y", color=GREY, alpha=0.25)
    axes.tick_params(colors=GREY)
    for name, spine in axes.spines.items():
        spine.set_visible(name in ("left", "bottom"))
        spine.set_color(GREY)
