"""A figure on the stage: soft bone distance fields from COCO-17 joints, and its shadow on the ground."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dreambridge.vista.world.names import SIZE, WIDE
from dreambridge.vista.world.shapes import columns

# (joint, joint) by group: limbs of the far side, trunk, limbs of the near side (COCO-17 numbers).
BONES = (
    ((6, 8), (8, 10), (12, 14), (14, 16)),
    ((5, 11), (6, 12), (5, 6), (11, 12)),
    ((5, 7), (7, 9), (11, 13), (13, 15)),
)


def inside(lo: float, hi: float, x: Tensor) -> Tensor:
    return ((x - lo) * (1 / (hi - lo))).clamp(0, 1)


class Figure(nn.Module):
    """pose [1, 17, 3] (x, y in 0-1, visibility), presence [1, 1], light [1, 2], rows [1, r, 1] -> [1, 28, r, w / 2] by phase.

    Three coverages front to back (front limbs, body, rear limbs), three inner fields, and the shadow: 7 planes of 4 phases. ``light`` is the
    light's column in pixels and the length of shadows in heights. The fields are made at half size, where they are smooth, and
    spread to the four phases by a fixed 3 x 3 kernel (bilinear interpolation). ``rows`` are the middles of pairs of rows, in pixels.
    """

    px: Tensor
    spread: Tensor
    start: Tensor
    end: Tensor

    def __init__(self, width: int = SIZE) -> None:
        super().__init__()
        self.width = width
        self.register_buffer("px", (columns(width)[0::2] + 0.5).reshape(1, 1, -1))
        near, away = torch.tensor([0.25, 0.75, 0.0]), torch.tensor([0.0, 0.75, 0.25])
        kernel = torch.stack([torch.outer(v, h) for v in (near, away) for h in (near, away)]).unsqueeze(1)
        self.register_buffer("spread", kernel.repeat(4, 1, 1, 1))
        bones = [b for group in BONES for b in group]
        self.register_buffer("start", torch.tensor([a for a, _ in bones]))
        self.register_buffer("end", torch.tensor([b for _, b in bones]))

    @staticmethod
    def highest(pose: Tensor, posed: Tensor) -> Tensor:
        """The row of pixels over the figures of ``pose`` [1, 2, 17, 3], [1]; 256 where none is there."""
        rows, seen = pose[0, :, :, 1] * SIZE, pose[0, :, :, 2] * posed.reshape(1, 1)
        trunk = (pose[0, :, 5:7, :2].mean(1) - pose[0, :, 11:13, :2].mean(1)).abs().sum(1, keepdim=True) * WIDE
        over = rows - (trunk * 0.7 + 4)
        return torch.where(seen > 0, over, torch.full_like(over, float(SIZE))).amin().reshape(1)

    def forward(self, pose: Tensor, posed: Tensor, light: Tensor, rows: Tensor) -> Tensor:
        joints = pose[0, :, :2] * torch.tensor([float(self.width), SIZE]) - torch.tensor([(self.width - SIZE) / 2, 0.0])
        seen = (pose[0, :, 2] * posed.reshape(1)).clamp(0, 1)
        trunk = (joints[5:7].mean(0) - joints[11:13].mean(0)).square().sum().add(1e-3).sqrt()
        radius = (trunk * 0.54).clamp(min=2.0)
        a, b = joints.index_select(0, self.start), joints.index_select(0, self.end)
        ax, ay = a[:, 0].reshape(-1, 1, 1), a[:, 1].reshape(-1, 1, 1)
        dx, dy = (b - a)[:, 0].reshape(-1, 1, 1), (b - a)[:, 1].reshape(-1, 1, 1)
        rx, ry = self.px - ax, rows - ay
        t = ((rx * dx + ry * dy) / (dx * dx + dy * dy + 1e-4)).clamp(0, 1)
        distance = ((rx - t * dx).square() + (ry - t * dy).square()).sqrt()
        visible = (seen.index_select(0, self.start) * seen.index_select(0, self.end)).reshape(-1, 1, 1)
        bone = (1 - distance / radius).clamp(0, 1) * visible
        head = joints[:5].mean(0)
        skull = (1.22 - ((self.px - head[0]).square() + (rows - head[1]).square()).sqrt() / radius).clamp(0, 1.2)
        groups = bone.reshape(3, 4, -1, self.width // 2).amax(1)
        body = torch.maximum(groups[1:2], skull * seen[0])

        # The shadow lies before the lower foot, away from the light.
        feet = joints[15:17]
        foot_x, foot_y = feet[:, 0].mean(), feet[:, 1].amax()
        reach = ((foot_x - light[0, 0]) * (1 / 128.0)).clamp(-1, 1) * light[0, 1] * trunk * 1.4
        along = (self.px - foot_x - reach) / (reach.abs() + trunk * 0.75)
        across = (rows - foot_y - 2.0) * (1 / (trunk * 0.13 + 2.5))
        shadow = ((1.2 - along.square() - across.square()) * 1.1).clamp(0, 1) * (seen[15:17].amax())

        fields = torch.cat([groups[2:3], body, groups[0:1], shadow]).unsqueeze(0)
        wide = F.conv2d(F.pad(fields, (1, 1, 1, 1), mode="replicate"), self.spread, groups=4)
        front, trunk_field, rear = wide[:, 0:4], wide[:, 4:8], wide[:, 8:12]
        covers = [inside(0.69, 0.77, front), inside(0.60, 0.69, trunk_field), inside(0.70, 0.78, rear)]
        return torch.cat([*covers, wide[:, :12].clamp(0, 1), wide[:, 12:]], 1)


class Figures(nn.Module):
    """Both figures, each [1, 28, r, w / 2] from ``Figure``, over one another -> [1, 36, r, w / 2] by phase.

    How much of what lies behind they hide, their three coverages (rear limbs, body, front limbs), four of surface (depth, height on
    the thing, side, variation), their shadow.
    """

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        def part(planes: Tensor, j: int) -> Tensor:
            return planes[:, 4 * j : 4 * j + 4]

        mine = [part(first, 0)]
        left = 1 - mine[0]
        for j in (1, 2):
            mine.append(part(first, j) * left)
            left = left - mine[j]
        theirs = []
        for j in range(3):
            theirs.append(part(second, j) * left)
            left = left - theirs[j]
        covers = [a + b for a, b in zip(mine, theirs, strict=True)]
        local = mine[0] * part(first, 3) + mine[1] * part(first, 4) + mine[2] * part(first, 5)
        local = local + theirs[0] * part(second, 3) + theirs[1] * part(second, 4) + theirs[2] * part(second, 5)
        taken = 1 - left
        variation = taken * 0.5 + (theirs[0] + theirs[1] + theirs[2]) * 0.4  # the second figure's coat
        shadow = torch.maximum(part(first, 6), part(second, 6))
        return torch.cat([taken, *reversed(covers), taken * 0.03, local, taken * 0.5, variation, shadow], 1)
