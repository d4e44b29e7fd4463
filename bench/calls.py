"""Counts the API calls of operator and agent for each step of a lifecycle, from the API server's audit log.

The load of the machine hardly changes the counts; but after a late answer a caller can write a status twice.
"""

import collections
import json

from timeline import nano

# Kind and start of a step, in seconds since 1970; it lasts until the next step.
Step = tuple[str, float]


def who(username: str) -> str:
    """The caller for a user name of the API server; empty for others."""
    if username.endswith("mount-helper"):
        return "agent"
    if username.startswith("system:serviceaccount:stoppablecontainer-system:"):
        return "operator"
    return ""


def call(entry: dict) -> str:
    """Text such as `patch pods/status`, with the code of an error answer."""
    thing = entry["objectRef"]
    part = "/" + thing["subresource"] if "subresource" in thing else ""
    code = entry.get("responseStatus", {}).get("code", 0)
    return f"{entry['verb']} {thing['resource']}{part}" + (f" ({code})" if code >= 400 else "")


def count(audit: str, namespace: str, steps: list[Step]) -> dict[str, dict[str, int]]:
    """Number of each call for each kind of step, over all steps of the kind: `operator patch pods: 3`."""
    counts: dict[str, collections.Counter] = {kind: collections.Counter() for kind, _ in steps}
    for line in audit.splitlines():
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            continue  # the end of a file that is being written
        caller = who(entry["user"]["username"])
        if not caller or entry.get("objectRef", {}).get("namespace") != namespace or entry["verb"] == "watch":
            continue
        at = nano(entry["requestReceivedTimestamp"])
        begun = [kind for kind, begin in steps if begin <= at]
        if begun:
            counts[begun[-1]][f"{caller} {call(entry)}"] += 1
    return {kind: dict(counter) for kind, counter in counts.items()}


def table(counts: dict[str, dict[str, int]], rounds: int) -> str:
    """Average calls of a step, and the totals of operator and agent."""
    kinds = list(counts)
    lines = ["| call | " + " | ".join(kinds) + " |", "| --- |" + " ---: |" * len(kinds)]
    calls = sorted({name for kind in kinds for name in counts[kind]})
    for caller in ("operator", "agent"):
        own = [name for name in calls if name.startswith(caller + " ")]
        lines += [row(name.replace(" ", ": ", 1), [counts[kind].get(name, 0) / rounds for kind in kinds]) for name in own]
        totals = [sum(counts[kind].get(name, 0) for name in own) / rounds for kind in kinds]
        lines.append(row(f"**{caller}, all**", totals))
    return "\n".join(lines)


def row(name: str, values: list[float]) -> str:
    return f"| {name} | " + " | ".join(f"{value:.1f}".removesuffix(".0") for value in values) + " |"
