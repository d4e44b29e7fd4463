#!/usr/bin/env python3
"""Measures StoppableContainers beside plain pods of the same image and command.

The rounds alternate on an otherwise quiet cluster. The times come from watches of the API server. The program's first
output is the node's uptime, the same clock as here, so it gives the start of the program. Where the node is this machine
(the embedded cluster), it also measures the latency and the cost of operator and agent and the file system, and draws a
timeline. Uses only the standard library.
"""

import argparse
import contextlib
import itertools
import json
import os
import pathlib
import threading
import time

import calls
import chart
import figures
import filesystem
import footprint
import latency
import manifests
import parked
import resting
import timeline
import wakes
from apiserver import GROUP, Cluster, ready, uptime
from latency import RequestClock
from lifecycle import Lifecycle
from node import Node

PARTS = ["lifecycle", "parked", "wakes", "calls", "filesystem", "footprint", "resting"]
NUMBERS = itertools.count(1)


@contextlib.contextmanager
def namespace_of(cluster: Cluster):
    # A new one for each part: the previous one may still be terminating.
    namespace = f"bench-{os.getpid()}-{next(NUMBERS)}"
    path = f"/api/v1/namespaces/{namespace}"
    cluster.call("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    try:
        # Pods need the namespace's service account.
        while json.loads(cluster.call("GET", f"{path}/serviceaccounts/default", missing_is_fine=True))["kind"] != "ServiceAccount":
            time.sleep(0.2)
        yield namespace
    finally:
        # StoppableContainers first: their finalizers hold the namespace.
        cluster.call("DELETE", f"{GROUP}/namespaces/{namespace}/stoppablecontainers", missing_is_fine=True)
        cluster.call("DELETE", path, missing_is_fine=True)


class Report:
    """Writes tables as Markdown, their data as JSON, and pictures into a folder."""

    def __init__(self, folder: pathlib.Path, about: dict):
        self.folder, self.data, self.parts = folder, dict(about), []
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, key: str, title: str, table: str, data) -> None:
        load = os.getloadavg()[0]
        self.data[key] = data
        self.data.setdefault("load_average_after", {})[key] = load
        self.parts.append(f"### {title}\n\n{table}\n\nLoad average afterwards: {load:.1f}.")
        self.write("bench.md", "\n\n".join(self.parts) + "\n")
        self.write("bench.json", json.dumps(self.data, indent=1) + "\n")
        print(f"\n{title}\n\n{table}\n", flush=True)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)


def lifecycle(cluster: Cluster, options, report: Report) -> None:
    with namespace_of(cluster) as namespace:
        clock = RequestClock(pathlib.Path(f"/proc/{options.node_pid}/root")) if options.node_pid else None
        if clock:
            clock.start()
        life = Lifecycle(cluster, namespace, options.image, not options.remote, follower(clock) if clock else None)
        for number in range(options.rounds + 1):
            life.round(number)
            print("warmed up" if number == 0 else f"round {number} of {options.rounds}", flush=True)
        report.add("lifecycle", "Beside a plain pod", figures.table(life.times),
                   {"seconds": life.times, "summary": figures.summary(life.times)})
        report.write("distribution.svg", chart.distribution(
            life.times, [(phase.name, phase.plain) for phase in figures.PHASES if phase.plain]))
        if clock:
            recorder = timeline.Recorder(cluster, namespace, options.node_state)
            draw_timelines(recorder, life, report)
            add_latencies(recorder, life, clock, report)


def follower(clock: RequestClock):
    """Returns a listener for pods: it watches the folders of each consumer pod except the first of a name."""
    seen = set()

    def listener(kind: str, pod: dict) -> None:
        labels = pod["metadata"].get("labels", {})
        if kind == "ADDED" and labels.get("stoppablecontainer.xtlsoft.top/role") == "consumer":
            name, uid = pod["metadata"]["name"], pod["metadata"]["uid"]
            if name in seen:
                threading.Thread(target=clock.follow, args=(uid,), daemon=True).start()
            seen.add(name)
    return listener


def wall(at: float) -> float:
    """Seconds since 1970 for a time on the clock of /proc/uptime."""
    return at + time.time() - uptime()


def draw_timelines(recorder: timeline.Recorder, life: Lifecycle, report: Report) -> None:
    events = recorder.events(f"stoppable-{life.number}")
    for step, begin, end in life.steps:
        cut = timeline.cut(events, wall(begin), wall(end))
        if cut:
            report.add(f"timeline of {step}", f"Timeline of one {step}", timeline.table(cut), cut)
            report.write(f"timeline-{step}.svg", chart.timeline(f"{step}: what happened when", cut))


def add_latencies(recorder: timeline.Recorder, life: Lifecycle, clock: RequestClock, report: Report) -> None:
    seconds = {
        "agent: request.json -> ready.json, start again": clock.seconds,
        "operator: user's write -> its first write": latency.answers(
            recorder.audit(), life.namespace, [(name, wall(at)) for name, at in life.written]),
    }
    report.add("latencies", "Answers", latency.table(seconds), seconds)


