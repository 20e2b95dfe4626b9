"""A webcam's pose, as lines of JSON: ``PYTHON pose_worker.py CAMERA``. It runs in an environment of its own (docs/live.md).

It needs ``mediapipe==0.10.21`` and nothing of Dreambridge: MediaPipe needs NumPy 1, and newer releases have no model in them.
CAMERA is the number of a camera, or the path of a film. Each line is one of

    {"ready": "mediapipe 0.10.21", "size": [640, 480]}
    {"pose": [[x, y, visibility], ... 17 of them in COCO order]}        x and y in 0-1 from the top left; null: nobody is there
    {"error": "..."}                                                    the last one

It ends when its standard input is closed.
"""

from __future__ import annotations  # for Python 3.9

import json
import os
import sys
import threading
from typing import Any

# MediaPipe's 33 points; COCO has 17: nose, eyes, ears, shoulders, elbows, wrists, hips, knees, ankles.
COCO = (0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)


def tell(**line: Any) -> None:
    print(json.dumps(line), flush=True)


def watch_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def points(result: Any) -> list[list[float]] | None:
    """The 17 joints of what MediaPipe found, or None."""
    found = result.pose_landmarks
    if not found:
        return None
    marks = [found.landmark[k] for k in COCO]
    return [[round(m.x, 4), round(m.y, 4), round(min(1.0, max(0.0, m.visibility)), 3)] for m in marks]


def main(camera: str) -> str:
    import cv2
    import mediapipe

    capture = cv2.VideoCapture(int(camera) if camera.isdigit() else camera)
    if not capture.isOpened():
        return f"the camera {camera} cannot be opened"
    size = [int(capture.get(n)) for n in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)]
    tell(ready=f"mediapipe {mediapipe.__version__}", size=size)
    # The model of this complexity is in the package; the others would be downloaded.
    with mediapipe.solutions.pose.Pose(model_complexity=1, smooth_landmarks=True) as estimator:
        while True:
            there, picture = capture.read()
            if not there:
                return f"the camera {camera} gives no more pictures"
            tell(pose=points(estimator.process(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))))


if __name__ == "__main__":
    threading.Thread(target=watch_parent, daemon=True).start()
    try:
        said = main(sys.argv[1] if len(sys.argv) > 1 else "0")
    except ImportError as e:
        said = f"{e}; this environment needs mediapipe==0.10.21"
    except Exception as e:
        said = f"{type(e).__name__}: {e}"
    tell(error=said)
    sys.exit(1)
