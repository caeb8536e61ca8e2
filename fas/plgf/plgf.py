"""Pattern of Local Gravitational Force (paper 004, section 3.2): an image's gradient relative to its brightness.

    PLGF(I) = arctan sqrt( (I * M_x / I)^2 + (I * M_y / I)^2 )

A pixel attracts its centre as a mass does, by 1 / r^2; M_x and M_y are the two components of that force. Where the illumination is
locally constant it cancels in the quotient. An example:

    maps = Plgf(radius=2)(torch.rand(4, 3, 64, 64))   # (4,1,64,64)
"""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad

from fas.errors import UserError

FLOOR = 2 / 255
LUMINANCE = (0.299, 0.587, 0.114)  # ITU-R BT.601, as in most cameras' files


def masks(radius: int) -> tuple[Tensor, Tensor]:
    """M_x and M_y, (2R+1,2R+1) float64: cos(theta) / r^2 and sin(theta) / r^2 with theta = atan2(-m, n) at row m and column n.

    So M_x is positive on the right and M_y in the upper half; both are 0 in the centre. The angles are exact: rounded ones, as some
    implementations have them, are wrong from the second ring on.

    Raises:
        UserError: a radius below 1.
    """
    if radius < 1:
        raise UserError(f"PLGF: radius {radius} is not 1 or more")
    offsets = torch.arange(-radius, radius + 1, dtype=torch.float64)
    m, n = torch.meshgrid(offsets, offsets, indexing="ij")
    cubed = (m.square() + n.square()).pow(1.5)
    cubed[radius, radius] = math.inf  # a pixel does not attract itself
    return n / cubed, -m / cubed


@dataclass(frozen=True)
class Plgf:
    """The descriptor with its parameters.

    Args:
        radius: R of the masks (paper 004: not readable; 1 and 2 are in use).
        floor: darker pixels are taken to be as bright as this; of [0, 1].
        channels: `luminance`, one map; `rgb`, a map for each colour.
    """

    radius: int = 2
    floor: float = FLOOR
    channels: Literal["luminance", "rgb"] = "luminance"

    def __post_init__(self) -> None:
        if self.radius < 1:
            raise UserError(f"PLGF: radius {self.radius} is not 1 or more")
        if not 0 < self.floor < 1:
            raise UserError(f"PLGF: floor {self.floor} is not between 0 and 1")

    @property
    def maps(self) -> int:
        """How many maps an image gives."""
        return 3 if self.channels == "rgb" else 1

    def __call__(self, images: Tensor) -> Tensor:
        """(N,3,H,W) in [0, 1] -> (N,1,H,W), or (N,3,H,W) of `rgb`, in [0, 1): the angle in quarter turns. Borders are mirrored.

        Raises:
            UserError: an image that is no larger than the radius.
        """
        height, width = images.shape[-2:]
        if min(height, width) <= self.radius:
            raise UserError(f"PLGF: an image of {width} x {height} pixels is too small for radius {self.radius}")
        bright = self._grey(images).clamp(min=self.floor)
        planes = bright.flatten(0, 1).unsqueeze(1)
        weights = torch.stack(masks(self.radius)).unsqueeze(1).to(planes)
        force = conv2d(pad(planes, (self.radius,) * 4, mode="reflect"), weights) / planes
        return (torch.atan(torch.hypot(force[:, 0], force[:, 1])) / (math.pi / 2)).view_as(bright)

    def _grey(self, images: Tensor) -> Tensor:
        if self.channels == "rgb":
            return images
        return (images * images.new_tensor(LUMINANCE).view(3, 1, 1)).sum(dim=1, keepdim=True)
