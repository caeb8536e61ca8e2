"""Views of a face, cropped, turned and mirrored at random (torchvision's transforms, v2); image and residual move together."""

import math

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as v2

from fas.domains.views import View
from fas.methods.safas.params import AugmentParams

TRIES = 10  # as torchvision: then the middle
Box = tuple[float, float, float, float]  # top, left, height, width; shares of the side


def two_views(view: View, params: AugmentParams, flip: float, random: np.random.Generator) -> View:
    """Two views of one face: `image` (2,3,S,S), and `cue` (2,3,T,T) where there is one."""
    one, other = (augmented(view, params, flip, random) for _ in range(2))
    cue = None if one.cue is None or other.cue is None else np.stack([one.cue, other.cue])
    return View(np.stack([one.image, other.image]), cue)


def augmented(view: View, params: AugmentParams, flip: float, random: np.random.Generator) -> View:
    """A random part of a face at its full size, turned and mirrored. Corners that a turn leaves open are 0, the middle of the range."""
    box = random_box(params, random)
    angle = random.uniform(-params.rotation, params.rotation)
    mirrored = bool(random.random() < flip)
    image = _moved(view.image, box, angle, mirrored)
    return View(image, None if view.cue is None else _moved(view.cue, box, angle, mirrored))


def random_box(params: AugmentParams, random: np.random.Generator) -> Box:
    """A box of random area and aspect at a random place, as torchvision's RandomResizedCrop draws it."""
    for _ in range(TRIES):
        area = random.uniform(params.least_area, params.most_area)
        aspect = math.exp(random.uniform(-math.log(params.aspect), math.log(params.aspect)))
        width, height = math.sqrt(area * aspect), math.sqrt(area / aspect)
        if width <= 1 and height <= 1:
            top, left = random.random(2)
            return top * (1 - height), left * (1 - width), height, width
    return middle(params.most_area)


def middle(area: float) -> Box:
    """The square in the middle that has `area` of the whole."""
    side = math.sqrt(area)
    return (1 - side) / 2, (1 - side) / 2, side, side


def cropped(images: Tensor, box: Box) -> Tensor:
    """The part of (...,H,W) in the box, at the full size."""
    if box == (0.0, 0.0, 1.0, 1.0):
        return images
    height, width = images.shape[-2:]
    top, left, tall, wide = box
    rows, columns = max(1, round(tall * height)), max(1, round(wide * width))
    place = (min(round(top * height), height - rows), min(round(left * width), width - columns))
    part: Tensor = v2.resized_crop(images, *place, rows, columns, [height, width], InterpolationMode.BILINEAR, antialias=True)
    return part


def _moved(image: np.ndarray, box: Box, angle: float, mirrored: bool) -> np.ndarray:
    moved = cropped(torch.from_numpy(image), box)
    if angle:
        moved = v2.rotate(moved, angle, InterpolationMode.BILINEAR)
    if mirrored:
        moved = v2.horizontal_flip(moved)
    return np.ascontiguousarray(moved.numpy())
