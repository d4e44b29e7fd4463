#!/usr/bin/env python3
"""Draws the growth curves of many.py as SVG, and prints its figures as tables. Uses only the standard library."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from chart import curves, number  # noqa: E402

# Keys of the count and of the duration in the entry of each step.
STEPS = {"create": ("created", "seconds until all were Ready"), "start": ("started", "seconds")}


def each(entry: dict, step: str, part: str) -> float:
    """Processor time of a part for one create or start, in milliseconds."""
    count, _ = STEPS[step]
    return round(1000 * entry[step]["cpu seconds"].get(part, 0) / entry[step][count], 2)


def rate(entry: dict, step: str) -> float:
    count, seconds = STEPS[step]
    return round(entry[step][count] / entry[step][seconds], 1)


# Name of the row, and its value in an entry of many.json.
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
        charts["memory"] = curves("Memory of the operator", "StoppableContainers", "Pss, MiB", {
            "at rest": points(grown, "resources", "operator at rest: Pss MiB"),
            "highest after a restart": points(grown, "resources", "restart: highest Pss MiB")})
        charts["restart"] = curves("Restart of the operator", "StoppableContainers", "seconds", {
            "until all were looked at": points(grown, "resources", "restart: s until all were looked at"),
            "of processor time": points(grown, "resources", "restart: s of processor time")})
        charts["starts"] = curves("Processor time for a start", "StoppableContainers", "milliseconds", {
            part: points(grown, "resources", f"ms of processor time for a start: {part}")
            for part in ("operator", "API server", "etcd")})
    if spread:
        charts["nodes"] = curves("Processor time for a start, with ever more nodes", "nodes", "milliseconds", {
            part: points(spread, "nodes", f"ms of processor time for a start: {part}")
            for part in ("operator", "API server", "etcd")})
    for name, svg in charts.items():
        (folder / f"growth-{name}.svg").write_text(svg)
    text = "\n\n".join(table(entries) for entries in (grown, spread) if entries)
    (folder / "many.md").write_text(text + "\n")
    print(f"\n{text}\n\nEach figure and the curves: {folder}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
