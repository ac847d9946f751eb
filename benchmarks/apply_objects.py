"""Apply every manifest in a folder with Fairlead's own client, 32 at once: `apply_objects.py FOLDER`, by KUBECONFIG."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from fairlead.adapters.clock import SystemClock
from fairlead.adapters.kube.cluster import KubeCluster
from fairlead.adapters.kube.context import read_connection
from fairlead.adapters.project_folder import ProjectFolder
from fairlead.formats.manifests import read_documents


async def main(folder: Path) -> int:
    files = ProjectFolder(folder)
    manifests = [
        document.data
        for file in files.expand(["."])
        for document in read_documents(files.read_text(file), file=file).documents
    ]
    cluster = KubeCluster(read_connection(environ=os.environ, home=Path.home()), clock=SystemClock(), timeout=60)
    try:
        results = await asyncio.gather(*(cluster.apply(manifest, manager="bench") for manifest in manifests))
    finally:
        await cluster.close()
    failed = [result for result in results if result.live is None]
    for result in failed[:3]:
        print(f"{result.ref}: {result.status} {result.message}", file=sys.stderr)
    print(f"{len(results) - len(failed)} of {len(results)} objects applied")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Path(sys.argv[1]))))
