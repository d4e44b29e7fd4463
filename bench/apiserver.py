"""Requests to the API server, and watches that record the time of each event.

kubectl's startup would take longer than the measured times. Uses only the standard library.
"""

import base64
import http.client
import json
import pathlib
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.parse

GROUP = "/apis/stoppablecontainer.xtlsoft.top/v1alpha1"
SYSTEM_NAMESPACE = "stoppablecontainer-system"


def uptime() -> float:
    """The clock of /proc/uptime."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


MAX_IDLE_SECONDS = 30


class Cluster:
    """Requests to the API server of the kubeconfig."""

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
        self.used = time.monotonic()

    def connect(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(self.host, self.port, context=self.tls, timeout=120)

    def call(self, method: str, path: str, body=None, content_type=None, missing_is_fine=False) -> str:
        headers = dict(self.headers)
        if content_type:
            headers["Content-Type"] = content_type
        # The server closes an idle connection; a request at that moment would be lost.
        if time.monotonic() - self.used > MAX_IDLE_SECONDS:
            self.kept.close()
        try:
            self.kept.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = self.kept.getresponse()
            text = answer.read().decode()
            self.used = time.monotonic()
        except (http.client.HTTPException, OSError):
            self.kept.close()
            raise
        if answer.status >= 400 and not (missing_is_fine and answer.status == 404):
            raise SystemExit(f"bench: {method} {path}: {answer.status} {text[:500]}")
        return text


class WatchError(Exception):
    """The API server has ended a watch with an error event, for example 410 Gone."""


def follow(cluster: Cluster, path: str, version: str):
    """Yields type and object of each event after a resourceVersion; reconnects, and never ends."""
    while True:
        try:
            connection = cluster.connect()
            connection.timeout = 3600
            connection.request(
                "GET", f"{path}?watch=1&allowWatchBookmarks=true&resourceVersion={version}", headers=cluster.headers)
            answer = connection.getresponse()
            while line := answer.readline():
                event = json.loads(line)
                if event["type"] == "ERROR":
                    raise WatchError(f"{path}: {event}")
                version = event["object"]["metadata"]["resourceVersion"]
                if event["type"] != "BOOKMARK":
                    yield event["type"], event["object"]
        except (http.client.HTTPException, OSError):
            time.sleep(0.2)


class Watch(threading.Thread):
    """Records the time of each event of a collection."""

    def __init__(self, cluster: Cluster, path: str, listener=None):
        """`listener` is called with type and object of each event, and must return at once."""
        super().__init__(daemon=True)
        self.cluster, self.path, self.listener = cluster, path, listener
        self.changed = threading.Condition()
        self.events: list[tuple[float, str, dict]] = []
        self.version = json.loads(cluster.call("GET", path))["metadata"]["resourceVersion"]

    def run(self) -> None:
        for kind, thing in follow(self.cluster, self.path, self.version):
            with self.changed:
                self.events.append((uptime(), kind, thing))
                self.changed.notify_all()
            if self.listener:
                self.listener(kind, thing)

    def until(self, since: float, name: str, fits, what: str, timeout_seconds: float = 120) -> float:
        """Time of the first matching event of an object after `since`."""
        return self.until_any(
            since, lambda kind, thing: thing["metadata"]["name"] == name and fits(kind, thing), f"{name}: {what}",
            timeout_seconds)

    def until_any(self, since: float, fits, what: str, timeout_seconds: float = 120) -> float:
        """Time of the first matching event after `since`."""
        end = uptime() + timeout_seconds
        seen = 0
        with self.changed:
            while True:
                for at, kind, thing in self.events[seen:]:
                    if at >= since and fits(kind, thing):
                        return at
                seen = len(self.events)
                if not self.changed.wait(max(0.0, end - uptime())):
                    raise SystemExit(f"bench: not after {timeout_seconds:.0f} s: {what}")


def ready(kind: str, thing: dict) -> bool:
    conditions = thing.get("status", {}).get("conditions", [])
    return kind != "DELETED" and any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def parked(kind: str, thing: dict) -> bool:
    conditions = thing.get("status", {}).get("conditions", [])
    return kind != "DELETED" and any(c["type"] == "Parked" and c["status"] == "True" for c in conditions)


def gone(kind: str, _thing: dict) -> bool:
    return kind == "DELETED"
