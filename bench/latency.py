"""Latency of agent and operator, measured from outside."""

import ctypes
import json
import os
import pathlib
import select
import struct
import threading
import time

from figures import spread
from timeline import nano

LIBC = ctypes.CDLL(None, use_errno=True)
IN_MOVED_TO = 0x80
POD_FOLDER = "var/lib/kubelet/pods/{uid}/volumes/kubernetes.io~empty-dir"


class RequestClock(threading.Thread):
    """Records with inotify when request.json and ready.json are renamed into place in the folders of pods."""

    def __init__(self, node_root: pathlib.Path):
        super().__init__(daemon=True)
        self.node_root = node_root
        self.fd = LIBC.inotify_init1(0)
        if self.fd < 0:
            raise OSError(ctypes.get_errno(), "inotify_init1")
        self.watched: dict[int, str] = {}
        self.asked: dict[str, float] = {}
        self.seconds: list[float] = []

    def follow(self, uid: str, timeout_seconds: float = 20) -> None:
        """Waits for the folders of a new pod, and watches them."""
        base = self.node_root / POD_FOLDER.format(uid=uid)
        end = time.monotonic() + timeout_seconds
        for volume in ("request", "ready"):
            folder = base / f"stoppablecontainer-{volume}"
            while True:
                wd = LIBC.inotify_add_watch(self.fd, os.fsencode(folder), IN_MOVED_TO)
                if wd >= 0:
                    self.watched[wd] = uid
                    break
                if time.monotonic() > end:
                    raise SystemExit(f"bench: {folder} never came")
                time.sleep(0.005)

    def run(self) -> None:
        while True:
            select.select([self.fd], [], [])
            now, data = time.monotonic(), os.read(self.fd, 65536)
            for wd, name in events(data):
                uid = self.watched.get(wd, "")
                if name == "request.json":
                    self.asked[uid] = now
                elif name == "ready.json" and uid in self.asked:
                    self.seconds.append(now - self.asked.pop(uid))


def events(data: bytes) -> list[tuple[int, str]]:
    """Watch descriptor and name of each inotify event: inotify(7)."""
    found, at = [], 0
    while at < len(data):
        wd, _, _, length = struct.unpack_from("iIII", data, at)
        name = data[at + 16:at + 16 + length].split(b"\0")[0].decode(errors="replace")
        found.append((wd, name))
        at += 16 + length
    return found


def answers(audit: str, namespace: str, written: list[tuple[str, float]]) -> list[float]:
    """Seconds from each answered write of the user to the operator's first write for it.

    :param written: name of the StoppableContainer, and time of the API server's answer in seconds since 1970
    """
    writes: dict[str, list[float]] = {}
    for line in audit.splitlines():
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            continue  # the end of a file that is being written
        thing = entry.get("objectRef", {})
        if thing.get("namespace") == namespace and "controller-manager" in entry["user"]["username"] \
                and entry["verb"] in ("create", "update", "patch", "delete"):
            # The audit log has no name if it is only in the body; the first write for a user changes an existing object.
            name = thing.get("name", "").removesuffix("-provider")
            writes.setdefault(name, []).append(nano(entry["requestReceivedTimestamp"]))
    result = []
    for name, at in written:
        # The operator can receive the event before the user has the answer.
        later = [moment for moment in sorted(writes.get(name, [])) if moment >= at - 0.05]
        if later and later[0] < at + 5:
            result.append(max(0.0, later[0] - at))
    return result


def table(seconds: dict[str, list[float]]) -> str:
    lines = ["| | n | p50 ms | p95 ms | to reach |", "| --- | ---: | ---: | ---: | --- |"]
    reach = {
        "agent: request.json -> ready.json, start again": "p50 < 5, p99 < 25",
        "operator: user's write -> its first write": "p50 < 15",
    }
    for what, values in seconds.items():
        if values:
            row = spread(values)
            lines.append(f"| {what} | {row['n']} | {row['median'] * 1000:.1f} | {row['p95'] * 1000:.1f} | {reach.get(what, '')} |")
    return "\n".join(lines)
