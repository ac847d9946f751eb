"""What the text of a Helm template asks for besides its values, told without rendering it.

Values and other files of a chart may be run through `tpl`, so any text may hold a template. A text that only looks as
if it asked costs a rendering; one that is overlooked would leave a release as it is.
"""

from __future__ import annotations

import re
from typing import Final

# `.Capabilities`, `$root.Capabilities`, `get . "Capabilities"`, `index $ "Capabilities" "KubeVersion"`.
_CAPABILITIES: Final = re.compile(rb"[.\"`']Capabilities\b")
_CHANCE: Final = re.compile(
    rb"\b(?:rand(?:Alpha|AlphaNum|Ascii|Numeric|Bytes|Int)|uuidv4|bcrypt|htpasswd|shuffle|"
    rb"gen(?:CA|SelfSignedCert|SignedCert)(?:WithKey)?|genPrivateKey)\b|(?:\(|\{\{-?|\|)\s*now\b"
)
_LOOKUP: Final = re.compile(rb"\blookup\s+[\"`$(.]")


def reads_capabilities(text: bytes) -> bool:
    """Whether a template in *text* may ask for the cluster's version or the kinds it serves."""
    return _CAPABILITIES.search(text) is not None


def draws_lots(text: bytes) -> bool:
    """Whether a template in *text* may make something else each time: random text, keys, the time."""
    return _CHANCE.search(text) is not None


def reads_cluster(text: bytes) -> bool:
    """Whether a template in *text* may read objects of the cluster (`lookup`)."""
    return _LOOKUP.search(text) is not None