def parked_starts(cluster: Cluster, options, report: Report) -> None:
    with namespace_of(cluster) as namespace:
        seconds = parked.measure(Lifecycle(cluster, namespace, options.image, True), options.rounds)
        report.add("parked", "Parked, beside a plain pod", parked.table(seconds), seconds)


def woken_starts(cluster: Cluster, options, report: Report) -> None:
    with namespace_of(cluster) as namespace:
        seconds = wakes.measure(Lifecycle(cluster, namespace, options.image, True), options.node_pid, options.rounds)
        report.add("wakes", "Woken by a connection, beside a plain pod", wakes.table(seconds), seconds)


def at_rest(cluster: Cluster, options, report: Report) -> None:
    with namespace_of(cluster) as namespace:
        result = resting.measure(
            cluster, Node.of(options.node_pid), namespace, options.image, options.resting, options.idle_seconds)
        report.add("resting", "At rest", resting.table(result, options.resting), result)


def count_calls(cluster: Cluster, options, report: Report) -> None:
    with namespace_of(cluster) as namespace:
        life = Lifecycle(cluster, namespace, options.image, True)
        # It keeps the namespace's ConfigMap, as in a namespace in use.
        cluster.call("POST", life.containers_path, manifests.stoppable("other", life.container(), running=False))
        steps = []
        for number in range(options.rounds + 1):
            life.number = number
            life.stoppable(f"box-{number}")
            if number:
                steps += [(kind, wall(begin)) for kind, begin, _ in life.steps]
        life.settle()
        audit = timeline.Recorder(cluster, namespace, options.node_state).audit()
        counts = calls.count(audit, namespace, steps)
        report.add("calls", "Calls of the API server", calls.table(counts, options.rounds), counts)


def file_systems(cluster: Cluster, options, report: Report) -> None:
    node = Node.of(options.node_pid)
    with namespace_of(cluster) as namespace:
        life = Lifecycle(cluster, namespace, options.image, True)
        container = life.container()
        cluster.call("POST", life.pods_path, manifests.pod("plain", container))
        cluster.call("POST", life.containers_path, manifests.stoppable("box", container))
        roots = []
        for name in ("box", "plain"):
            life.pods.until(0, name, ready, "Ready")
            uid = json.loads(cluster.call("GET", f"{life.pods_path}/{name}"))["metadata"]["uid"]
            roots.append(pathlib.Path(f"/proc/{node.find(uid, 'sleep 1000000')[0]}/root"))
        times = filesystem.compare(*roots, options.file_rounds)
        report.add("filesystem", "File system", filesystem.table(times), times)


def costs(cluster: Cluster, options, report: Report) -> None:
    with namespace_of(cluster) as namespace:
        result = footprint.measure(
            cluster, Node.of(options.node_pid), namespace, options.image, options.archives, options.idle_seconds)
        report.add("footprint", "Footprint", footprint.table(result), result)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--file-rounds", type=int, default=5)
    parser.add_argument("--idle-seconds", type=float, default=120)
    parser.add_argument("--resting", type=int, default=20, help="how many containers of the part resting")
    parser.add_argument("--parts", default=",".join(PARTS), help="which of: " + ", ".join(PARTS))
    parser.add_argument("--image", required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--kubectl", default="kubectl")
    parser.add_argument("--archives", type=pathlib.Path, nargs="*", default=[], help="the images' archives")
    parser.add_argument("--node-pid", type=int, help="a process of the node, if that is this machine")
    parser.add_argument("--node-state", type=pathlib.Path, help="folder of the node's logs and disk")
    parser.add_argument("--remote", action="store_true", help="the node is another machine with another uptime")
    options = parser.parse_args()
    parts = options.parts.split(",")
    if unknown := set(parts) - set(PARTS):
        raise SystemExit(f"bench: no such part: {', '.join(sorted(unknown))}")

    cluster = Cluster(options.kubectl)
    report = Report(options.out, {
        "rounds": options.rounds, "image": options.image, "cpus": os.cpu_count(), "kernel": os.uname().release,
        "load_average_before": os.getloadavg()[0]})
    if "lifecycle" in parts:
        lifecycle(cluster, options, report)
    if options.node_pid and "parked" in parts:
        parked_starts(cluster, options, report)
    if options.node_pid and "wakes" in parts:
        woken_starts(cluster, options, report)
    if options.node_state and "calls" in parts:
        count_calls(cluster, options, report)
    if options.node_pid and "filesystem" in parts:
        file_systems(cluster, options, report)
    if options.node_pid and "footprint" in parts:
        costs(cluster, options, report)
    if options.node_pid and "resting" in parts:
        at_rest(cluster, options, report)
    print(f"Tables, each measured time and pictures: {options.out}/bench.md, bench.json, *.svg")


if __name__ == "__main__":
    main()
