"""A walking figure as COCO-17 joints: for training data, truth and the scripted tour."""

import math

import numpy as np


def walker(phase: float, x: float, foot: float, size: float, wave: float = 0.0, face: int = 1) -> np.ndarray:
    """Joints [17, 3] (x, y in 0-1 of the picture, visibility) of a figure of ``size`` pixels a unit that walks at ``x``.

    ``phase`` is the gait's angle in radians, ``foot`` the ground's row, ``wave`` 0-1 lifts one arm, ``face`` 1 or -1.
    """

    def limb(angle: float) -> np.ndarray:
        return np.array([face * math.sin(angle), math.cos(angle)])

    k = np.zeros((17, 2))
    hip, shoulder = np.array([0.0, -1.0]), np.array([face * 0.06, -1.78])
    head = shoulder + [face * 0.07, -0.34]
    k[:5] = head + np.array([[face * 0.12, 0], [0.04, -0.04], [-0.04, -0.04], [0.1, 0], [-0.1, 0]])
    k[5], k[6], k[11], k[12] = shoulder + [0.1, 0], shoulder - [0.1, 0], hip + [0.07, 0], hip - [0.07, 0]
    for side, (h, knee, ankle, s, elbow, wrist) in enumerate(((11, 13, 15, 5, 7, 9), (12, 14, 16, 6, 8, 10))):
        q = phase + math.pi * side
        thigh = 0.55 * math.sin(q)
        shin = thigh - 0.55 * max(0.0, math.cos(q)) - 0.1
        k[knee] = k[h] + 0.5 * limb(thigh)
        k[ankle] = k[knee] + 0.5 * limb(shin)
        upper = -0.5 * math.sin(q) + (wave * 2.3 if side else 0.0)
        k[elbow] = k[s] + 0.40 * limb(upper)
        k[wrist] = k[elbow] + 0.38 * limb(upper + 0.45)
    pixels = k * size + np.array([x, foot])
    return np.concatenate([pixels / 256.0, np.ones((17, 1))], 1).astype(np.float32)
