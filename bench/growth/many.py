#!/usr/bin/env python3
"""Measures the operator with thousands of StoppableContainers on nodes simulated by kwok.

It measures the cost at rest, of a restart, of single starts and of many starts at once, with a growing number of
resources and of nodes, each with the watches of an agent.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import time

import observe
from manifests import stoppable
from observe import GROUP, SYSTEM, Api, Processes, States, difference, switch, uptime

USER = "stoppablecontainer-controller-manager"
# The service account that may read metrics; hack/bench-growth makes it.
READER = "bench"
# Prints the content of a URL, requested with a token.
ASK = """
import sys, urllib.request
question = urllib.request.Request(sys.argv[1], headers={"Authorization": "Bearer " + sys.argv[2]})
print(urllib.request.urlopen(question, timeout=5).read().decode())
"""
# Number of simultaneous starts.
BURST = int(os.environ.get("BURST", "1000"))
PROBES = 5
ALONE = "growth-alone"


def namespace(number: int) -> str:
    return f"growth-{number // BURST}"


def resource(number: int) -> tuple[str, str]:
    return namespace(number), f"g{number:05d}"


class Many:
    def __init__(self, api: Api, processes: Processes, node_pid: int):
        self.api, self.processes, self.node_pid = api, processes, node_pid
        self.token = ""
        self.states = States(api, f"{GROUP}/stoppablecontainers", observe.state)

    def nodes(self, count: int) -> None:
        """Sets the number of nodes that kwok simulates."""
        there = [n["metadata"]["name"] for n in self.api.get("/api/v1/nodes?labelSelector=type=kwok")["items"]]
        wanted = [f"kwok-{n:04d}" for n in range(count)]
        self.api.each(lambda name: self.api.call("DELETE", f"/api/v1/nodes/{name}"), set(there) - set(wanted))
        self.api.each(
            lambda name: self.api.call("POST", "/api/v1/nodes", {
                "metadata": {"name": name, "labels": {
                    "type": "kwok", "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}}}),
            [name for name in wanted if name not in there])
        while sum(any(c["type"] == "Ready" and c["status"] == "True" for c in n.get("status", {}).get("conditions", []))
                  for n in self.api.get("/api/v1/nodes?labelSelector=type=kwok")["items"]) < count:
            time.sleep(0.2)

    def create(self, key: tuple[str, str], running: bool = True) -> None:
        container = {
            "image": "registry.example/team/workbench:2026-01",
            "command": ["/bin/bash", "-c", "exec sleep infinity"],
            "env": [{"name": f"SETTING_{n}", "value": f"value of setting {n}"} for n in range(8)],
            "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}},
            "ports": [{"containerPort": 8080}],
        }
        self.api.call("POST", f"{GROUP}/namespaces/{key[0]}/stoppablecontainers", stoppable(
            key[1], container, running, provider={"nodeSelector": {"type": "kwok"}}))

    def grow(self, count: int) -> dict:
        """Creates resources up to this number, all running."""
        there = {key for key in self.states.known if key[0] != ALONE}
        missing = [key for key in map(resource, range(count)) if key not in there]
        for name in sorted({key[0] for key in missing}):
            self.api.ensure_namespace(name)
        before, since = self.processes.cpu(), uptime()
        self.api.each(self.create, missing)
        asked = uptime()
        last = max(self.states.when(missing, "Ready", "Ready", 1800), default=since)
        after = self.processes.cpu()
        return {
            "created": len(missing), "seconds until all were asked for": round(asked - since, 2),
            "seconds until all were Ready": round(last - since, 2), "cpu seconds": difference(before, after)}

    def rest(self, seconds: float) -> dict:
        """The operator's cost while nothing happens."""
        observe.settle(self.processes, "operator")
        before, since = self.processes.cpu(), uptime()
        time.sleep(seconds)
        took = uptime() - since
        return {
            "seconds": round(took, 1), "pss MiB": round(self.processes.pss("operator"), 1),
            "share of a core": {part: round(cpu / took, 4)
                                for part, cpu in difference(before, self.processes.cpu()).items()}}

    def latency(self, key: tuple[str, str]) -> float:
        """Seconds from the start of a stopped container until it is Ready."""
        since = switch(self.api, *key, True)
        return self.states.when([key], "Ready", "Ready", 600)[0] - since

    def stop(self, keys) -> None:
        self.api.each(lambda key: switch(self.api, *key, False), keys)
        self.states.when(keys, "Stopped", "Stopped", 900)

    def starts(self) -> dict:
        """Starts all containers of one namespace at once, and meanwhile one more there and one of another namespace."""
        burst = [resource(n) for n in range(BURST)]
        same, other = (namespace(0), "probe"), (ALONE, "probe")
        self.api.ensure_namespace(ALONE)
        for key in (same, other):
            if key not in self.states.known:
                self.create(key, running=False)
        self.states.when([same, other], "Stopped", "Stopped", 120)
        quiet = []
        for _ in range(PROBES):
            time.sleep(0.5)
            quiet.append(self.latency(other))
            self.stop([other])
        self.stop(burst)
        observe.settle(self.processes, "operator")
        begin, before, since = observe.now(), self.processes.cpu(), uptime()
        asking = [self.api.pool.submit(switch, self.api, *key, True) for key in burst]
        # Half of the starts are requested.
        asking[BURST // 2].result()
        asked = {key: switch(self.api, *key, True) for key in (other, same)}
        last = max(self.states.when([*burst, same, other], "Ready", "Ready", 1800))
        after = self.processes.cpu()
        ready = dict(zip((other, same), self.states.when([other, same], "Ready", "Ready", 1)))
        calls = observe.audited(self.node_pid, begin, USER)
        self.stop([same, other])
        return {
            "started": BURST + 2, "seconds": round(last - since, 2),
            "cpu seconds": difference(before, after),
            "seconds of a start alone": round(statistics.median(quiet), 3),
            "seconds of a start of another namespace among them": round(ready[other] - asked[other], 3),
            "seconds of a start of their namespace among them": round(ready[same] - asked[same], 3),
            "calls per start": {
                f"{verb} {what} {code}": round(count / (BURST + 2), 3)
                for (verb, what, code), count in sorted(calls.items(), key=lambda item: -item[1])}}

    def restart(self) -> dict:
        """Deletes the operator's pod, and measures the next one until it has made a pass over every resource."""
        total = len(self.states.known)
        self.token = observe.kubectl("-n", SYSTEM, "create", "token", READER).strip()
        begin, old = observe.now(), self.processes.find()["operator"]
        observe.kubectl("-n", SYSTEM, "delete", "pod", "-l", "control-plane=controller-manager", "--wait=false")
        while self.processes.find().get("operator", old) == old:
            time.sleep(0.05)
        started = self.processes.started("operator")
        peak, routes = 0.0, None
        while routes is None or routes < total:
            time.sleep(0.25)
            peak = max(peak, self.processes.pss("operator"))
            routes = self.passes()
            if uptime() - started > 900:
                raise SystemExit(f"bench-growth: {routes} of {total} passes 900 s after the operator's start")
        done = uptime()
        cpu = self.processes.cpu()["operator"]
        observe.settle(self.processes, "operator")
        writes = {
            f"{verb} {what} {code}": count
            for (verb, what, code), count in observe.audited(self.node_pid, begin, USER).items()
            if verb not in ("get", "list")}
        return {
            "resources": total, "seconds until all were looked at": round(done - started, 2),
            "cpu seconds": round(cpu, 2), "highest pss MiB": round(peak, 1), "writes": writes}

    def passes(self) -> int | None:
        """Number of passes of the operator; None while its metrics are unreachable."""
        pods = self.api.get(f"/api/v1/namespaces/{SYSTEM}/pods?labelSelector=control-plane=controller-manager")["items"]
        for address in filter(None, (pod.get("status", {}).get("podIP") for pod in pods)):
            for line in self.metrics(address).splitlines():
                if line.startswith("camel_exchanges_total{") and 'routeId="sc-reconcile"' in line:
                    return int(float(line.rsplit(" ", 1)[1]))
        return None

    def metrics(self, address: str) -> str:
        """The metrics, requested from the node's network, because the API server's proxy forwards no token; empty if unreachable."""
        asked = subprocess.run(
            ["nsenter", "--target", str(self.node_pid), "--net", sys.executable, "-c", ASK,
             f"http://{address}:8081/observe/metrics", self.token], capture_output=True, text=True)
        if "HTTP Error 401" in asked.stderr or "HTTP Error 403" in asked.stderr:
            raise SystemExit(f"bench-growth: {READER} may not read metrics: {asked.stderr.splitlines()[-1]}")
        return asked.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="1000,5000,10000", help="how many resources, one after the other")
    parser.add_argument("--nodes", type=int, default=100, help="nodes at each of the sizes")
    parser.add_argument("--more-nodes", default="10,100,1000", help="nodes, one after the other, at the first size")
    parser.add_argument("--cluster-id", required=True)
    parser.add_argument("--kwok-pid", type=int, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()

    api = Api(os.environ.get("KUBECTL", "kubectl"))
    processes = Processes(options.cluster_id, {"kwok": options.kwok_pid, "bench": os.getpid()})
    results: dict = {"machine": observe.machine(), "by resources": [], "by nodes": []}
    bench = Many(api, processes, int(os.environ["NODE_PID"]))

    def run(what: str, nodes: int, size: int, rest: float) -> None:
        entry: dict = {"nodes": nodes}
        results[what].append(entry)
        watchers = subprocess.Popen(
            [sys.executable, str(pathlib.Path(__file__).with_name("watchers.py")), "--nodes", str(nodes)])
        processes.others["watches"] = watchers.pid
        try:
            for name, measure in (
                    ("create", lambda: bench.grow(size)), ("rest", lambda: bench.rest(rest)),
                    ("start", bench.starts), ("restart", bench.restart)):
                entry[name] = measure()
                entry["resources"] = len(bench.states.known)
                entry["load average"] = round(os.getloadavg()[0], 1)
                observe.save(options.out / "many.json", results)
                print(f"{what}: {size} resources, {nodes} nodes: {name}: {entry[name]}", flush=True)
        finally:
            del processes.others["watches"]
            watchers.kill()
            watchers.wait()

    sizes = [int(size) for size in options.sizes.split(",") if size]
    for nodes in [int(count) for count in options.more_nodes.split(",") if count]:
        bench.nodes(nodes)
        run("by nodes", nodes, sizes[0], 15)
        # The nodes of these file systems change next.
        keys = list(bench.states.known)
        api.each(lambda key: api.call("DELETE", f"{GROUP}/namespaces/{key[0]}/stoppablecontainers/{key[1]}"), keys)
        bench.states.gone(keys, 900)
    bench.nodes(options.nodes)
    for size in sizes:
        run("by resources", options.nodes, size, 30)


if __name__ == "__main__":
    main()
