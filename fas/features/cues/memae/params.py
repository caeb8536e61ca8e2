"""Parameters of the memory-augmented autoencoder."""

from pydantic import Field

from fas.features.cues.base import ReconstructionParams


class MemaeParams(ReconstructionParams):
    """The memory, beside the autoencoder's own parameters."""

    memory: int = Field(100, ge=2)  # prototypes (Gong et al.: 100 for digits, 500 for CIFAR-10, 2000 for video)
    shrink: float | None = Field(
        None, ge=0, lt=1
    )  # addressing weights below are cut to 0; null: 1 / memory (Gong et al.: 1 to 3 times that)
    entropy: float = Field(2e-4, ge=0)  # weight of the addressing weights' entropy
