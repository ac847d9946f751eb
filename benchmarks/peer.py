"""The peers of the benchmarks: built by the product's own tool chain, kept in the same cache."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from fairlead.adapters.tools.cache import default_cache
from fairlead.adapters.tools.chain import ToolChain
from fairlead.adapters.tools.table import TABLE
from fairlead.adapters.tools.tool import GoBuild, Tool

HELMFILE = TABLE["helmfile"]

KUBECONFORM = Tool(
    name="kubeconform",
    version="0.8.0",
    version_pattern=r"(\S+)",
    build=GoBuild(
        name="kubeconform",
        version="0.8.0",
        go="1.26.6",
        modules={"github.com/yannh/kubeconform": "v0.8.0"},
        packages={"kubeconform": "github.com/yannh/kubeconform/cmd/kubeconform"},
        stamps={"main.version": "0.8.0"},
    ),
    by_name_only=True,
)


def tool(name: str) -> Path:
    """A pinned tool of the product, or the peer; made first where it must be, which takes minutes once."""
    return asyncio.run(tool_chain().path(name))


def tool_chain() -> ToolChain:
    return ToolChain(
        default_cache(os.environ),
        table={**TABLE, KUBECONFORM.name: KUBECONFORM},
        progress=lambda line: print(line, file=sys.stderr),
    )


if __name__ == "__main__":
    print(tool(sys.argv[1] if len(sys.argv) > 1 else HELMFILE.name))
