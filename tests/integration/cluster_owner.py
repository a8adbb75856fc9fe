"""A process that owns an embedded cluster until it is told to end (a line on stdin) or is killed."""

import asyncio
import sys
from pathlib import Path

from lrs.postgres import Cluster


async def own(data_dir: Path) -> None:
    cluster = Cluster(data_dir)
    await cluster.start()
    assert cluster.process is not None
    print(cluster.process.pid, flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await cluster.stop()


if __name__ == "__main__":
    asyncio.run(own(Path(sys.argv[1])))
