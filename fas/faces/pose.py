"""How far a head is turned, from its five landmarks: yaw, pitch and roll in degrees.

An affine camera is fitted by least squares to a rigid five-point face; the direction in which that face looks is the camera's third row,
the cross product of its first two. It depends on where the nose lies between eyes and mouth against how far it protrudes, and neither on
the face's scale and place in the picture nor on its turn in the picture's plane.

It is exact for a face of the model's shape from afar; a camera half a metre away errs by up to 3 degrees. People differ more: a nose
that protrudes by a fifth more makes tangents a fifth larger, one that ends 3 mm lower makes 6 degrees of pitch, landmarks that err by
1.5 mm make 3. The mean poses of ORL's 40 people scatter by 3 degrees in yaw and by 11 in pitch, though none of them keeps the head up or
down: both angles serve to leave out what is clearly turned, and yaw is by far the surer. Near a profile detectors guess the hidden eye.
"""

import numpy as np

VERSION = 1  # raised when the same landmarks begin to give other angles

# Millimetres, for a distance of 63 between the eyes: x to the image's right, y down, z towards the camera. In the plane the mean frontal
# face of ArcFace's five-point template (Deng et al. 2019), made symmetric; the nose's tip 30 before the plane of eyes and mouth corners.
MODEL = np.array([[-31.5, 0.0, 0.0], [31.5, 0.0, 0.0], [0.0, 36.0, 30.0], [-26.0, 72.7, 0.0], [26.0, 72.7, 0.0]])
_FIT = np.linalg.pinv(MODEL - MODEL.mean(axis=0))  # (3,5): from centred landmarks to the camera's rows


def pose(landmarks: np.ndarray) -> np.ndarray:
    """Yaw, pitch and roll of F faces, (F,3) float64 degrees, from landmarks (F,5,2): eyes, nose, mouth corners, image left first.

    The head is turned by yaw, then by pitch, then by roll. Yaw > 0: the nose points to the image's right; pitch > 0: upwards;
    roll > 0: the head is turned clockwise in the image. Yaw and roll lie in -180..180 (beyond 90 only for points that no face
    before a camera shows), pitch in -90..90. Yaw and pitch are NaN for landmarks that coincide.
    """
    points = np.asarray(landmarks, np.float64)
    rows = np.einsum("kp,fpi->fik", _FIT, points - points.mean(axis=1, keepdims=True))
    looks = np.cross(rows[:, 0], rows[:, 1])
    with np.errstate(invalid="ignore"):
        looks /= np.linalg.norm(looks, axis=1, keepdims=True)
    yaw = np.arctan2(-looks[:, 0], looks[:, 2])
    pitch = np.arcsin(looks[:, 1])
    roll = np.arctan2(-rows[:, 0, 1], rows[:, 1, 1])
    return np.degrees(np.stack([yaw, pitch, roll], axis=1))
