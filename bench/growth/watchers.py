#!/usr/bin/env python3
"""Opens the watches of the agents of many nodes, to load the API server with them.

It discards the events. Each node has two watches: its labelled pods and its instances.
"""

import argparse
import asyncio
import os

from observe import GROUP, Cluster

LABEL = "stoppablecontainer.xtlsoft.top%2Fmanaged-by%3Dstoppablecontainer"


async def hold(cluster: Cluster, path: str, gate: asyncio.Semaphore) -> None:
    while True:
        try:
            async with gate:
                reader, writer = await asyncio.open_connection(cluster.host, cluster.port, ssl=cluster.tls)
                lines = [f"GET {path} HTTP/1.1", f"Host: {cluster.host}"]
                lines += [f"{name}: {value}" for name, value in cluster.headers.items()]
                writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
                await writer.drain()
                await reader.readline()
            while await reader.read(1 << 16):
                pass
            writer.close()
        except OSError:
            await asyncio.sleep(1)


async def watch(nodes: int) -> None:
    cluster = Cluster(os.environ.get("KUBECTL", "kubectl"))
    gate = asyncio.Semaphore(20)
    paths = []
    for number in range(nodes):
        field = f"watch=1&fieldSelector=spec.nodeName%3Dkwok-{number:04d}"
        paths.append(f"/api/v1/pods?{field}&labelSelector={LABEL}")
        paths.append(f"{GROUP}/stoppablecontainerinstances?{field}")
    await asyncio.gather(*(hold(cluster, path, gate) for path in paths))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nodes", type=int, required=True)
    asyncio.run(watch(parser.parse_args().nodes))
