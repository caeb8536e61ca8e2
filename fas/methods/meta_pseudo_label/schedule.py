"""What changes with the step: learning rates (paper 004, eq. 28) and the weight of unlabelled patches."""

from math import cos, pi


def factor(step: int, warmup: int, wait: int, total: int) -> float:
    """Equation 28, a factor on the learning rate in [0, 1]: zero while a network waits, a linear rise, half a cosine to zero
    at `total`, and zero from there on.

    The rise is t / (warmup + wait): a network that has waited begins at wait / (warmup + wait), as the scan has it.
    """
    if step < wait:
        return 0.0
    start = warmup + wait
    if step < start:
        return step / max(1, start)
    return 0.5 * (1 + cos(pi * min(1.0, (step - start) / max(1, total - start))))


def ramp(step: int, steps: int) -> float:
    """min(1, (step + 1) / steps): how much of the unlabelled weight counts at `step`; 1 without a ramp."""
    return min(1.0, (step + 1) / steps) if steps else 1.0
