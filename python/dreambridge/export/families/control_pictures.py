"""Pictures for a ControlNet, drawn inside the graph from what a game gives: the view's depth, its edges, or a pose."""

import torch
from torch import Tensor
from torch.nn import functional as F

from dreambridge.bundle.palette import PALETTE

NEAR = 0.1  # of the far plane: there the picture of the depth is half as bright as at the camera
LIMB = 0.008  # half the width of a bone, of the picture's larger side
THIN = 1.5  # pixels
BONE_LIGHT = 0.6  # OpenPose's bones are darker than its joints
# OpenPose's 18 points from COCO's 17: the neck lies between the shoulders. -1: the neck.
POINTS = (0, -1, 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3)
BONES = (
    (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13), (1, 0), (0, 14),
    (14, 16), (0, 15), (15, 17),
)  # fmt: skip
COLOURS = (
    (255, 0, 0), (255, 85, 0), (255, 170, 0), (255, 255, 0), (170, 255, 0), (85, 255, 0), (0, 255, 0), (0, 255, 85),
    (0, 255, 170), (0, 255, 255), (0, 170, 255), (0, 85, 255), (0, 0, 255), (85, 0, 255), (170, 0, 255), (255, 0, 255),
    (255, 0, 170), (255, 0, 85),
)  # fmt: skip


def label_depth(label: Tensor) -> Tensor:
    """The palette's depth of each pixel's nearest colour; uint8 [1, H, W, 4] -> float32 [1, 1, H, W]."""
    colours = torch.tensor([entry["colour"] for entry in PALETTE.values()], dtype=torch.float32) / 255
    depths = torch.tensor([entry["depth"] for entry in PALETTE.values()], dtype=torch.float32)
    # The nearest colour has the largest product less half its square.
    scores = (label[..., :3].float() / 255) @ colours.T - 0.5 * (colours**2).sum(1)
    return depths.index_select(0, scores.argmax(-1).reshape(-1)).reshape(label.shape[:3])[:, None]


def depth_picture(label: Tensor, depth: Tensor, has_depth: Tensor) -> Tensor:
    """As depth ControlNets were trained: white at the camera, black far away; [1, 3, H, W] in 0-1.

    ``label``, ``depth`` uint8 [1, H, W, 4], ``has_depth`` float32 [1, 1] as in protocol/BUNDLE.md. The brightness falls with the
    distance as disparity does, with the same scale for each frame, so that it does not flicker.
    """
    r, g, b = (depth[..., k].float() for k in range(3))
    measured = ((r * 65536 + g * 256 + b) / 16777215)[:, None]
    d = torch.where(has_depth.reshape(1, 1, 1, 1) > 0.5, measured, label_depth(label))
    return (NEAR * (1 - d) / (d + NEAR)).expand(-1, 3, -1, -1)


def edges_picture(label: Tensor) -> Tensor:
    """White lines where the label of a pixel differs from that on its right or below; [1, 3, H, W] in 0-1."""
    rgb = label[..., :3].permute(0, 3, 1, 2).float()
    padded = F.pad(rgb, (0, 1, 0, 1), mode="replicate")
    right, below = (padded[:, :, :-1, 1:] - rgb).abs(), (padded[:, :, 1:, :-1] - rgb).abs()
    return ((right + below).amax(1, keepdim=True) > 24).float().expand(-1, 3, -1, -1)


def _painted(picture: Tensor, cover: Tensor, colour: tuple[int, int, int], light: float) -> Tensor:
    return picture * (1 - cover) + torch.tensor(colour, dtype=torch.float32).reshape(3, 1, 1) / 255 * light * cover


def pose_picture(pose: Tensor, height: int, width: int) -> Tensor:
    """OpenPose's coloured figure on black; ``pose`` float32 [1, figures, 17, 3] -> [1, 3, H, W] in 0-1."""
    ys = (torch.arange(height, dtype=torch.float32) + 0.5)[:, None].expand(height, width)
    xs = (torch.arange(width, dtype=torch.float32) + 0.5)[None, :].expand(height, width)
    size = torch.tensor([float(width), float(height)])
    half = max(LIMB * max(width, height), THIN)
    out = torch.zeros(3, height, width)
    for figure in range(pose.shape[1]):
        coco = pose[0, figure]
        neck = torch.cat([(coco[5, :2] + coco[6, :2]) / 2, torch.minimum(coco[5, 2:], coco[6, 2:])])
        points = [neck if k < 0 else coco[k] for k in POINTS]
        for (a, b), colour in zip(BONES, COLOURS, strict=False):
            p, q = points[a][:2] * size, points[b][:2] * size
            way = q - p
            along = ((xs - p[0]) * way[0] + (ys - p[1]) * way[1]) / (way.square().sum() + 1e-6)
            along = along.clamp(0, 1)
            away = ((xs - p[0] - along * way[0]).square() + (ys - p[1] - along * way[1]).square() + 1e-12).sqrt()
            seen = torch.minimum(points[a][2], points[b][2])
            cover = ((half - away) + 0.5).clamp(0, 1) * (seen > 0.3).float()
            out = _painted(out, cover, colour, BONE_LIGHT)
        for point, colour in zip(points, COLOURS, strict=True):
            p = point[:2] * size
            away = ((xs - p[0]).square() + (ys - p[1]).square() + 1e-12).sqrt()
            out = _painted(out, ((half - away) + 0.5).clamp(0, 1) * (point[2] > 0.3).float(), colour, 1.0)
    return out[None]
