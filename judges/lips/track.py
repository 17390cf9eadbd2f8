"""Follow the face through a film and write what is measured to an `.npz`.

    python track.py FILM OUT.npz

Runs alone, in an environment of its own (requirements.txt): MediaPipe needs an older NumPy than Limelight. The models
are inside the MediaPipe wheel; nothing is downloaded. The face is looked for where it was in the frame before, but the
landmarks are not smoothed over time: against looking at every frame by itself the lips come out with no delay and half
the noise. Lips and eyes are refined by the attention mesh (Grishchenko et al. 2020): the plain mesh reads closed lips
as 0.02 to 0.05 apart, this one as 0.000 to 0.003.

Arrays, one row per frame; NaN where there is no face; lengths are in distances between the eyes:

    faces       faces seen
    aperture    inner lips apart at their middle (landmarks 13 and 14)
    seam        largest of three distances between the inner lips: middle, left, right
    outer       outer lips apart at their middle (0 and 17): how thick closed lips look
    width       corners of the mouth (61 and 291)
    upper       visible red of the upper lip (0 to 13); lower: of the lower lip (14 to 17)
    chin        tip of the nose to the chin (1 and 152)
    eye_left, eye_right      lids apart over the width of the eye (presenter's own left and right)
    eyes        distance between the eyes in pixels
    x, y        middle between the eyes in pixels; roll: radians, clockwise in the picture
    yaw, pitch  proxies: tip of the nose against the middle of the eyes, right and down
    change      mean absolute difference of grey levels to the frame before, in a box around the face; 0 is a repeat
    mouth_change   the same in a box around the mouth
    time_s      presentation time
    points      (frames, 468, 2), all landmarks in pixels
and `fps`, a scalar.
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("GLOG_minloglevel", "2")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import cv2
import mediapipe as mp
import numpy as np

COLUMNS = (
    "faces", "aperture", "seam", "outer", "width", "upper", "lower", "chin", "eye_left", "eye_right", "eyes", "x", "y",
    "roll", "yaw", "pitch", "change", "mouth_change", "time_s",
)  # fmt: skip

# The six points of the eye aspect ratio (Soukupová & Čech 2016): corners, then upper and lower lid twice.
RIGHT_EYE = (33, 133, 160, 144, 158, 153)
LEFT_EYE = (263, 362, 387, 373, 385, 380)


def measure(points: np.ndarray) -> dict[str, float]:
    """From (468, 2) pixels."""

    def far(a: int, b: int) -> float:
        return float(np.hypot(*(points[a] - points[b])))

    right, left = points[[33, 133]].mean(0), points[[263, 362]].mean(0)
    middle, across = (right + left) / 2, left - right
    eyes = float(np.hypot(*across))
    x_axis = across / eyes
    y_axis = np.array([-x_axis[1], x_axis[0]])

    def apart(upper: int, lower: int) -> float:
        """Where closed lips overlap the landmarks change places: that is no opening."""
        return far(upper, lower) if (points[lower] - points[upper]) @ y_axis > 0 else 0.0

    def lids(eye: tuple[int, ...]) -> float:
        return (far(eye[2], eye[3]) + far(eye[4], eye[5])) / (2 * far(eye[0], eye[1]))

    nose = points[1] - middle
    return {
        "aperture": apart(13, 14) / eyes,
        "seam": max(apart(13, 14), apart(81, 178), apart(311, 402)) / eyes,
        "outer": far(0, 17) / eyes,
        "width": far(61, 291) / eyes,
        "upper": far(0, 13) / eyes,
        "lower": far(14, 17) / eyes,
        "chin": far(1, 152) / eyes,
        "eye_left": lids(LEFT_EYE),
        "eye_right": lids(RIGHT_EYE),
        "eyes": eyes,
        "x": float(middle[0]),
        "y": float(middle[1]),
        "roll": float(np.arctan2(across[1], across[0])),
        "yaw": float(nose @ x_axis) / eyes,
        "pitch": float(nose @ y_axis) / eyes,
    }


def box(points: np.ndarray, margin: float, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Rows and columns around points, grown by `margin` of their size."""
    low, high = points.min(0), points.max(0)
    grow = margin * (high - low)
    x0, y0 = np.maximum(low - grow, 0).astype(int)
    x1, y1 = np.minimum(high + grow + 1, (shape[1], shape[0])).astype(int)
    return slice(y0, y1), slice(x0, x1)


def track(path: str) -> dict[str, np.ndarray]:
    """All columns of a film."""
    film = cv2.VideoCapture(path)
    if not film.isOpened():
        raise SystemExit(f"cannot open {path}")
    fps = film.get(cv2.CAP_PROP_FPS)
    rows: list[list[float]] = []
    meshes: list[np.ndarray] = []
    before = None
    mesh = mp.solutions.face_mesh.FaceMesh(max_num_faces=2, refine_landmarks=True, min_detection_confidence=0.5)
    mouth = np.array([61, 291, 0, 17, 57, 287])
    face_box = mouth_box = None
    while True:
        ok, frame = film.read()
        if not ok:
            break
        time_s = film.get(cv2.CAP_PROP_POS_MSEC) / 1000
        row = dict.fromkeys(COLUMNS, float("nan")) | {"time_s": time_s, "faces": 0.0}
        found = mesh.process(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)).multi_face_landmarks or []
        row["faces"] = float(len(found))
        points = np.full((468, 2), np.nan)
        if found:
            size = np.array([frame.shape[1], frame.shape[0]])
            points = np.array([[p.x, p.y] for p in found[0].landmark])[:468] * size
            row |= measure(points)
            if face_box is None:
                face_box, mouth_box = box(points, 0.1, frame.shape), box(points[mouth], 0.2, frame.shape)
        grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        if before is not None and face_box is not None and mouth_box is not None:
            row["change"] = float(cv2.absdiff(grey, before)[face_box].mean())
            row["mouth_change"] = float(cv2.absdiff(grey, before)[mouth_box].mean())
        before = grey
        meshes.append(points)
        rows.append([row[c] for c in COLUMNS])
    film.release()
    table = np.array(rows, np.float64).reshape(-1, len(COLUMNS))
    columns: dict[str, np.ndarray] = {name: table[:, i] for i, name in enumerate(COLUMNS)}
    return columns | {"points": np.array(meshes, np.float32).reshape(-1, 468, 2), "fps": np.array(fps, np.float64)}


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    np.savez_compressed(sys.argv[2], **track(sys.argv[1]))  # type: ignore[arg-type]  # numpy's own `allow_pickle`
