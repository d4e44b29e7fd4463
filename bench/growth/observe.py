"""What the benchmarks of growth look at: resources, processes, and the API server's audit log.

Only the standard library is used, and what make bench has.
"""

import collections
import concurrent.futures
import http.client
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from apiserver import GROUP, SYSTEM_NAMESPACE as SYSTEM, Cluster, ready, uptime  # noqa: E402

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")

# Part of the cluster, and a word of its command line.
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
    """Requests from several threads, each over a connection of its own."""

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
        """Calls it for all, several at a time, and raises the first failure."""
        for _ in self.pool.map(function, items):
            pass

    def ensure_namespace(self, name: str) -> None:
        """Makes it if it is missing, and waits until pods can be made there."""
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
    """Starts or stops a StoppableContainer. Returns when it was asked for."""
    since = uptime()
    api.call(
        "PATCH", f"{GROUP}/namespaces/{namespace}/stoppablecontainers/{name}",
        {"spec": {"running": running}}, "application/merge-patch+json")
    return since


class States(threading.Thread):
    """The state of each object of a kind, and since when: all that is kept of its watch's events."""

    def __init__(self, api: Api, path: str, state, told=None):
        super().__init__(daemon=True)
        self.api, self.path, self.state, self.told = api, path, state, told
        self.changed = threading.Condition()
        self.known: dict[tuple[str, str], tuple[object, float]] = {}
        self.broken = None
        self.start()

    def run(self) -> None:
        try:
            while True:
                self.watch(self.take_in())
        except BaseException as failure:  # told to those who wait
            with self.changed:
                self.broken = failure
                self.changed.notify_all()

    def take_in(self) -> str:
        page = self.api.get(f"{self.path}?limit=500")
        while True:
            for thing in page["items"]:
                self.note("ADDED", thing)
            if not page["metadata"].get("continue"):
                return page["metadata"]["resourceVersion"]
            page = self.api.get(f"{self.path}?limit=500&continue={page['metadata']['continue']}")

    def watch(self, version: str) -> None:
        while True:
            connection = self.api.cluster.connect()
            connection.timeout = 3600
            connection.request(
                "GET", f"{self.path}?watch=1&allowWatchBookmarks=true&resourceVersion={version}",
                headers=self.api.cluster.headers)
            try:
                answer = connection.getresponse()
                while line := answer.readline():
                    event = json.loads(line)
                    if event["type"] == "ERROR":
                        return
                    version = event["object"]["metadata"]["resourceVersion"]
                    if event["type"] != "BOOKMARK":
                        self.note(event["type"], event["object"])
            except (http.client.HTTPException, OSError):
                time.sleep(0.2)

    def note(self, kind: str, thing: dict) -> None:
        at = uptime()
        key = (thing["metadata"]["namespace"], thing["metadata"]["name"])
        if self.told:
            self.told(kind, thing)
        with self.changed:
            if kind == "DELETED":
                self.known.pop(key, None)
            else:
                state = self.state(thing)
                if key not in self.known or self.known[key][0] != state:
                    self.known[key] = (state, at)
            self.changed.notify_all()

    def until(self, fits, what: str, timeout_seconds: float) -> None:
        """Waits until it fits what is known of all objects."""
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
        """Waits until all of these are in the state, and tells since when each is."""
        missing = set(keys)

        def fits(known) -> bool:
            missing.difference_update([key for key in missing if known.get(key, (None,))[0] == state])
            return not missing

        self.until(fits, f"all {what}", timeout_seconds)
        return [self.known[key][1] for key in keys]

    def gone(self, keys, timeout_seconds: float) -> None:
        missing = set(keys)
        self.until(lambda known: not missing.intersection(known), "all gone", timeout_seconds)


def resource_state(thing: dict) -> str:
    """Ready for a StoppableContainer that is, else its phase."""
    return "Ready" if ready("MODIFIED", thing) else thing.get("status", {}).get("phase", "")


def pod_state(thing: dict) -> str:
    return "Ready" if ready("MODIFIED", thing) else thing.get("status", {}).get("phase", "")


class Processes:
    """The processes of one embedded cluster, known by its cgroup."""

    def __init__(self, cluster_id: str, others: dict[str, int]):
        self.cgroup = f"/sc-{cluster_id}"
        self.others = others

    def find(self) -> dict[str, int]:
        found = dict(self.others)
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if not any(line.rstrip().split(":", 2)[2].split("/")[1:2] == [self.cgroup[1:]]
                           for line in (folder / "cgroup").read_text().splitlines()):
                    continue
                words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            for part, word in PARTS.items():
                if word in (pathlib.Path(w).name for w in words[:2]) or (word.startswith("top.") and word in words):
                    found.setdefault(part, int(folder.name))
        return found

    def cpu(self) -> dict[str, float]:
        """Seconds of processor time that each part has used since it started."""
        return {part: cpu_seconds(pid) for part, pid in self.find().items()}

    def pss(self, part: str) -> float:
        """MiB of memory of a part, what it shares with others counted in shares."""
        text = pathlib.Path(f"/proc/{self.find()[part]}/smaps_rollup").read_text()
        return int(re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE).group(1)) / 1024

    def started(self, part: str) -> float:
        """When its process began, on the clock of uptime()."""
        return int(stat(self.find()[part])[19]) / TICKS_PER_SECOND


def stat(pid: int) -> list[str]:
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def cpu_seconds(pid: int) -> float:
    fields = stat(pid)
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def difference(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    return {part: round(after[part] - before[part], 3) for part in after if part in before}


NOT_COUNTED = ("leases", "subjectaccessreviews", "tokenreviews")


def audited(node_pid: int, since: str, user: str) -> collections.Counter:
    """What a service account of ours asked the API server for: (verb, resource, code).

    Not counted are its lease, and the reviews of who asks it for metrics.
    """
    counts: collections.Counter = collections.Counter()
    for log in sorted(pathlib.Path(f"/proc/{node_pid}/root/var/log").glob("audit*.log")):
        with log.open() as lines:
            for line in lines:
                try:
                    entry = json.loads(line)
                except ValueError:
                    continue  # the line that is being written
                thing = entry.get("objectRef", {})
                if entry["stageTimestamp"] < since or not entry["user"]["username"].endswith(":" + user):
                    continue
                if thing.get("resource") in NOT_COUNTED or entry["verb"] == "watch":
                    continue
                name = "/".join(filter(None, [thing.get("resource"), thing.get("subresource")]))
                counts[(entry["verb"], name, entry["responseStatus"]["code"])] += 1
    return counts


def now() -> str:
    """A time as the audit log has it."""
    seconds = time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds % 1 * 1e6):06d}Z"


def settle(processes: Processes, part: str, timeout_seconds: float = 120) -> None:
    """Waits until a part has used less than 2 % of a core for 3 seconds."""
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
