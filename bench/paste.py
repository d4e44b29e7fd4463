#!/usr/bin/env python3
"""Copies the last runs of make bench and make bench-growth into docs/performance.md, with their pictures."""

import json
import pathlib
import shutil
import sys

BENCH, GROWTH = "make bench", "make bench-growth"
# The other timelines stay in target/bench.
PICTURES = ["distribution.svg", "timeline-create.svg", "timeline-start.svg", "timeline-delete.svg"]


def replace(page: str, what: str, body: str) -> str:
    """The page with a new body between the two marks of a command."""
    begin, end = f"<!-- {what}: begin -->", f"<!-- {what}: end -->"
    before, found, rest = page.partition(begin)
    _, ended, after = rest.partition(end)
    if not found or not ended:
        raise SystemExit(f"paste: the page lacks {begin} or {end}")
    return f"{before}{begin}\n\n{body.strip()}\n\n{end}{after}"


def chosen(sections: str) -> str:
    """The sections without the long timelines of stop and delete."""
    parts = [part for part in sections.split("### ") if part.strip()]
    return "\n\n".join(
        "### " + part.strip() for part in parts if not part.startswith(("Timeline of one stop", "Timeline of one delete")))


def links(run: pathlib.Path, names: list[str], pictures: pathlib.Path) -> list[str]:
    """Copies the pictures that a run made, and returns links to them."""
    made = [name for name in names if (run / name).exists()]
    for name in made:
        shutil.copy(run / name, pictures)
    return [f"![{name.removesuffix('.svg').replace('-', ' ')}](pictures/{name})" for name in made]


def bench(run: pathlib.Path, pictures: pathlib.Path) -> str:
    data = json.loads((run / "bench.json").read_text())
    about = (f"{data['rounds']} rounds, {data['cpus']} cores, kernel {data['kernel']}, load average before: "
             f"{data['load_average_before']:.1f}.")
    return "\n\n".join([about, chosen((run / "bench.md").read_text()), *links(run, PICTURES, pictures)])


def main() -> None:
    repo = pathlib.Path(__file__).resolve().parent.parent
    run, page, pictures = repo / "target/bench", repo / "docs/performance.md", repo / "docs/pictures"
    pictures.mkdir(exist_ok=True)
    growth = run / "growth"
    if not (run / "bench.md").exists() and not (growth / "many.md").exists():
        sys.exit("paste: there is nothing in target/bench: make bench and make bench-growth make it")
    if (run / "bench.md").exists():
        page.write_text(replace(page.read_text(), BENCH, bench(run, pictures)))
    if (growth / "many.md").exists():
        curves = links(growth, sorted(file.name for file in growth.glob("growth-*.svg")), pictures)
        page.write_text(replace(page.read_text(), GROWTH, "\n\n".join([(growth / "many.md").read_text(), *curves])))


if __name__ == "__main__":
    main()
