#!/usr/bin/env python3
"""Measures StoppableContainers beside plain pods of the same image and command.

Interleaved rounds on an otherwise quiet cluster. It speaks to the API server itself (kubectl's start-up would drown
what is measured) and takes the times of what happened from watches. The program's first output is the node's uptime,
which is the clock used here too, so when it started is its own word. Only the standard library is used.
"""

import argparse
import base64
import http.client
import json
import math
import os
import pathlib
import ssl
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.parse

GROUP = "/apis/stoppablecontainer.xtlsoft.top/v1alpha1"
# Prints the uptime first, and ends at once when told to: else a stop would measure the grace period.
PROGRAM = "trap 'exit 0' TERM; cut -d' ' -f1 /proc/uptime; sleep 1000000 & wait"

# Phase of the StoppableContainer, phase of the plain pod that it is held against.
PHASES = {
    "create -> output": "plain create -> output",
    "create -> Ready": "plain create -> Ready",
    "stop -> pod gone": "plain delete -> gone",
    "start -> output": "plain create -> output",
    "start -> Ready": "plain create -> Ready",
    "delete -> all gone": "plain delete -> gone",
}


def uptime() -> float:
    """The clock of /proc/uptime."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Cluster:
    """Requests and watches of the API server that the kubeconfig names."""

    def __init__(self, kubectl: str):
        view = subprocess.run(
            [kubectl, "config", "view", "--raw", "--flatten", "--minify", "-o", "json"],
            check=True, capture_output=True, text=True,
        )
        config = json.loads(view.stdout)
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        server = urllib.parse.urlparse(cluster["server"])
        self.host, self.port = server.hostname, server.port or 443
        self.headers = {"Content-Type": "application/json", "Accept": "application/json"}
        authority = cluster.get("certificate-authority-data")
        self.tls = ssl.create_default_context(cadata=base64.b64decode(authority).decode() if authority else None)
        if cluster.get("insecure-skip-tls-verify"):
            self.tls.check_hostname, self.tls.verify_mode = False, ssl.CERT_NONE
        if "client-certificate-data" in user:
            with tempfile.TemporaryDirectory() as folder:
                pair = []
                for name in ("client-certificate-data", "client-key-data"):
                    file = pathlib.Path(folder, name)
                    file.touch(mode=0o600)
                    file.write_bytes(base64.b64decode(user[name]))
                    pair.append(str(file))
                self.tls.load_cert_chain(*pair)
        elif "token" in user:
            self.headers["Authorization"] = "Bearer " + user["token"]
        else:
            raise SystemExit("bench: the kubeconfig's user has neither a client certificate nor a token")
        self.kept = self.connect()

    def connect(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(self.host, self.port, context=self.tls, timeout=120)

    def call(self, method: str, path: str, body=None, content_type=None, missing_is_fine=False) -> str:
        headers = dict(self.headers)
        if content_type:
            headers["Content-Type"] = content_type
        try:
            self.kept.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = self.kept.getresponse()
            text = answer.read().decode()
        except (http.client.HTTPException, OSError):
            self.kept.close()
            raise
        if answer.status >= 400 and not (missing_is_fine and answer.status == 404):
            raise SystemExit(f"bench: {method} {path}: {answer.status} {text[:500]}")
        return text


class Watch(threading.Thread):
    """Notes when each event of a kind of resource arrived."""

    def __init__(self, cluster: Cluster, path: str):
        super().__init__(daemon=True)
        self.cluster, self.path = cluster, path
        self.changed = threading.Condition()
        self.events: list[tuple[float, str, dict]] = []
        self.version = json.loads(cluster.call("GET", path))["metadata"]["resourceVersion"]

    def run(self) -> None:
        while True:
            try:
                connection = self.cluster.connect()
                connection.timeout = 3600
                connection.request(
                    "GET", f"{self.path}?watch=1&allowWatchBookmarks=true&resourceVersion={self.version}",
                    headers=self.cluster.headers,
                )
                answer = connection.getresponse()
                while line := answer.readline():
                    event = json.loads(line)
                    if event["type"] == "ERROR":
                        raise SystemExit(f"bench: the watch of {self.path} broke: {event}")
                    self.version = event["object"]["metadata"]["resourceVersion"]
                    if event["type"] != "BOOKMARK":
                        with self.changed:
                            self.events.append((uptime(), event["type"], event["object"]))
                            self.changed.notify_all()
            except (http.client.HTTPException, OSError):
                time.sleep(0.2)

    def until(self, since: float, name: str, fits, what: str, timeout_seconds: float = 120) -> float:
        """When the first event after `since` came that fits."""
        end = uptime() + timeout_seconds
        seen = 0
        with self.changed:
            while True:
                for at, kind, thing in self.events[seen:]:
                    if at >= since and thing["metadata"]["name"] == name and fits(kind, thing):
                        return at
                seen = len(self.events)
                if not self.changed.wait(max(0.0, end - uptime())):
                    raise SystemExit(f"bench: {name} was not {what} after {timeout_seconds:.0f} s")


def ready(kind: str, thing: dict) -> bool:
    conditions = thing.get("status", {}).get("conditions", [])
    return kind != "DELETED" and any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def gone(kind: str, _thing: dict) -> bool:
    return kind == "DELETED"


class Bench:
    def __init__(self, cluster: Cluster, namespace: str, image: str, local: bool):
        self.cluster, self.namespace, self.image, self.local = cluster, namespace, image, local
        self.pods_path = f"/api/v1/namespaces/{namespace}/pods"
        self.containers_path = f"{GROUP}/namespaces/{namespace}/stoppablecontainers"
        self.times: dict[str, list[float]] = {}
        self.pods = Watch(cluster, self.pods_path)
        self.containers = Watch(cluster, self.containers_path)
        self.pods.start()
        self.containers.start()

    def note(self, phase: str, seconds: float, warm_up: bool) -> None:
        if not warm_up:
            self.times.setdefault(phase, []).append(seconds)

    def container(self) -> dict:
        return {
            "name": "main", "image": self.image, "imagePullPolicy": "IfNotPresent",
            "command": ["/bin/sh", "-c", PROGRAM],
        }

    def first_output(self, pod: str) -> float:
        for _ in range(100):
            lines = self.cluster.call("GET", f"{self.pods_path}/{pod}/log?container=main", missing_is_fine=True).split()
            try:
                return float(lines[0])
            except (IndexError, ValueError):
                time.sleep(0.1)
        raise SystemExit(f"bench: {pod} printed no uptime")

    def note_output(self, phase: str, since: float, pod: str, warm_up: bool) -> None:
        """Only where the program's uptime is this machine's."""
        if self.local:
            self.note(phase, self.first_output(pod) - since, warm_up)

    def settle(self) -> None:
        """The kubelet looks at its containers once a second: start at any point of that second, not always the same."""
        time.sleep(1.0 + (time.monotonic_ns() // 1000 % 1000) / 1000)

    def plain(self, name: str, warm_up: bool) -> None:
        self.settle()
        since = uptime()
        pod = {
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
            "spec": {"containers": [self.container()]},
        }
        self.cluster.call("POST", self.pods_path, pod)
        self.note("plain create -> Ready", self.pods.until(since, name, ready, "Ready") - since, warm_up)
        self.note_output("plain create -> output", since, name, warm_up)
        self.settle()
        since = uptime()
        self.cluster.call("DELETE", f"{self.pods_path}/{name}")
        self.note("plain delete -> gone", self.pods.until(since, name, gone, "gone") - since, warm_up)

    def stoppable(self, name: str, warm_up: bool) -> None:
        self.settle()
        since = uptime()
        self.cluster.call("POST", self.containers_path, {
            "apiVersion": "stoppablecontainer.xtlsoft.top/v1alpha1", "kind": "StoppableContainer",
            "metadata": {"name": name},
            "spec": {"running": True, "template": {"container": self.container()}},
        })
        self.note("create -> Ready", self.pods.until(since, name, ready, "Ready") - since, warm_up)
        self.note("create -> sc Ready", self.containers.until(since, name, ready, "Ready") - since, warm_up)
        self.note_output("create -> output", since, name, warm_up)

        self.settle()
        since = self.switch(name, False)
        self.note("stop -> pod gone", self.pods.until(since, name, gone, "gone") - since, warm_up)
        stopped = self.containers.until(
            since, name, lambda kind, sc: sc.get("status", {}).get("phase") == "Stopped", "Stopped")
        self.note("stop -> phase Stopped", stopped - since, warm_up)

        self.settle()
        since = self.switch(name, True)
        self.note("start -> Ready", self.pods.until(since, name, ready, "Ready") - since, warm_up)
        self.note("start -> sc Ready", self.containers.until(since, name, ready, "Ready") - since, warm_up)
        self.note_output("start -> output", since, name, warm_up)

        self.settle()
        since = uptime()
        self.cluster.call("DELETE", f"{self.containers_path}/{name}")
        self.note("delete -> all gone", self.containers.until(since, name, gone, "gone") - since, warm_up)

    def switch(self, name: str, running: bool) -> float:
        since = uptime()
        self.cluster.call(
            "PATCH", f"{self.containers_path}/{name}", {"spec": {"running": running}}, "application/merge-patch+json")
        return since


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def table(times: dict[str, list[float]]) -> str:
    lines = [
        "| phase | median s | p95 s | plain pod median s | ratio |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for phase, plain in PHASES.items():
        if phase in times and plain in times:
            mine, other = statistics.median(times[phase]), statistics.median(times[plain])
            lines.append(
                f"| {phase} | {mine:.2f} | {percentile(times[phase], 0.95):.2f} | {other:.2f} | {mine / other:.2f} |")
    for phase in ("create -> sc Ready", "start -> sc Ready", "stop -> phase Stopped"):
        if phase in times:
            lines.append(
                f"| {phase} | {statistics.median(times[phase]):.2f} | {percentile(times[phase], 0.95):.2f} | | |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--image", required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--kubectl", default="kubectl")
    parser.add_argument("--remote", action="store_true", help="the node is another machine: its uptime says nothing here")
    options = parser.parse_args()

    cluster = Cluster(options.kubectl)
    namespace = f"bench-{os.getpid()}"
    cluster.call("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    try:
        # The first pods of a namespace wait for its service account.
        account = f"/api/v1/namespaces/{namespace}/serviceaccounts/default"
        while '"kind": "ServiceAccount"' not in cluster.call("GET", account, missing_is_fine=True) and \
                '"kind":"ServiceAccount"' not in cluster.call("GET", account, missing_is_fine=True):
            time.sleep(0.2)
        bench = Bench(cluster, namespace, options.image, local=not options.remote)
        for number in range(options.rounds + 1):
            # Round 0 warms up. Who goes first alternates, so that neither always follows the other.
            both = [bench.plain, bench.stoppable]
            for measure in both if number % 2 else reversed(both):
                measure(f"{measure.__name__}-{number}", warm_up=number == 0)
            print("warmed up" if number == 0 else f"round {number} of {options.rounds}", flush=True)
    finally:
        # StoppableContainers first: their namespace can't end before them.
        cluster.call("DELETE", f"{GROUP}/namespaces/{namespace}/stoppablecontainers", missing_is_fine=True)
        cluster.call("DELETE", f"/api/v1/namespaces/{namespace}", missing_is_fine=True)

    text = table(bench.times)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "bench.md").write_text(text + "\n")
    (options.out / "bench.json").write_text(json.dumps(
        {"rounds": options.rounds, "image": options.image, "cpus": os.cpu_count(), "kernel": os.uname().release,
         "seconds": bench.times}, indent=1) + "\n")
    print(f"\n{text}\n\nEach measured time: {options.out / 'bench.json'}")


if __name__ == "__main__":
    main()
