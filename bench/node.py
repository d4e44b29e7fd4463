"""The node's processes, where the node is this machine (the embedded cluster): by their cgroup and command line."""

import os
import pathlib
import time

TICKS = os.sysconf("SC_CLK_TCK")


class Node:
    """Processes of the cluster's node, as this machine's /proc has them."""

    def __init__(self, pid: int, proc: pathlib.Path = pathlib.Path("/proc")):
        self.proc = proc
        # The node's own cgroup is that of all its pods: /sc-ID/...
        self.cgroup = "/" + (proc / str(pid) / "cgroup").read_text().splitlines()[-1].split(":", 2)[2].split("/")[1]

    def find(self, *words: str) -> list[int]:
        """Processes of the node whose cgroup or command line holds all of these words."""
        found = []
        for folder in self.proc.glob("[0-9]*"):
            try:
                cgroup = (folder / "cgroup").read_text()
                command = (folder / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue  # it has ended
            if f":{self.cgroup}/" in cgroup and all(word in cgroup or word in command for word in words):
                found.append(int(folder.name))
        return sorted(found)

    def pss_mib(self, pid: int) -> float:
        """Memory of a process, what it shares with others shared out among them."""
        for line in (self.proc / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
        raise ValueError(f"process {pid} tells no Pss")

    def stat(self, pid: int) -> list[str]:
        return (self.proc / str(pid) / "stat").read_text().rpartition(")")[2].split()

    def cpu_seconds(self, pid: int) -> float:
        fields = self.stat(pid)
        return (int(fields[11]) + int(fields[12])) / TICKS

    def started(self, pid: int) -> float:
        """When it began, by the clock of /proc/uptime."""
        return int(self.stat(pid)[19]) / TICKS

    def cpu_share(self, pids: list[int], seconds: float) -> list[float]:
        """Shares of a core that the processes use in that time."""
        before = [self.cpu_seconds(pid) for pid in pids]
        time.sleep(seconds)
        return [(self.cpu_seconds(pid) - old) / seconds for pid, old in zip(pids, before)]
