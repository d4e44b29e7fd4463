"""The timeline of one lifecycle, from the logs of all programs.

It reads the logs of operator and agent and, on the embedded cluster, those of kubelet and containerd, and the writes of
operator and agent in the API server's audit log. All use the clock of one machine.
"""

import datetime
import json
import pathlib
import re
import urllib.parse

from apiserver import SYSTEM_NAMESPACE, Cluster

Event = tuple[float, str, str]

CONTAINERD = [
    (r"RunPodSandbox for .*Name:(?P<pod>[^,]+),.* returns sandbox id", "{pod}: sandbox runs"),
    (r'StartContainer for \\?"(?P<id>\w+)\\?" returns successfully', "{id}: started"),
    (r'StopContainer for \\?"(?P<id>\w+)\\?" returns successfully', "{id}: stopped"),
    (r'StopPodSandbox for \\?"(?P<id>\w+)\\?" returns successfully', "{id}: sandbox stopped"),
]
KUBELET = [
    (r'"SyncLoop ADD" source="api" pods=\["(?P<pod>[^"]+)"', "{pod}: seen"),
    (r'"SyncLoop DELETE" source="api" pods=\["(?P<pod>[^"]+)"', "{pod}: to be deleted"),
    (r'"SyncLoop REMOVE" source="api" pods=\["(?P<pod>[^"]+)"', "{pod}: gone"),
    (r'"Killing container with a grace period" pod="(?P<pod>[^"]+)".*containerName="(?P<container>[^"]+)"',
     "{pod}: stops {container}"),
    (r'"SyncLoop \(PLEG\): event for pod" pod="(?P<pod>[^"]+)" event=\{"ID":"[^"]+","Type":"(?P<type>\w+)"',
     "{pod}: looked, {type}"),
]


def seconds(rfc3339: str) -> float:
    """Seconds since 1970."""
    return datetime.datetime.fromisoformat(rfc3339).timestamp()


def of_program(who: str, log: str, namespace: str, name: str) -> list[Event]:
    """Log lines of operator or agent about one StoppableContainer; the keys precede the message."""
    events = []
    for line in log.splitlines():
        match = re.match(r"(\S+Z) +[A-Z]+ +\S+ (.*)", line)
        if not match or f"sc.namespace={namespace}" not in match[2]:
            continue
        if not re.search(rf"sc\.name={re.escape(name)}(-provider)?\b", match[2]):
            continue
        pod = re.search(r"sc\.name=(\S+?),? ", match[2])
        sentence = re.sub(r"(\S+=\S+,? )+", "", match[2], count=1).strip()
        events.append((seconds(match[1]), who, sentence + (f" ({pod[1]})" if who == "agent" and pod else "")))
    return events


def of_kubelet(log: str, namespace: str, name: str, day: datetime.date) -> list[Event]:
    """klog lines have no year, and the node's local time, which is UTC."""
    events = []
    for line in log.splitlines():
        if f"{namespace}/{name}" not in line:
            continue
        stamp = re.match(r"[IWE]\d{4} (\d\d:\d\d:\d\d\.\d{6}) ", line)
        for pattern, words in KUBELET:
            match = re.search(pattern, line)
            if stamp and match and match["pod"].removeprefix(f"{namespace}/") in (name, f"{name}-provider"):
                at = seconds(f"{day.isoformat()}T{stamp[1]}+00:00")
                fields = {key: value.removeprefix(f"{namespace}/") for key, value in match.groupdict().items()}
                events.append((at, "kubelet", words.format(**fields)))
    return events


