"""Which of a clip's frames are embedded, and which of those are reconstructed: one rule for all cue makers, whatever they read.

With and without the identity condition a cue maker so learns from the same frames, and what is compared looks at the same frames.
"""

import numpy as np

from fas.faces.sampling import uniform


def embedded(count: int, identity_frames: int | None) -> np.ndarray:
    """The places, of a clip's `count` faces, of those that have an identity: `identity.frames` of them, evenly spread (null: all)."""
    return np.array(uniform(count, identity_frames or count), dtype=np.int64)


def reconstructed(count: int, identity_frames: int | None, frames: int | None) -> np.ndarray:
    """The places of the faces that are reconstructed: `residuals.frames` of those that have an identity, evenly spread (null: all)."""
    places = embedded(count, identity_frames)
    return places[uniform(len(places), frames or len(places))]
