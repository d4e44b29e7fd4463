"""What operator, agent, a stopped container and the images cost."""

import json
import pathlib
import statistics
import tarfile
import time

from apiserver import GROUP, SYSTEM_NAMESPACE, Cluster, Watch, ready
from node import Node

RESOURCES = 10
REST_SECONDS = 30
REACH = {
    "operator, Pss MiB": 128, "operator, share of a core %": 0.3, "operator, start -> Ready s": 1.5,
    "agent, Pss MiB": 80, "agent, share of a core %": 0.2,
    "provider pod, Pss MiB of its two processes": 2, "images together, MB": 150,
}


def image_megabytes(archives: list[pathlib.Path]) -> float:
    """Unpacked, layers that the images share counted once."""
    layers: dict[str, int] = {}
    for archive in archives:
        with tarfile.open(archive) as tar:
            manifest = json.load(tar.extractfile("manifest.json"))
            for layer in manifest[0]["Layers"]:
                member = tar.getmember(layer)
                layers[member.linkname or layer] = member.size
    return sum(layers.values()) / 1e6


def measure(cluster: Cluster, node: Node, namespace: str, image: str, archives: list[pathlib.Path], idle: float) -> dict:
    """With RESOURCES stopped StoppableContainers and nothing to do, and then a start of the operator."""
    path = f"{GROUP}/namespaces/{namespace}/stoppablecontainers"
    watch = Watch(cluster, path)
    watch.start()
    names = [f"idle-{number}" for number in range(RESOURCES)]
    for name in names:
        cluster.call("POST", path, {
            "apiVersion": "stoppablecontainer.xtlsoft.top/v1alpha1", "kind": "StoppableContainer",
            "metadata": {"name": name},
            "spec": {"running": False, "template": {"container": {"image": image, "imagePullPolicy": "IfNotPresent"}}},
        })
    for name in names:
        watch.until(0, name, lambda _, sc: sc.get("status", {}).get("phase") == "Stopped", "Stopped")
    # What the creates left to be done is done.
    time.sleep(REST_SECONDS)
    programs = {"operator": program(node, "Operator"), "agent": program(node, "Agent")}
    shares = node.cpu_share(list(programs.values()), idle)
    result = {}
    for (who, pid), share in zip(programs.items(), shares):
        result[f"{who}, Pss MiB"] = node.pss_mib(pid)
        result[f"{who}, share of a core %"] = share * 100
    providers = [node.pss_mib(pid) for pid in node.find("/.sc-bin/pause")]
    result["provider pod, Pss MiB of its two processes"] = 2 * statistics.mean(providers)
    for name in names:
        cluster.call("DELETE", f"{path}/{name}")
    result["operator, start -> Ready s"] = start(cluster, node)
    if archives:
        result["images together, MB"] = image_megabytes(archives)
    return result


def program(node: Node, main: str) -> int:
    return node.find("/opt/java/bin/java", f"top.xtlsoft.stoppablecontainer.{main}")[0]


def start(cluster: Cluster, node: Node) -> float:
    """From the start of the operator's process until its pod is told to be Ready."""
    pods = f"/api/v1/namespaces/{SYSTEM_NAMESPACE}/pods"
    old = [pod["metadata"]["name"] for pod in json.loads(
        cluster.call("GET", f"{pods}?labelSelector=control-plane%3Dcontroller-manager"))["items"]]
    watch = Watch(cluster, pods)
    watch.start()
    for name in old:
        cluster.call("DELETE", f"{pods}/{name}")
    told = watch.until_any(0, lambda kind, pod: ready(kind, pod) and pod["metadata"]["name"] not in old
                           and pod["metadata"].get("labels", {}).get("control-plane") == "controller-manager", "Ready")
    return told - node.started(program(node, "Operator"))


def table(result: dict) -> str:
    lines = ["| | measured | to reach |", "| --- | ---: | ---: |"]
    for what, value in result.items():
        lines.append(f"| {what} | {value:.2f} | {REACH[what]} |")
    return "\n".join(lines)
