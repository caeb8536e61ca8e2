"""Factors on a learning rate."""

import math


def stepped(step: int, every: int, factor: float) -> float:
    """Times `factor` after every `every` steps; `every` 0: constant."""
    return factor ** (step // every) if every else 1.0


def cosine(step: int, steps: int, warmup: int) -> float:
    """Linear from 0 to 1 over `warmup` steps, then half a cosine down to 0 at `steps` (AG-FAS: 400 of 4,000)."""
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))
