"""Makes `orl_landmarks.csv`, which is kept with the code so that simulating needs no detector: `python -m fas.simulate.orl_landmarks FILE`.

MTCNN on every ORL picture, three times enlarged and with a border; a picture without a sure face has no row.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from fas.faces.mtcnn import Mtcnn
from fas.files import write_table
from fas.simulate.orl import picture

COLUMNS = [f"{point}_{axis}" for point in ("right_eye", "left_eye", "nose", "mouth_right", "mouth_left") for axis in "xy"]
CONFIDENT = 0.9
_ENLARGED, _BORDER = 3, 40


def landmarks(detector: Mtcnn, image: np.ndarray) -> np.ndarray | None:
    """(5,2) pixels of an ORL picture, or None. Points: the person's right eye, left eye, nose, right and left corner of the mouth."""
    large = cv2.resize(cv2.cvtColor(image, cv2.COLOR_GRAY2RGB), None, fx=_ENLARGED, fy=_ENLARGED, interpolation=cv2.INTER_CUBIC)
    large = cv2.copyMakeBorder(large, _BORDER, _BORDER, _BORDER, _BORDER, cv2.BORDER_REPLICATE)
    face = detector.detect(large[None])[0].best(CONFIDENT)
    if face is None or face.probability < CONFIDENT:
        return None
    return (face.landmarks - _BORDER + 0.5) / _ENLARGED - 0.5


def table(subjects: range = range(1, 41)) -> pd.DataFrame:
    """One row per picture with a face: subject, shot and the points, to a tenth of a pixel."""
    detector = Mtcnn()
    return pd.DataFrame(_rows(detector, subjects), columns=["subject", "shot", *COLUMNS])


def _rows(detector: Mtcnn, subjects: range) -> Iterator[list[float]]:
    for subject in subjects:
        for shot in range(1, 11):
            points = landmarks(detector, picture(subject, shot))
            if points is not None:
                yield [subject, shot, *np.round(points, 1).ravel().tolist()]


if __name__ == "__main__":
    write_table(Path(sys.argv[1]), table())
