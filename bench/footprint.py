"""Memory, CPU and start time of operator and agent, memory of a stopped container, size of the images."""

import json
import os
import pathlib
import statistics
import tarfile
import threading
import time
import urllib.parse

from apiserver import GROUP, SYSTEM_NAMESPACE, Cluster, Watch, ready
from manifests import stoppable
from node import PROC, Node, pss_mib, started

RESOURCES = 10
REST_SECONDS = 30
STARTS = 3
# Label of the pods of each.
LABELS = {"operator": ("control-plane", "controller-manager"), "agent": ("app.kubernetes.io/component", "agent")}
REACH = {
    "operator, Pss MiB": 128, "operator, share of a core %": 0.3, "operator, start -> Ready on one core, s": 1.5,
    "agent, Pss MiB": 80, "agent, share of a core %": 0.2, "agent, start -> Ready on one core, s": 1.5,
    "provider pod, Pss MiB of its two processes": 2, "images together, MB": 150,
}


def image_megabytes(archives: list[pathlib.Path]) -> float:
    """Unpacked size; a layer that the images share counts once."""
    layers: dict[str, int] = {}
    for archive in archives:
        with tarfile.open(archive) as tar:
            manifest = json.load(tar.extractfile("manifest.json"))
            for layer in manifest[0]["Layers"]:
                member = tar.getmember(layer)
                layers[member.linkname or layer] = member.size
    return sum(layers.values()) / 1e6


def measure(cluster: Cluster, node: Node, namespace: str, image: str, archives: list[pathlib.Path], idle: float) -> dict:
    """Measures the idle programs with RESOURCES stopped StoppableContainers, then starts of both."""
    path = f"{GROUP}/namespaces/{namespace}/stoppablecontainers"
    watch = Watch(cluster, path)
    watch.start()
    names = [f"idle-{number}" for number in range(RESOURCES)]
    for name in names:
        cluster.call("POST", path, stoppable(name, {"image": image, "imagePullPolicy": "IfNotPresent"}, running=False))
    for name in names:
        watch.until(0, name, lambda _, sc: sc.get("status", {}).get("phase") == "Stopped", "Stopped")
    # The work after the creates must be over.
    time.sleep(REST_SECONDS)
    programs = {who: node.find(*words(who))[0] for who in LABELS}
    shares = node.cpu_share(list(programs.values()), idle)
    result = {}
    for (who, pid), share in zip(programs.items(), shares):
        result[f"{who}, Pss MiB"] = pss_mib(pid)
        result[f"{who}, share of a core %"] = share * 100
    providers = [pss_mib(pid) for pid in node.find("/.sc-bin/pause")]
    result["provider pod, Pss MiB of its two processes"] = 2 * statistics.mean(providers)
    for name in names:
        cluster.call("DELETE", f"{path}/{name}")
    for who in LABELS:
        times = [start(cluster, node, who) for _ in range(STARTS)]
        result[f"{who}, start -> Ready on one core, s"] = statistics.median(times)
    if archives:
        result["images together, MB"] = image_megabytes(archives)
    return result


def words(who: str) -> tuple[str, str]:
    """Words of the command line of operator or agent."""
    return "/opt/java/bin/java", f"top.xtlsoft.stoppablecontainer.{who}.{who.capitalize()}"


class OneCore(threading.Thread):
    """Restricts the next process of a program to one core, from its first milliseconds on."""

    def __init__(self, node: Node, words: tuple[str, str], timeout_seconds: float = 60):
        super().__init__(daemon=True)
        self.node, self.words, self.end = node, words, time.monotonic() + timeout_seconds
        self.before, self.pid = set(node.find(*words)), 0

    def run(self) -> None:
        core = min(os.sched_getaffinity(0))
        while not self.pid and time.monotonic() < self.end:
            for pid in set(self.node.find(*self.words)) - self.before:
                try:
                    # Later threads inherit the affinity.
                    for thread in (PROC / str(pid) / "task").iterdir():
                        os.sched_setaffinity(int(thread.name), {core})
                    self.pid = pid
                except OSError:
                    continue  # a process of the runtime, which has executed another program or ended


def start(cluster: Cluster, node: Node, who: str) -> float:
    """Seconds from the start of a program's process, on one core, until the API server shows its pod as Ready."""
    pods = f"/api/v1/namespaces/{SYSTEM_NAMESPACE}/pods"
    label, value = LABELS[who]
    old = [pod["metadata"]["name"] for pod in json.loads(
        cluster.call("GET", f"{pods}?labelSelector={urllib.parse.quote(label)}%3D{value}"))["items"]]
    watch = Watch(cluster, pods)
    watch.start()
    core = OneCore(node, words(who))
    core.start()
    for name in old:
        cluster.call("DELETE", f"{pods}/{name}")
    ready_at = watch.until_any(0, lambda kind, pod: ready(kind, pod) and pod["metadata"]["name"] not in old
                               and pod["metadata"].get("labels", {}).get(label) == value, "Ready")
    core.join()
    if not core.pid:
        raise SystemExit(f"bench: no new process of the {who} was found")
    return ready_at - started(core.pid)


def table(result: dict) -> str:
    lines = ["| | measured | to reach |", "| --- | ---: | ---: |"]
    for what, value in result.items():
        lines.append(f"| {what} | {value:.2f} | {REACH[what]} |")
    return "\n".join(lines)
