"""Random streams that depend on names only, so that one more capture changes no other."""

import numpy as np
import xxhash


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """A generator of its own for `names`, e.g. `stream(seed, dataset, clip, "camera")`."""
    text = "/".join(str(name) for name in (seed, *names))
    return np.random.default_rng(xxhash.xxh3_64_intdigest(text.encode()))
