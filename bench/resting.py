"""What containers cost that nothing happens to: parked ones, and running ones that are watched for idleness."""

import statistics
import time

import manifests
from apiserver import GROUP, Cluster, Watch, parked, ready
from node import Node, pss_mib

REST_SECONDS = 30
# The shortest time gives a look every two seconds; that of most users gives one every 128.
WATCHED, WATCHED_EACH_SECONDS, USUAL_EACH_SECONDS = "16s", 2, 128
SCALE = 100
AWAKE = {"stoppablecontainer.xtlsoft.top/keep-awake-until": "2040-01-31T18:00:00Z"}

MEMORY = "parked: Pss MiB of sc-exec and of the provider pod's two programs"
CPU = "parked: share of a core % of these programs, all together"
IDLE = f"idle checks of {SCALE} that run: share of a core %"
REACH = {MEMORY: "< 2", CPU: "0", IDLE: "< 0.1"}


def measure(cluster: Cluster, node: Node, namespace: str, image: str, number: int, seconds: float) -> dict[str, float]:
    """Measures with so many parked containers, and then with as many that run."""
    path = f"{GROUP}/namespaces/{namespace}/stoppablecontainers"
    watch = Watch(cluster, path)
    watch.start()
    names = [f"rest-{each}" for each in range(number)]
    container = manifests.container(image, "trap 'exit 0' TERM; sleep 1000000 & wait")
    for name in names:
        cluster.call("POST", path, manifests.stoppable(name, container, running=False, whenStopped="Park"))
    for name in names:
        watch.until(0, name, parked, "Parked")
    time.sleep(REST_SECONDS)
    waiting = node.find("/.sc-bin/sc-exec")
    providers = node.find("/.sc-bin/pause")
    if len(waiting) < number or len(providers) < 2 * number:
        raise SystemExit(f"bench: {number} are parked, but {len(waiting)} sc-exec and {len(providers)} pause are there")
    result = {
        MEMORY: statistics.mean(map(pss_mib, waiting)) + 2 * statistics.mean(map(pss_mib, providers)),
        CPU: sum(node.cpu_share(waiting + providers, seconds)) * 100}
    change(cluster, path, names, {"metadata": {"annotations": AWAKE}, "spec": {"running": True}})
    for name in names:
        watch.until(0, name, ready, "Ready")
    result[IDLE] = idle_checks(cluster, node, path, names, seconds)
    return result


def idle_checks(cluster: Cluster, node: Node, path: str, names: list[str], seconds: float) -> float:
    """The agent's processor time with looks, less that without them."""
    agent = node.find("/opt/java/bin/java", "top.xtlsoft.stoppablecontainer.agent.Agent")
    time.sleep(REST_SECONDS)
    without = node.cpu_share(agent, seconds)[0]
    change(cluster, path, names, {"spec": {"idle": {"after": WATCHED}}})
    time.sleep(REST_SECONDS)
    return usual(node.cpu_share(agent, seconds)[0] - without, len(names))


def usual(share: float, number: int) -> float:
    """The share in % of looks at SCALE containers in the usual interval, from that of looks at so many in the shortest one."""
    return max(0.0, share) * 100 * WATCHED_EACH_SECONDS / USUAL_EACH_SECONDS * SCALE / number


def change(cluster: Cluster, path: str, names: list[str], patch: dict) -> None:
    for name in names:
        cluster.call("PATCH", f"{path}/{name}", patch, "application/merge-patch+json")


def table(result: dict[str, float], number: int) -> str:
    lines = [f"| with {number} containers | measured | to reach |", "| --- | ---: | ---: |"]
    for what, value in result.items():
        lines.append(f"| {what} | {value:.3f} | {REACH[what]} |")
    return "\n".join(lines)
