"""Statistics of measured times: medians, p95, ratios, and a table with the targets."""

import dataclasses
import math
import statistics


@dataclasses.dataclass(frozen=True)
class Phase:
    """A phase of a StoppableContainer, the phase of a plain pod to compare with, and the target ratio."""

    name: str
    plain: str = ""
    reach: float = 0.0


PHASES = [
    Phase("create -> output", "plain create -> output", 1.45),
    Phase("create -> Ready", "plain create -> Ready", 1.25),
    Phase("stop -> pod gone", "plain delete -> gone", 1.05),
    Phase("start -> output", "plain create -> output", 1.10),
    Phase("start -> Ready", "plain create -> Ready", 1.5),
    Phase("delete -> all gone", "plain delete -> gone", 1.5),
    Phase("delete -> pods gone"),
    Phase("create -> sc Ready"),
    Phase("start -> sc Ready"),
    Phase("stop -> phase Stopped"),
]


def percentile(values: list[float], share: float) -> float:
    """The smallest value that is not exceeded by at least this share of all values."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def summary(times: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    """Count, median and p95 of each phase, and where a plain pod has such a phase, the ratio and its target."""
    result = {}
    for phase in PHASES:
        if phase.name not in times:
            continue
        row = spread(times[phase.name])
        if phase.plain in times:
            plain = spread(times[phase.plain])
            row |= {
                "plain_median": plain["median"],
                "plain_p95": plain["p95"],
                "ratio": row["median"] / plain["median"],
                "reach": phase.reach,
            }
        result[phase.name] = row
    return result


def spread(values: list[float]) -> dict[str, float]:
    """Count, median and p95."""
    return {"n": len(values), "median": statistics.median(values), "p95": percentile(values, 0.95)}


def table(times: dict[str, list[float]]) -> str:
    """The summary as a table for docs/performance.md."""
    lines = [
        "| phase | median s | p95 s | plain pod median s | p95 s | ratio | to reach |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, row in summary(times).items():
        mine = f"| {name} | {row['median']:.2f} | {row['p95']:.2f} |"
        if "ratio" in row:
            lines.append(
                f"{mine} {row['plain_median']:.2f} | {row['plain_p95']:.2f} | {row['ratio']:.2f} | {row['reach']:.2f} |")
        else:
            lines.append(f"{mine} | | | |")
    return "\n".join(lines)


def offset(number: int) -> float:
    """The point of kubelet's second at which round NUMBER begins its steps.

    Kubelet checks its containers once a second, and each measured step ends at such a check. All steps of a round, also
    the plain pod's, begin at the same point of that second; the golden ratio spreads any number of rounds evenly.
    """
    return number * 0.6180339887498949 % 1.0


def milliseconds(seconds: dict[str, list[float]], reach: dict[str, str]) -> str:
    """A table of times by what they were measured of, with their targets."""
    lines = ["| | n | p50 ms | p95 ms | to reach |", "| --- | ---: | ---: | ---: | --- |"]
    for what, values in seconds.items():
        row = spread(values)
        lines.append(
            f"| {what} | {row['n']} | {row['median'] * 1000:.0f} | {row['p95'] * 1000:.0f} | {reach.get(what, '')} |")
    return "\n".join(lines)