def of_containerd(log: str, namespace: str, name: str) -> list[Event]:
    """Takes the names of sandbox and container ids from the lines of their creation."""
    known: dict[str, str] = {}
    events = []
    for line in log.splitlines():
        stamp = re.search(r'time="([^"]+)"', line)
        sandbox = re.search(r'Name:([^,]+),.*Namespace:([^,]+),.* returns sandbox id \\?"(\w+)', line)
        if sandbox and sandbox[2] == namespace and sandbox[1] in (name, f"{name}-provider"):
            known[sandbox[3]] = sandbox[1]
        made = re.search(r'within sandbox \\?"(\w+)\\?" for .*Name:([^,]+),.* returns container id \\?"(\w+)', line)
        if made and made[1] in known:
            known[made[3]] = f"{known[made[1]]}/{made[2]}"
        for pattern, words in CONTAINERD:
            match = re.search(pattern, line)
            if not stamp or not match:
                continue
            if "id" in match.groupdict():
                if match["id"] in known:
                    events.append((nano(stamp[1]), "containerd", words.format(id=known[match["id"]])))
            elif sandbox and sandbox[3] in known:
                events.append((nano(stamp[1]), "containerd", words.format(pod=match["pod"])))
    return events


def nano(stamp: str) -> float:
    """Seconds since 1970. Python reads six digits of a fraction, so the others are cut off."""
    return seconds(re.sub(r"(\.\d{6})\d*Z$", r"\1+00:00", stamp).replace("Z", "+00:00"))


def of_audit(log: str, namespace: str, name: str) -> list[Event]:
    """Writes of operator and agent, at the time of the request."""
    events = []
    for line in log.splitlines():
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            continue  # the end of a file that is being written
        thing = entry.get("objectRef", {})
        if thing.get("namespace") != namespace or entry["verb"] in ("get", "list", "watch"):
            continue
        who = "agent" if "mount-helper" in entry["user"]["username"] else "operator"
        what = thing.get("name", "")
        if what and what.split(".")[0].removesuffix("-provider") != name:
            continue
        part = "/" + thing["subresource"] if "subresource" in thing else ""
        status = entry.get("responseStatus", {}).get("code", 0)
        took = (nano(entry["stageTimestamp"]) - nano(entry["requestReceivedTimestamp"])) * 1000
        events.append((nano(entry["requestReceivedTimestamp"]), "API server",
                       f"{entry['verb']} {thing['resource']}{part} {what} by {who}: {status}, {took:.0f} ms"))
    return events


class Recorder:
    """Reads all available logs."""

    def __init__(self, cluster: Cluster, namespace: str, node_logs: pathlib.Path | None):
        self.cluster, self.namespace, self.node_logs = cluster, namespace, node_logs

    def events(self, name: str) -> list[Event]:
        """All events of one StoppableContainer, in order, in seconds since 1970."""
        found = of_program("operator", self.pods_log("control-plane=controller-manager"), self.namespace, name)
        found += of_program("agent", self.pods_log("app.kubernetes.io/component=agent"), self.namespace, name)
        today = datetime.datetime.now(datetime.timezone.utc).date()
        if self.node_logs:
            found += of_kubelet((self.node_logs / "log/kubelet.log").read_text(), self.namespace, name, today)
            found += of_containerd((self.node_logs / "log/containerd.log").read_text(), self.namespace, name)
            found += of_audit(self.audit(), self.namespace, name)
        return sorted(set(found))

    def audit(self) -> str:
        """The API server's audit log of operator and agents, without rotated and deleted files."""
        folder = self.node_logs / "var/log" if self.node_logs else pathlib.Path("/nonexistent")
        return "".join(log.read_text() for log in sorted(folder.glob("audit*.log")))

    def pods_log(self, selector: str) -> str:
        pods = f"/api/v1/namespaces/{SYSTEM_NAMESPACE}/pods"
        items = json.loads(self.cluster.call("GET", f"{pods}?labelSelector={urllib.parse.quote(selector)}"))["items"]
        return "\n".join(
            self.cluster.call("GET", f"{pods}/{pod['metadata']['name']}/log?sinceSeconds=600", missing_is_fine=True)
            for pod in items)


def cut(events: list[Event], begin: float, end: float) -> list[Event]:
    """The events of a step, in seconds since it began."""
    return [(at - begin, who, what) for at, who, what in events if begin - 0.001 <= at <= end + 0.02]


def table(events: list[Event]) -> str:
    """The events as a table for docs/performance.md."""
    return "\n".join(["| ms | who | what |", "| ---: | --- | --- |"]
                     + [f"| {at * 1000:.0f} | {who} | {what.replace('|', '/')} |" for at, who, what in events])
