"""Observes resources, processes and the API server's audit log for the growth benchmarks.

Uses only the standard library and the modules of make bench.
"""

import collections
import concurrent.futures
import http.client
import json
import os
import pathlib
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from apiserver import GROUP, SYSTEM_NAMESPACE as SYSTEM, Cluster, WatchError, follow, ready, uptime  # noqa: E402
from node import Node, cpu_seconds, pss_mib, started  # noqa: E402

# Part of the cluster, and a word in its command line.
PARTS = {
    "operator": "top.xtlsoft.stoppablecontainer.operator.Operator",
    "agent": "top.xtlsoft.stoppablecontainer.agent.Agent",
    "API server": "kube-apiserver",
    "etcd": "etcd",
    "scheduler": "kube-scheduler",
    "controller manager": "kube-controller-manager",
    "kubelet": "kubelet",
    "containerd": "containerd",
}


class Api:
    """Requests from several threads, each with its own connection."""

    def __init__(self, kubectl: str, threads: int = 8):
        self.kubectl = kubectl
        self.own = threading.local()
        self.pool = concurrent.futures.ThreadPoolExecutor(threads)

    @property
    def cluster(self) -> Cluster:
        if not hasattr(self.own, "cluster"):
            self.own.cluster = Cluster(self.kubectl)
        return self.own.cluster

    def call(self, method: str, path: str, body=None, content_type=None, missing_is_fine=False) -> str:
        for attempt in range(5):
            try:
                return self.cluster.call(method, path, body, content_type, missing_is_fine)
            except (http.client.HTTPException, OSError):
                if attempt == 4:
                    raise
        raise AssertionError

    def get(self, path: str):
        return json.loads(self.call("GET", path))

    def each(self, function, items) -> None:
        """Calls the function for all items in parallel, and raises the first failure."""
        for _ in self.pool.map(function, items):
            pass

    def ensure_namespace(self, name: str) -> None:
        """Creates the namespace if it is missing, and waits until it accepts pods."""
        try:
            self.call("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
        except SystemExit as refusal:
            if " 409 " not in str(refusal):
                raise
        account = f"/api/v1/namespaces/{name}/serviceaccounts/default"
        while not json.loads(self.call("GET", account, missing_is_fine=True)).get("metadata", {}).get("uid"):
            time.sleep(0.1)

    def delete_namespace(self, name: str) -> None:
        self.call("DELETE", f"{GROUP}/namespaces/{name}/stoppablecontainers", missing_is_fine=True)
        self.call("DELETE", f"/api/v1/namespaces/{name}", missing_is_fine=True)


def switch(api: Api, namespace: str, name: str, running: bool) -> float:
    """Starts or stops a StoppableContainer; returns the time of the request."""
    since = uptime()
    api.call(
        "PATCH", f"{GROUP}/namespaces/{namespace}/stoppablecontainers/{name}",
        {"spec": {"running": running}}, "application/merge-patch+json")
    return since


class States(threading.Thread):
    """The state of each object of a collection and the time of its last change, from a watch."""

    def __init__(self, api: Api, path: str, state, listener=None):
        super().__init__(daemon=True)
        self.api, self.path, self.state, self.listener = api, path, state, listener
        self.changed = threading.Condition()
        self.known: dict[tuple[str, str], tuple[object, float]] = {}
        self.broken = None
        self.start()

    def run(self) -> None:
        try:
            while True:
                try:
                    for kind, thing in follow(self.api.cluster, self.path, self.list_all()):
                        self.note(kind, thing)
                except WatchError:
                    continue  # lists again
        except BaseException as failure:  # until() raises it
            with self.changed:
                self.broken = failure
                self.changed.notify_all()

    def list_all(self) -> str:
        """Reads all objects; returns the resourceVersion to watch from."""
        page = self.api.get(f"{self.path}?limit=500")
        while True:
            for thing in page["items"]:
                self.note("ADDED", thing)
            if not page["metadata"].get("continue"):
                return page["metadata"]["resourceVersion"]
            page = self.api.get(f"{self.path}?limit=500&continue={page['metadata']['continue']}")

    def note(self, kind: str, thing: dict) -> None:
        at = uptime()
        key = (thing["metadata"]["namespace"], thing["metadata"]["name"])
        if self.listener:
            self.listener(kind, thing)
        with self.changed:
            if kind == "DELETED":
                self.known.pop(key, None)
            else:
                state = self.state(thing)
                if key not in self.known or self.known[key][0] != state:
                    self.known[key] = (state, at)
            self.changed.notify_all()

    def until(self, fits, what: str, timeout_seconds: float) -> None:
        """Waits until the states of all objects match."""
        end = uptime() + timeout_seconds
        with self.changed:
            while not fits(self.known):
                if self.broken:
                    raise SystemExit(f"bench-growth: the watch of {self.path} broke: {self.broken!r}")
                left = end - uptime()
                if left <= 0:
                    raise SystemExit(f"bench-growth: not {what} after {timeout_seconds:.0f} s")
                self.changed.wait(min(left, 1.0))

    def when(self, keys, state, what: str, timeout_seconds: float) -> list[float]:
        """Waits until all of these have the state; returns the time at which each got it."""
        missing = set(keys)

        def fits(known) -> bool:
            missing.difference_update([key for key in missing if known.get(key, (None,))[0] == state])
            return not missing

        self.until(fits, f"all {what}", timeout_seconds)
        return [self.known[key][1] for key in keys]

    def gone(self, keys, timeout_seconds: float) -> None:
        missing = set(keys)
        self.until(lambda known: not missing.intersection(known), "all gone", timeout_seconds)


def state(thing: dict) -> str:
    """Ready if the object is ready, otherwise its phase."""
    return "Ready" if ready("MODIFIED", thing) else thing.get("status", {}).get("phase", "")


class Processes:
    """The parts of one embedded cluster, by the processes in its cgroup."""

    def __init__(self, cluster_id: str, others: dict[str, int]):
        self.node = Node(f"sc-{cluster_id}")
        self.others = others

    def find(self) -> dict[str, int]:
        found = dict(self.others)
        for pid, _, words in self.node.processes():
            for part, word in PARTS.items():
                if word in (pathlib.Path(w).name for w in words[:2]) or (word.startswith("top.") and word in words):
                    found.setdefault(part, pid)
        return found

    def cpu(self) -> dict[str, float]:
        """Processor time of each part since its start, in seconds."""
        return {part: cpu_seconds(pid) for part, pid in self.find().items()}

    def pss(self, part: str) -> float:
        """Memory of a part in MiB (Pss)."""
        return pss_mib(self.find()[part])

    def started(self, part: str) -> float:
        """Start time of the part's process, on the clock of uptime()."""
        return started(self.find()[part])


def difference(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    return {part: round(after[part] - before[part], 3) for part in after if part in before}


NOT_COUNTED = ("leases", "subjectaccessreviews", "tokenreviews")


def audited(node_pid: int, since: str, user: str) -> collections.Counter:
    """Number of a service account's API requests by (verb, resource, code), without leases and access reviews."""
    counts: collections.Counter = collections.Counter()
    for log in sorted(pathlib.Path(f"/proc/{node_pid}/root/var/log").glob("audit*.log")):
        with log.open() as lines:
            for line in lines:
                try:
                    entry = json.loads(line)
                except ValueError:
                    continue  # a line that is being written
                thing = entry.get("objectRef", {})
                if entry["stageTimestamp"] < since or not entry["user"]["username"].endswith(":" + user):
                    continue
                if thing.get("resource") in NOT_COUNTED or entry["verb"] == "watch":
                    continue
                name = "/".join(filter(None, [thing.get("resource"), thing.get("subresource")]))
                counts[(entry["verb"], name, entry["responseStatus"]["code"])] += 1
    return counts


def now() -> str:
    """The current time in the audit log's format."""
    seconds = time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds % 1 * 1e6):06d}Z"


def settle(processes: Processes, part: str, timeout_seconds: float = 120) -> None:
    """Waits until a part uses less than 2 % of a core for 3 seconds."""
    end = time.monotonic() + timeout_seconds
    before = processes.cpu()[part]
    while time.monotonic() < end:
        time.sleep(3)
        after = processes.cpu()[part]
        if after - before < 0.06:
            return
        before = after


def machine() -> dict:
    return {"cpus": os.cpu_count(), "kernel": os.uname().release, "load average": round(os.getloadavg()[0], 1)}


def save(file: pathlib.Path, results) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(results, indent=1) + "\n")


def kubectl(*arguments: str) -> str:
    return subprocess.run(
        [os.environ.get("KUBECTL", "kubectl"), *arguments], check=True, capture_output=True, text=True).stdout
