"""Starts of one parked container, beside plain pods of the same image and command."""

import time

import manifests
from apiserver import gone, parked, ready, uptime
from figures import milliseconds
from lifecycle import Lifecycle
from timeline import nano

START = "parked: start -> output"
PLAIN = "plain pod: create -> output"
REACH = {START: "p50 < 50, p95 < 100"}
NAME = "box"


def measure(life: Lifecycle, rounds: int) -> dict[str, list[float]]:
    """Seconds of each start, by the time at which the container runtime reads the program's first output."""
    seconds: dict[str, list[float]] = {START: [], "parked: start -> Ready": [], "parked: stop -> parked": [], PLAIN: []}
    since = uptime()
    life.write("POST", life.containers_path, NAME, manifests.stoppable(NAME, life.container(), whenStopped="Park"))
    life.containers.until(since, NAME, ready, "Ready")
    for number in range(rounds + 1):
        life.number = number
        taken = {"parked: stop -> parked": stop(life)}
        since = life.switch(NAME, True)
        taken["parked: start -> Ready"] = life.pod_is(since, NAME, ready, "Ready") - since
        taken[START] = first_output(life, NAME) - since
        taken[PLAIN] = plain(life, f"plain-{number}")
        # Round 0 warms up.
        for what, value in taken.items() if number else ():
            seconds[what].append(value)
    return seconds


def stop(life: Lifecycle) -> float:
    since = life.switch(NAME, False)
    life.looked = life.containers.until(since, NAME, parked, "Parked")
    return life.looked - since


def plain(life: Lifecycle, name: str) -> float:
    since = life.settle()
    life.cluster.call("POST", life.pods_path, manifests.pod(name, life.container()))
    life.pod_is(since, name, ready, "Ready")
    took = first_output(life, name) - since
    life.cluster.call("DELETE", f"{life.pods_path}/{name}")
    life.pod_is(since, name, gone, "gone")
    return took


def first_output(life: Lifecycle, pod: str) -> float:
    """Time of the first line of the log; the uptime that the program prints has hundredths of a second only."""
    life.first_output(pod)
    line = life.cluster.call("GET", f"{life.pods_path}/{pod}/log?container=main&timestamps=true")
    return nano(line.split()[0]) - time.time() + uptime()


def table(seconds: dict[str, list[float]]) -> str:
    return milliseconds(seconds, REACH)
