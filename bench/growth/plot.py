#!/usr/bin/env python3
"""Draws the growth curves that many.py measured, as SVG, and prints its figures as tables.

A line through the first and the last point shows what linear growth would be. Only the standard library is used.
"""

import html
import json
import pathlib
import sys

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 560, 300, 70, 40, 20, 50
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"]


def scale(most: float) -> tuple[float, int]:
    """A round number at or above the most, and into how many steps it goes."""
    size = 10.0 ** (len(str(int(most))) - 1) if most >= 1 else 1.0
    while size > most:
        size /= 10
    for steps in (1, 2, 2.5, 4, 5, 8, 10):
        if steps * size >= most:
            return steps * size, 5 if steps in (1, 2.5, 5, 10) else 4
    raise AssertionError(most)


def number(value: float) -> str:
    return f"{value:,.10g}"


def chart(title: str, across: str, up: str, series: dict[str, list[tuple[float, float]]]) -> str:
    most_x, steps_x = scale(max(x for points in series.values() for x, _ in points))
    most_y, steps_y = scale(max(y for points in series.values() for _, y in points) or 1)
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM

    def place(x: float, y: float) -> tuple[float, float]:
        return LEFT + x / most_x * (right - LEFT), bottom - y / most_y * (bottom - TOP)

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="18" font-size="13" font-weight="bold">{html.escape(title)}</text>',
        f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{html.escape(across)}</text>',
        f'<text transform="translate(14 {(TOP + bottom) / 2}) rotate(-90)" text-anchor="middle">{html.escape(up)}</text>',
    ]
    for step in range(steps_y + 1):
        value = most_y * step / steps_y
        _, y = place(0, value)
        out.append(f'<path d="M{LEFT} {y:.1f}H{right}" stroke="#ddd"/>')
        out.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{number(round(value, 6))}</text>')
    for step in range(steps_x + 1):
        value = most_x * step / steps_x
        x, _ = place(value, 0)
        out.append(f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{number(round(value, 6))}</text>')
    for index, (name, points) in enumerate(series.items()):
        colour = COLOURS[index % len(COLOURS)]
        path = "L".join("{:.1f} {:.1f}".format(*place(*point)) for point in points)
        out.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        if len(points) > 2:
            ends = "L".join("{:.1f} {:.1f}".format(*place(*point)) for point in (points[0], points[-1]))
            out.append(f'<path d="M{ends}" stroke="{colour}" stroke-dasharray="3 4" opacity="0.6"/>')
        for point in points:
            x, y = place(*point)
            out.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>')
        out.append(f'<text x="{LEFT + 8}" y="{TOP + 4 + 14 * index}" fill="{colour}">{html.escape(name)}</text>')
    out.append("</svg>")
    return "\n".join(out) + "\n"


# How many were asked for, and how long that took, in the entry of each step.
STEPS = {"create": ("created", "seconds until all were Ready"), "start": ("started", "seconds")}


def each(entry: dict, step: str, part: str) -> float:
    """Milliseconds of processor time that a part takes for one create or start."""
    count, _ = STEPS[step]
    return round(1000 * entry[step]["cpu seconds"].get(part, 0) / entry[step][count], 2)


def rate(entry: dict, step: str) -> float:
    count, seconds = STEPS[step]
    return round(entry[step][count] / entry[step][seconds], 1)


# Name of the row, and how it is read from an entry of many.json.
ROWS = {
    "resources": lambda e: e["resources"],
    "nodes": lambda e: e["nodes"],
    "operator at rest: Pss MiB": lambda e: e["rest"]["pss MiB"],
    "operator at rest: % of a core": lambda e: round(100 * e["rest"]["share of a core"]["operator"], 2),
    "restart: s until all were looked at": lambda e: e["restart"]["seconds until all were looked at"],
    "restart: s of processor time": lambda e: e["restart"]["cpu seconds"],
    "restart: highest Pss MiB": lambda e: e["restart"]["highest pss MiB"],
    "restart: writes": lambda e: sum(e["restart"]["writes"].values()),
    "created": lambda e: e["create"]["created"],
    "of them Ready a second": lambda e: rate(e, "create"),
    "ms of processor time for a create: operator": lambda e: each(e, "create", "operator"),
    "ms of processor time for a create: API server": lambda e: each(e, "create", "API server"),
    "starts at once": lambda e: e["start"]["started"],
    "of them Ready again a second": lambda e: rate(e, "start"),
    "ms of processor time for a start: operator": lambda e: each(e, "start", "operator"),
    "ms of processor time for a start: API server": lambda e: each(e, "start", "API server"),
    "ms of processor time for a start: etcd": lambda e: each(e, "start", "etcd"),
    "ms of processor time for a start: scheduler": lambda e: each(e, "start", "scheduler"),
    "s of a start alone": lambda e: e["start"]["seconds of a start alone"],
    "s of a start among them, of another namespace":
        lambda e: e["start"]["seconds of a start of another namespace among them"],
    "s of a start among them, of their namespace": lambda e: e["start"]["seconds of a start of their namespace among them"],
    "calls of the operator for a start": lambda e: round(sum(e["start"]["calls per start"].values()), 2),
}


def table(entries: list[dict]) -> str:
    lines = []
    for name, read in ROWS.items():
        cells = [number(read(entry)) for entry in entries]
        lines.append(f"| {name} | {' | '.join(cells)} |")
        if len(lines) == 1:
            lines.append("| --- |" + " ---: |" * len(entries))
    return "\n".join(lines)


def points(entries: list[dict], across: str, row: str) -> list[tuple[float, float]]:
    return [(entry[across], ROWS[row](entry)) for entry in entries]


def main(folder: pathlib.Path) -> None:
    file = folder / "many.json"
    if not file.exists():
        return
    results = json.loads(file.read_text())
    grown = [entry for entry in results["by resources"] if "restart" in entry]
    spread = [entry for entry in results["by nodes"] if "restart" in entry]
    charts = {}
    if grown:
        charts["memory"] = chart("Memory of the operator", "StoppableContainers", "Pss, MiB", {
            "at rest": points(grown, "resources", "operator at rest: Pss MiB"),
            "highest after a restart": points(grown, "resources", "restart: highest Pss MiB")})
        charts["restart"] = chart("Restart of the operator", "StoppableContainers", "seconds", {
            "until all were looked at": points(grown, "resources", "restart: s until all were looked at"),
            "of processor time": points(grown, "resources", "restart: s of processor time")})
        charts["starts"] = chart("Processor time for a start", "StoppableContainers", "milliseconds", {
            part: points(grown, "resources", f"ms of processor time for a start: {part}")
            for part in ("operator", "API server", "etcd")})
    if spread:
        charts["nodes"] = chart("Processor time for a start, with ever more nodes", "nodes", "milliseconds", {
            part: points(spread, "nodes", f"ms of processor time for a start: {part}")
            for part in ("operator", "API server", "etcd")})
    for name, svg in charts.items():
        (folder / f"growth-{name}.svg").write_text(svg)
    text = "\n\n".join(table(entries) for entries in (grown, spread) if entries)
    (folder / "many.md").write_text(text + "\n")
    print(f"\n{text}\n\nEach figure and the curves: {folder}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
