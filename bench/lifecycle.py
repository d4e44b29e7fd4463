"""The lifecycle of a StoppableContainer and of a plain pod with the same image and command."""

import math
import time

import manifests
from apiserver import GROUP, Cluster, Watch, gone, ready, uptime
from figures import offset

# Prints the uptime first. Ends at once on SIGTERM, because otherwise a stop would measure the grace period.
PROGRAM = "trap 'exit 0' TERM; cut -d' ' -f1 /proc/uptime; sleep 1000000 & wait"


class Lifecycle:
    """Rounds of one plain pod and one StoppableContainer; the times of all rounds are in `times`."""

    def __init__(self, cluster: Cluster, namespace: str, image: str, local: bool, listener=None):
        self.cluster, self.namespace, self.image, self.local = cluster, namespace, image, local
        self.pods_path = f"/api/v1/namespaces/{namespace}/pods"
        self.containers_path = f"{GROUP}/namespaces/{namespace}/stoppablecontainers"
        self.times: dict[str, list[float]] = {}
        # Name, start and end of each step of the last StoppableContainer.
        self.steps: list[tuple[str, float, float]] = []
        # The user's writes: name of the StoppableContainer and time of the API server's answer.
        self.written: list[tuple[str, float]] = []
        self.pods = Watch(cluster, self.pods_path, listener)
        self.containers = Watch(cluster, self.containers_path)
        self.pods.start()
        self.containers.start()
        self.looked = uptime()
        self.number = 0

    def round(self, number: int) -> None:
        """Round 0 warms up. The order alternates, so that neither always follows the other."""
        self.number = number
        both = [self.plain, self.stoppable]
        for measure in both if number % 2 else reversed(both):
            measure(f"{measure.__name__}-{number}")

    def note(self, phase: str, since: float, until: float) -> None:
        if self.number:
            self.times.setdefault(phase, []).append(until - since)

    def pod_is(self, since: float, name: str, fits, what: str) -> float:
        """Time at which the pod matches. Kubelet has just checked its containers then."""
        self.looked = self.pods.until(since, name, fits, what)
        return self.looked

    def settle(self) -> float:
        """Waits for two or three seconds, until this round's point of kubelet's second.

        Kubelet checks a pod that has just changed once more before it stops the pod; a user rarely stops that early.
        """
        due = self.looked + offset(self.number)
        due += max(0, math.ceil(uptime() + 2.0 - due))
        time.sleep(due - uptime())
        return uptime()

    def container(self) -> dict:
        return manifests.container(self.image, PROGRAM)

    def first_output(self, pod: str) -> float:
        for _ in range(100):
            lines = self.cluster.call("GET", f"{self.pods_path}/{pod}/log?container=main", missing_is_fine=True).split()
            try:
                return float(lines[0])
            except (IndexError, ValueError):
                time.sleep(0.1)
        raise SystemExit(f"bench: {pod} printed no uptime")

    def note_output(self, phase: str, since: float, pod: str) -> None:
        """Does nothing if the program's uptime is not this machine's."""
        if self.local:
            self.note(phase, since, self.first_output(pod))

    def plain(self, name: str) -> None:
        since = self.settle()
        self.cluster.call("POST", self.pods_path, manifests.pod(name, self.container()))
        self.note("plain create -> Ready", since, self.pod_is(since, name, ready, "Ready"))
        self.note_output("plain create -> output", since, name)
        since = self.settle()
        self.cluster.call("DELETE", f"{self.pods_path}/{name}")
        self.note("plain delete -> gone", since, self.pod_is(since, name, gone, "gone"))

    def stoppable(self, name: str) -> None:
        self.steps = []
        since = self.settle()
        self.write("POST", self.containers_path, name, manifests.stoppable(name, self.container()))
        self.until_runs("create", name, since)

        since = self.switch(name, False)
        self.note("stop -> pod gone", since, self.pod_is(since, name, gone, "gone"))
        stopped = self.containers.until(
            since, name, lambda _, sc: sc.get("status", {}).get("phase") == "Stopped", "Stopped")
        self.note("stop -> phase Stopped", since, stopped)
        self.steps.append(("stop", since, stopped))

        self.until_runs("start", name, self.switch(name, True))

        since = self.settle()
        self.write("DELETE", f"{self.containers_path}/{name}", name)
        both = max(self.pod_is(since, pod, gone, "gone") for pod in (name, f"{name}-provider"))
        self.looked = both
        all_gone = self.containers.until(since, name, gone, "gone")
        self.note("delete -> pods gone", since, both)
        self.note("delete -> all gone", since, all_gone)
        self.steps.append(("delete", since, all_gone))

    def until_runs(self, step: str, name: str, since: float) -> None:
        self.note(f"{step} -> Ready", since, self.pod_is(since, name, ready, "Ready"))
        ready_at = self.containers.until(since, name, ready, "Ready")
        self.note(f"{step} -> sc Ready", since, ready_at)
        self.note_output(f"{step} -> output", since, name)
        self.steps.append((step, since, ready_at))

    def switch(self, name: str, running: bool) -> float:
        since = self.settle()
        self.write("PATCH", f"{self.containers_path}/{name}", name, {"spec": {"running": running}},
                   "application/merge-patch+json")
        return since

    def write(self, method: str, path: str, name: str, body=None, content_type=None) -> None:
        self.cluster.call(method, path, body, content_type)
        if self.number:
            self.written.append((name, uptime()))
