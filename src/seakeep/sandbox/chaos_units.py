"""Rates and sizes as Chaos Mesh objects give them."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["MemorySize", "rate_bytes_per_s"]

_RATES = ("bps", "kbps", "mbps", "gbps", "tbps")
_RATE = re.compile(r"([0-9]{1,15})\s*([kmgt]?bps)")
_DECIMAL, _BINARY = 1000, 1024
_PREFIXES = "KMGT"
_SIZE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,3})?)\s*([KMGT]?)(i?)B", re.IGNORECASE)
_PERCENT = re.compile(r"([0-9]{1,3})%")


def rate_bytes_per_s(text: object) -> int:
    """The bytes a second in a text such as "1mbps".

    Its "bps" are bytes, and its prefixes powers of 1024: `ConvertUnitToBytes` in Chaos Mesh's
    api/v1alpha1/networkchaos_webhook.go.

    Raises:
        ValueError: It is no such text, or no rate above 0.
    """
    match = _RATE.fullmatch(text.strip().lower()) if isinstance(text, str) else None
    if match is None or not int(match[1]):
        raise ValueError(f'found {text!r}; wanted a rate such as "1mbps", in {", ".join(_RATES)}')
    power = _RATES.index(match[2])
    return int(match[1]) * int(_BINARY**power)


@dataclass(frozen=True, slots=True)
class MemorySize:
    """How much memory: so many bytes, or a share of what there is.

    Attributes:
        bytes_: The bytes; 0 when it is a share.
        share: The share, from 0 to 1; 0 when it is bytes.
    """

    bytes_: int = 0
    share: float = 0.0

    @classmethod
    def parse(cls, text: object) -> MemorySize:
        """The size in a text such as "512MB", "256MiB" or "50%".

        Units: https://chaos-mesh.org/docs/simulate-heavy-stress-on-kubernetes/

        Raises:
            ValueError: It is no such text, or nothing at all.
        """
        wanted = f'found {text!r}; wanted a size such as "512MB", "256MiB" or "50%"'
        text = text if isinstance(text, str) else ""
        if match := _PERCENT.fullmatch(text):
            size = cls(share=int(match[1]) / 100)
        elif match := _SIZE.fullmatch(text):
            number, prefix, binary = match.groups()
            power = _PREFIXES.index(prefix.upper()) + 1 if prefix else 0
            size = cls(int(float(number) * (_BINARY if binary else _DECIMAL) ** power))
        else:
            raise ValueError(wanted)
        if size == cls() or size.share > 1:
            raise ValueError(wanted)
        return size

    def of(self, total_bytes: int) -> int:
        """The bytes, where there are `total_bytes` in all."""
        return self.bytes_ or int(self.share * total_bytes)
