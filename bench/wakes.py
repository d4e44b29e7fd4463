"""Connections that start a container, beside the create of a plain pod.

The client is on the node and connects to the address of the user's Service, where a pod's connections go as well.
"""

import concurrent.futures
import ctypes
import json
import os
import socket
import time

import manifests
import parked
from apiserver import parked as is_parked
from apiserver import ready, uptime
from figures import milliseconds
from lifecycle import Lifecycle

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
PORT = 7777
TIMEOUT_SECONDS = 60
ECHO = f"trap 'exit 0' TERM; nc -ll -p {PORT} -e cat & wait"
PLAIN = "plain pod: create -> output"
KINDS = {"Release": "stopped: SYN -> first byte", "Park": "parked: SYN -> first byte"}
REACH = {KINDS["Release"]: "p50 < 800", KINDS["Park"]: "p50 < 150"}


class NodeClient:
    """Connects from the network namespace of a process. Only one thread, which does nothing else, enters it."""

    def __init__(self, pid: int):
        self.thread = concurrent.futures.ThreadPoolExecutor(1, initializer=enter_network, initargs=(pid,))

    def first_byte(self, address: str) -> float:
        """Seconds from the start of the connection to the first byte of the echo."""
        return self.thread.submit(first_byte, address).result()


def enter_network(pid: int) -> None:
    network = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
    try:
        if LIBC.setns(network, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
    finally:
        os.close(network)


def first_byte(address: str, port: int = PORT) -> float:
    since = uptime()
    with socket.create_connection((address, port), timeout=TIMEOUT_SECONDS) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(b"x")
        if connection.recv(1) != b"x":
            raise SystemExit("bench: the echo ended without a byte")
    return uptime() - since


def service(name: str) -> dict:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
            "spec": {"selector": {"app": name}, "ports": [{"port": PORT}]}}


def sleeper(life: Lifecycle, name: str, when_stopped: str) -> dict:
    """A stopped echo server that a connection starts."""
    echo = manifests.stoppable(name, manifests.container(life.image, ECHO), running=False, whenStopped=when_stopped,
                               wake={"ports": [PORT]})
    echo["spec"]["template"]["metadata"] = {"labels": {"app": name}}
    return echo


def measure(life: Lifecycle, node_pid: int, rounds: int) -> dict[str, list[float]]:
    """Seconds of each wake, and of each create of a plain pod."""
    seconds: dict[str, list[float]] = {what: [] for what in (*KINDS.values(), PLAIN)}
    client = NodeClient(node_pid)
    addresses, since = {}, dict.fromkeys(KINDS, uptime())
    for when_stopped in KINDS:
        name = when_stopped.lower()
        made = json.loads(life.cluster.call("POST", f"/api/v1/namespaces/{life.namespace}/services", service(name)))
        addresses[when_stopped] = made["spec"]["clusterIP"]
        life.write("POST", life.containers_path, name, sleeper(life, name, when_stopped))
    for number in range(rounds + 1):
        life.number = number
        taken = {}
        for when_stopped, what in KINDS.items():
            name = when_stopped.lower()
            until_waits(life, name, since[when_stopped])
            life.settle()
            began = uptime()
            taken[what] = client.first_byte(addresses[when_stopped])
            life.looked = life.containers.until(began, name, ready, "Ready")
            since[when_stopped] = stop(life, name)
        taken[PLAIN] = parked.plain(life, f"plain-{number}")
        # Round 0 warms up.
        for what, value in taken.items() if number else ():
            seconds[what].append(value)
    return seconds


def stop(life: Lifecycle, name: str) -> float:
    """Stops what its user has not started: by the annotation."""
    since = life.settle()
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{life.number}Z"
    life.write("PATCH", f"{life.containers_path}/{name}", name,
               {"metadata": {"annotations": {"stoppablecontainer.xtlsoft.top/running-set-at": stamp}}},
               "application/merge-patch+json")
    return since


def until_waits(life: Lifecycle, name: str, since: float) -> None:
    """Waits until it is stopped, or parked, and its Service leads to the pod that answers for it."""
    path = f"/api/v1/namespaces/{life.namespace}/endpoints/{name}"
    end = uptime() + TIMEOUT_SECONDS
    life.looked = life.containers.until(since, name, is_parked if name == "park" else is_stopped, "stopped")
    while answering(json.loads(life.cluster.call("GET", path, missing_is_fine=True))) != [f"{name}-provider"]:
        if uptime() > end:
            raise SystemExit(f"bench: the Service of {name} does not lead to its provider pod")
        time.sleep(0.1)


def is_stopped(kind: str, thing: dict) -> bool:
    return kind != "DELETED" and thing.get("status", {}).get("phase") == "Stopped"


def answering(endpoints: dict) -> list[str]:
    """Names of the pods to which a Service leads."""
    return [address["targetRef"]["name"] for subset in endpoints.get("subsets") or ()
            for address in subset.get("addresses") or ()]


def table(seconds: dict[str, list[float]]) -> str:
    return milliseconds(seconds, REACH)
