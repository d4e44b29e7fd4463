#!/usr/bin/env python3
"""Puts the last run of make bench into docs/performance.md, and its pictures beside it."""

import json
import pathlib
import shutil
import sys

BEGIN, END = "<!-- make bench: begin -->", "<!-- make bench: end -->"
# The other timelines are in target/bench alone.
PICTURES = ["distribution.svg", "timeline-create.svg", "timeline-start.svg", "timeline-delete.svg"]


def replace(page: str, body: str) -> str:
    """The page with that between its two marks."""
    before, found, rest = page.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not found or not ended:
        raise SystemExit(f"paste: the page lacks {BEGIN} or {END}")
    return f"{before}{BEGIN}\n\n{body.strip()}\n\n{END}{after}"


def chosen(sections: str) -> str:
    """Without the tables of stop and delete, whose rows are many."""
    parts = [part for part in sections.split("### ") if part.strip()]
    return "\n\n".join(
        "### " + part.strip() for part in parts if not part.startswith(("Timeline of one stop", "Timeline of one delete")))


def main() -> None:
    repo = pathlib.Path(__file__).resolve().parent.parent
    run, page = repo / "target/bench", repo / "docs/performance.md"
    if not (run / "bench.md").exists():
        sys.exit("paste: there is no target/bench/bench.md: make bench makes it")
    data = json.loads((run / "bench.json").read_text())
    about = (f"{data['rounds']} rounds, {data['cpus']} cores, kernel {data['kernel']}, load average before: "
             f"{data['load_average_before']:.1f}.")
    pictures = repo / "docs/pictures"
    pictures.mkdir(exist_ok=True)
    links = []
    for picture in PICTURES:
        if (run / picture).exists():
            shutil.copy(run / picture, pictures)
            links.append(f"![{picture.removesuffix('.svg').replace('-', ' ')}](pictures/{picture})")
    body = "\n\n".join([about, chosen((run / "bench.md").read_text()), *links])
    page.write_text(replace(page.read_text(), body))


if __name__ == "__main__":
    main()
