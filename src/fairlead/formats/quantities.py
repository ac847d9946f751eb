"""Kubernetes quantities: `100m`, `1.5Gi`, `1e3`, or a plain number.

The rules are those of `k8s.io/apimachinery/pkg/api/resource`: finer than a nano is rounded away from zero.
"""

from __future__ import annotations

import re
from decimal import ROUND_UP, Context, Decimal
from typing import Final

from fairlead.model.errors import InputError

_BINARY: Final = {suffix: Decimal(1024**power) for power, suffix in enumerate(("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"))}
_DECIMAL: Final = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_SCALES: Final = _BINARY | {suffix: Decimal(10) ** power for suffix, power in _DECIMAL.items()}
_NANO: Final = Decimal("1e-9")
# Wide enough for any 64-bit number with nine decimals times 2**60, so that no digit is lost.
_WIDE: Final = Context(prec=2000)
_QUANTITY: Final = re.compile(
    r"(?P<number>[+-]?(?:[0-9]{1,100}(?:\.[0-9]{0,100})?|\.[0-9]{1,100}))"
    r"(?:[eE](?P<exponent>[+-]?[0-9]{1,3})|(?P<suffix>Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE])?)"
)


def parse_quantity(quantity: str | float) -> Decimal:
    """The exact value of *quantity*, e.g. `Decimal("0.1")` for `100m`; raises InputError."""
    match = _QUANTITY.fullmatch(str(quantity))
    if match is None or isinstance(quantity, bool):
        raise InputError(
            f"not a Kubernetes quantity: {quantity!r}", hint="write a number with a unit such as 250m, 1.5Gi or 2"
        )
    scale = Decimal(10) ** int(match["exponent"]) if match["exponent"] else _SCALES[match["suffix"] or ""]
    value = _WIDE.multiply(Decimal(match["number"]), scale)
    return value if value == value.to_integral_value() else value.quantize(_NANO, rounding=ROUND_UP, context=_WIDE)


def is_same_quantity(one: str | float, other: str | float) -> bool:
    """Whether both mean the same amount: `1000m` and `1`, `1024Mi` and `1Gi`. Raises InputError."""
    return parse_quantity(one) == parse_quantity(other)
