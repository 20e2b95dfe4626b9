"""A walking figure as 17 joints in COCO order, for training data, tests and the scripted tour."""

import math

import numpy as np

from dreambridge.vista.world.joints import (
    HEAD,
    JOINTS,
    LEFT_ANKLE,
    LEFT_ELBOW,
    LEFT_HIP,
    LEFT_KNEE,
    LEFT_SHOULDER,
    LEFT_WRIST,
    RIGHT_ANKLE,
    RIGHT_ELBOW,
    RIGHT_HIP,
    RIGHT_KNEE,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
)

LEFT: tuple[int, ...] = (LEFT_HIP, LEFT_KNEE, LEFT_ANKLE, LEFT_SHOULDER, LEFT_ELBOW, LEFT_WRIST)
RIGHT: tuple[int, ...] = (RIGHT_HIP, RIGHT_KNEE, RIGHT_ANKLE, RIGHT_SHOULDER, RIGHT_ELBOW, RIGHT_WRIST)
LEG, ARM = slice(0, 3), slice(3, 6)  # of these


def walker(phase: float, x: float, foot: float, size: float, wave: float = 0.0, face: int = 1) -> np.ndarray:
    """A figure that walks at a place: joints float32 [17, 3], x and y in 0-1 of the picture, visibility.

    Parameters
    ----------
    phase : angle of the gait in radians
    x, foot : column of the figure and row of the ground, in pixels
    size : length of a leg in pixels; the figure is about 2.2 times as tall
    wave : 0-1, how far one arm is lifted
    face : 1 looks to the right, -1 to the left
    """

    def limb(angle: float) -> np.ndarray:
        return np.array([face * math.sin(angle), math.cos(angle)])

    joints = np.zeros((JOINTS, 2))
    hips, shoulders = np.array([0.0, -1.0]), np.array([face * 0.06, -1.78])
    head = shoulders + [face * 0.07, -0.34]
    joints[HEAD] = head + np.array([[face * 0.12, 0], [0.04, -0.04], [-0.04, -0.04], [0.1, 0], [-0.1, 0]])
    joints[LEFT_SHOULDER], joints[RIGHT_SHOULDER] = shoulders + [0.1, 0], shoulders - [0.1, 0]
    joints[LEFT_HIP], joints[RIGHT_HIP] = hips + [0.07, 0], hips - [0.07, 0]
    for side, (hip, knee, ankle, shoulder, elbow, wrist) in enumerate((LEFT, RIGHT)):
        stride = phase + math.pi * side
        thigh = 0.55 * math.sin(stride)
        shin = thigh - 0.55 * max(0.0, math.cos(stride)) - 0.1
        joints[knee] = joints[hip] + 0.5 * limb(thigh)
        joints[ankle] = joints[knee] + 0.5 * limb(shin)
        upper = -0.5 * math.sin(stride) + (wave * 2.3 if side else 0.0)
        joints[elbow] = joints[shoulder] + 0.40 * limb(upper)
        joints[wrist] = joints[elbow] + 0.38 * limb(upper + 0.45)
    pixels = joints * size + np.array([x, foot])
    return np.concatenate([pixels / 256.0, np.ones((JOINTS, 1))], 1).astype(np.float32)
