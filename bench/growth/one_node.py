#!/usr/bin/env python3
"""Measures one node: a hundred containers at once, a hundred plain pods, and two hundred stopped containers.

It needs the embedded cluster with operator and agent. Each container records its starts in a file of its root and prints
the file, so that a start without the file system is detected.
"""

import argparse
import json
import os
import pathlib
import statistics
import threading
import time

import observe
import manifests
from figures import percentile
from latency import RequestClock
from observe import GROUP, Api, Processes, States, difference, switch, uptime

NAMESPACE = "growth-node"
AT_ONCE = int(os.environ.get("AT_ONCE", "100"))
RESIDENT = int(os.environ.get("RESIDENT", "200"))
STARTS = int(os.environ.get("STARTS", "60"))
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
CONTAINERS = f"{GROUP}/namespaces/{NAMESPACE}/stoppablecontainers"
PROGRAM = 'trap "exit 0" TERM; echo "$HOSTNAME" >>/root-of-mine; cat /root-of-mine; sleep 1000000 & wait'


class OneNode:
    def __init__(self, api: Api, processes: Processes, image: str, node_pid: int):
        self.api, self.processes, self.image = api, processes, image
        self.clock, self.timed = RequestClock(pathlib.Path(f"/proc/{node_pid}/root")), False
        self.clock.start()
        api.ensure_namespace(NAMESPACE)
        self.pods = States(api, PODS, observe.state, self.listener)
        self.containers = States(api, CONTAINERS, observe.state)

    def listener(self, kind: str, pod: dict) -> None:
        """Watches the folders of each new consumer pod."""
        labels = pod["metadata"].get("labels", {})
        if self.timed and kind == "ADDED" and labels.get("stoppablecontainer.xtlsoft.top/role") == "consumer":
            threading.Thread(target=self.clock.follow, args=(pod["metadata"]["uid"],), daemon=True).start()

    def container(self) -> dict:
        return manifests.container(self.image, PROGRAM)

    def create_pod(self, name: str) -> None:
        self.api.call("POST", PODS, manifests.pod(name, self.container()))

    def create(self, name: str, running: bool = True) -> None:
        self.api.call("POST", CONTAINERS, manifests.stoppable(name, self.container(), running))

    def at_once(self, ask, names, watch: States, state: str) -> dict:
        """Requests all at once; measures the time until the last has the state, and the cost."""
        before, since = self.processes.cpu(), uptime()
        self.api.each(ask, names)
        times = [at - since for at in watch.when([(NAMESPACE, name) for name in names], state, state, 900)]
        return {
            "count": len(names), "seconds until the last": round(max(times), 2),
            "seconds each": round(max(times) / len(names), 3), "median seconds": round(statistics.median(times), 2),
            "cpu seconds": difference(before, self.processes.cpu())}

    def correct(self, names, starts: int) -> int:
        """Number of containers that have printed exactly their own starts."""
        right = 0
        for name in names:
            wanted = [name] * starts
            for _ in range(50):
                log = self.api.call("GET", f"{PODS}/{name}/log?container=main", missing_is_fine=True)
                # A start that takes long begins with what sc-exec says of its wait.
                printed = [line for line in log.splitlines() if not line.startswith("sc-exec: ")]
                if len(printed) >= starts:
                    break
                time.sleep(0.1)
            right += printed == wanted
        return right

    def rest(self, seconds: float) -> dict:
        observe.settle(self.processes, "agent")
        before, since = self.processes.cpu(), uptime()
        time.sleep(seconds)
        took = uptime() - since
        return {
            "pss MiB": {part: round(self.processes.pss(part), 1) for part in ("agent", "operator")},
            "share of a core": {part: round(cpu / took, 4)
                                for part, cpu in difference(before, self.processes.cpu()).items()}}

    def answers(self, name: str, count: int) -> dict:
        """Latency of the agent while one container starts and stops."""
        self.clock.seconds.clear()
        self.timed = True
        for _ in range(count):
            switch(self.api, NAMESPACE, name, True)
            self.containers.when([(NAMESPACE, name)], "Ready", "Ready", 120)
            switch(self.api, NAMESPACE, name, False)
            self.containers.when([(NAMESPACE, name)], "Stopped", "Stopped", 120)
        self.timed = False
        milliseconds = [1000 * seconds for seconds in self.clock.seconds]
        return {"answers": len(milliseconds), "p50 ms": round(statistics.median(milliseconds), 1),
                "p99 ms": round(percentile(milliseconds, 0.99), 1)}

    def measure(self):
        plain = [f"plain-{n:03d}" for n in range(AT_ONCE)]
        boxes = [f"box-{n:03d}" for n in range(AT_ONCE)]
        more = [f"box-{n:03d}" for n in range(AT_ONCE, RESIDENT)]
        # The first pods of a namespace and of an image are slower.
        self.create_pod("warm-up")
        self.create("warm-up-box")
        self.pods.when([(NAMESPACE, "warm-up"), (NAMESPACE, "warm-up-box")], "Ready", "Ready", 120)
        self.containers.when([(NAMESPACE, "warm-up-box")], "Ready", "Ready", 120)
        self.api.call("DELETE", f"{PODS}/warm-up")
        switch(self.api, NAMESPACE, "warm-up-box", False)
        self.containers.when([(NAMESPACE, "warm-up-box")], "Stopped", "Stopped", 120)
        yield "rest with 1 stopped", self.rest(20)
        yield "answers with 1 stopped", self.answers("warm-up-box", STARTS)
        yield "plain pods: create", self.at_once(self.create_pod, plain, self.pods, "Ready")
        before, since = self.processes.cpu(), uptime()
        self.api.each(lambda name: self.api.call("DELETE", f"{PODS}/{name}"), plain)
        self.pods.gone([(NAMESPACE, name) for name in plain], 600)
        yield "plain pods: delete", {"count": AT_ONCE, "seconds until the last": round(uptime() - since, 2),
                                     "cpu seconds": difference(before, self.processes.cpu())}
        yield "create", self.at_once(self.create, boxes, self.containers, "Ready")
        yield "right after create", {"of": AT_ONCE, "right": self.correct(boxes, 1)}
        yield f"rest with {AT_ONCE} running", self.rest(20)
        yield "stop", self.at_once(
            lambda name: switch(self.api, NAMESPACE, name, False), boxes, self.containers, "Stopped")
        yield "start", self.at_once(
            lambda name: switch(self.api, NAMESPACE, name, True), boxes, self.containers, "Ready")
        yield "right after start", {"of": AT_ONCE, "right": self.correct(boxes, 2)}
        self.api.each(lambda name: switch(self.api, NAMESPACE, name, False), boxes)
        self.containers.when([(NAMESPACE, name) for name in boxes], "Stopped", "Stopped", 600)
        yield "create stopped ones", self.at_once(lambda name: self.create(name, False), more, self.containers, "Stopped")
        yield f"rest with {RESIDENT} stopped", self.rest(30)
        yield f"answers with {RESIDENT} stopped", self.answers("warm-up-box", STARTS)
        since = uptime()
        self.api.call("DELETE", CONTAINERS)
        self.containers.gone([(NAMESPACE, name) for name in [*boxes, *more, "warm-up-box"]], 900)
        yield "delete", {"count": RESIDENT + 1, "seconds until the last": round(uptime() - since, 2)}
        yield "rest after all", self.rest(20)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--image", required=True)
    parser.add_argument("--cluster-id", required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()

    api = Api(os.environ.get("KUBECTL", "kubectl"), threads=16)
    processes = Processes(options.cluster_id, {"bench": os.getpid()})
    results: dict = {"machine": observe.machine()}
    bench = OneNode(api, processes, options.image, int(os.environ["NODE_PID"]))
    try:
        for what, measured in bench.measure():
            measured["load average"] = round(os.getloadavg()[0], 1)
            results[what] = measured
            observe.save(options.out / "one-node.json", results)
            print(f"{what}: {json.dumps(measured)}", flush=True)
    finally:
        api.delete_namespace(NAMESPACE)


if __name__ == "__main__":
    main()
