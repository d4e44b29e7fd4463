"""What is made of measured times: medians, p95, ratios, a table with what is to be reached."""

import dataclasses
import math
import statistics


@dataclasses.dataclass(frozen=True)
class Phase:
    """A phase of a StoppableContainer, what a plain pod is held against it, and the ratio to reach."""

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
    """The smallest value that at least this share of all does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def summary(times: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    """Of each phase its count, median, p95 and, where a plain pod has the like, its ratio and what is to be reached."""
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
    """The summary as it stands in docs/performance.md."""
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
    """Where in the kubelet's second round NUMBER begins its steps.

    The kubelet looks at its containers once a second, and what is measured ends at such a look. A round's steps, and the
    plain pod's, all begin at the same point of that second; the golden ratio spreads the rounds evenly over it, however
    many there are.
    """
    return number * 0.6180339887498949 % 1.0
