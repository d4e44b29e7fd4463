"""The file system of a StoppableContainer beside the root of a plain pod.

The benchmark works from outside, through /proc/PID/root, so that both use the same program and cgroup. The order of the
two alternates. The node must be this machine.
"""

import os
import pathlib
import random
import statistics
import subprocess
import tarfile
import tempfile
import time

FILES, BIG_MIB, SYNCED_WRITES, STAT_ROUNDS = 10_000, 1024, 1000, 5


def archive(folder: pathlib.Path) -> pathlib.Path:
    """A tar of FILES small files in a hundred folders."""
    content = folder / "content"
    content.write_bytes(os.urandom(4096))
    tar = folder / "files.tar"
    with tarfile.open(tar, "w") as out:
        for number in range(FILES):
            out.add(content, f"{number % 100}/{number}")
    return tar


def timed(work) -> float:
    begin = time.monotonic()
    work()
    return time.monotonic() - begin


def untar(root: pathlib.Path, tar: pathlib.Path) -> None:
    subprocess.run(["tar", "-C", str(root), "-xf", str(tar)], check=True)
    sync(root)


def sync(root: pathlib.Path) -> None:
    subprocess.run(["sync", "-f", str(root)], check=True)


def write_big(file: pathlib.Path) -> None:
    block = os.urandom(1 << 20)
    with open(file, "wb", buffering=0) as out:
        for _ in range(BIG_MIB):
            out.write(block)
        os.fsync(out.fileno())


def read_big(file: pathlib.Path) -> None:
    with open(file, "rb", buffering=0) as source:
        while source.read(1 << 20):
            pass


def forget(file: pathlib.Path) -> None:
    """Drops a file from the page cache, so that the next read comes from the disk."""
    with open(file, "rb") as source:
        os.posix_fadvise(source.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def write_synced(file: pathlib.Path, seed: int) -> None:
    places, block = random.Random(seed), os.urandom(4096)
    fd = os.open(file, os.O_WRONLY)
    try:
        for _ in range(SYNCED_WRITES):
            os.pwrite(fd, block, places.randrange(BIG_MIB * 256) * 4096)
            os.fsync(fd)
    finally:
        os.close(fd)


def stat_all(root: pathlib.Path) -> None:
    for _ in range(STAT_ROUNDS):
        for number in range(FILES):
            os.stat(f"{root}/{number % 100}/{number}")


def once(root: pathlib.Path, tar: pathlib.Path, seed: int) -> dict[str, float]:
    """All kinds of work in one root.

    The small files stay until the last round is over. An ext4 without a journal does not reuse an inode for a minute or
    more after it was freed (recently_deleted() in the kernel's fs/ext4/ialloc.c), and checks each of these inodes before
    it finds another: with ten thousand of them in the group, the next untar took ten times the processor time.
    """
    root = root / f"bench-{seed}"
    root.mkdir()
    big = root / "big"
    times = {
        "untar of 10,000 files": timed(lambda: untar(root, tar)),
        "stat of 10,000 files, 5 times": timed(lambda: stat_all(root)),
        "1 GiB written in order, fsync": timed(lambda: write_big(big)),
    }
    forget(big)
    times["1 GiB read in order"] = timed(lambda: read_big(big))
    times["1,000 times 4 KiB at random, fsync each"] = timed(lambda: write_synced(big, seed))
    big.unlink()
    sync(root)
    return times


def compare(mine: pathlib.Path, plain: pathlib.Path, rounds: int) -> dict[str, dict[str, list[float]]]:
    """Times of each kind of work: {"StoppableContainer": {work: [...]}, "plain pod": ...}."""
    times: dict[str, dict[str, list[float]]] = {"StoppableContainer": {}, "plain pod": {}}
    with tempfile.TemporaryDirectory() as folder:
        tar = archive(pathlib.Path(folder))
        for number in range(rounds + 1):
            both = [("StoppableContainer", mine), ("plain pod", plain)]
            for who, root in both if number % 2 else reversed(both):
                for work, seconds in once(root, tar, number).items():
                    if number:
                        times[who].setdefault(work, []).append(seconds)
            print(f"file systems: round {number} of {rounds}", flush=True)
    for root in (mine, plain):
        for folder in root.glob("bench-*"):
            subprocess.run(["rm", "-rf", str(folder)], check=True)
        sync(root)
    return times


def table(times: dict[str, dict[str, list[float]]]) -> str:
    lines = ["| work | median s | plain pod median s | ratio | to reach |", "| --- | ---: | ---: | ---: | ---: |"]
    for work, mine in times["StoppableContainer"].items():
        one, other = statistics.median(mine), statistics.median(times["plain pod"][work])
        lines.append(f"| {work} | {one:.3f} | {other:.3f} | {one / other:.3f} | 0.97 to 1.03 |")
    return "\n".join(lines)
