"""Processes of the embedded cluster's node, in this machine's /proc, selected by the node's cgroup."""

import os
import pathlib
import time

TICKS = os.sysconf("SC_CLK_TCK")
PROC = pathlib.Path("/proc")


def pss_mib(pid: int) -> float:
    """Memory of a process in MiB; shared pages count in proportion (Pss)."""
    for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"process {pid} has no Pss")


def stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat after the name: proc_pid_stat(5), from field 3."""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def cpu_seconds(pid: int) -> float:
    fields = stat(pid)
    return (int(fields[11]) + int(fields[12])) / TICKS


def started(pid: int) -> float:
    """Start time of a process, on the clock of /proc/uptime."""
    return int(stat(pid)[19]) / TICKS


class Node:
    """The processes of one embedded cluster."""

    def __init__(self, cgroup: str):
        """`cgroup` is the node's top cgroup, without slashes; it contains the cgroups of all pods."""
        self.cgroup = cgroup

    @staticmethod
    def of(pid: int) -> "Node":
        """The node that a process belongs to."""
        return Node((PROC / str(pid) / "cgroup").read_text().splitlines()[-1].split(":", 2)[2].split("/")[1])

    def processes(self):
        """Yields PID, cgroup and command line (list of words) of each process."""
        for folder in PROC.glob("[0-9]*"):
            try:
                cgroup = (folder / "cgroup").read_text()
                command = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue  # it has ended
            if any(line.split(":", 2)[2].split("/")[1:2] == [self.cgroup] for line in cgroup.splitlines()):
                yield int(folder.name), cgroup, command

    def find(self, *words: str) -> list[int]:
        """Processes whose cgroup or command line contains all of these words."""
        return sorted(
            pid for pid, cgroup, command in self.processes()
            if all(word in cgroup or word in " ".join(command) for word in words))

    def cpu_share(self, pids: list[int], seconds: float) -> list[float]:
        """Share of a core that each process uses during this time."""
        before = [cpu_seconds(pid) for pid in pids]
        time.sleep(seconds)
        return [(cpu_seconds(pid) - old) / seconds for pid, old in zip(pids, before)]
