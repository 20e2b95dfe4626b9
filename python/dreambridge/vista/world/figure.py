"""A figure on the stage: soft bone distance fields from COCO-17 joints, and its shadow on the ground."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dreambridge.vista.world import joints as J
from dreambridge.vista.world.branch import Branch
from dreambridge.vista.world.names import SIZE, WIDE
from dreambridge.vista.world.rows import cut
from dreambridge.vista.world.shapes import columns

# From joint to joint, by group: limbs of the far side, trunk, limbs of the near side.
BONES = (
    (
        (J.RIGHT_SHOULDER, J.RIGHT_ELBOW),
        (J.RIGHT_ELBOW, J.RIGHT_WRIST),
        (J.RIGHT_HIP, J.RIGHT_KNEE),
        (J.RIGHT_KNEE, J.RIGHT_ANKLE),
    ),
    (
        (J.LEFT_SHOULDER, J.LEFT_HIP),
        (J.RIGHT_SHOULDER, J.RIGHT_HIP),
        (J.LEFT_SHOULDER, J.RIGHT_SHOULDER),
        (J.LEFT_HIP, J.RIGHT_HIP),
    ),
    ((J.LEFT_SHOULDER, J.LEFT_ELBOW), (J.LEFT_ELBOW, J.LEFT_WRIST), (J.LEFT_HIP, J.LEFT_KNEE), (J.LEFT_KNEE, J.LEFT_ANKLE)),
)
# The planes of one figure, by four phases each: coverages front to back, their inner fields, the shadow.
FRONT, BODY, REAR, FRONT_FIELD, BODY_FIELD, REAR_FIELD, SHADOW = range(7)
FIGURE_PLANES, FIGURES_PLANES = 7, 9  # of one, and of both together


def inside(lo: float, hi: float, field: Tensor) -> Tensor:
    """A linear step from 0 at ``lo`` to 1 at ``hi``."""
    return ((field - lo) * (1 / (hi - lo))).clamp(0, 1)


def plane(planes: Tensor, number: int) -> Tensor:
    """One plane of four phases, [1, 4, r, w / 2]."""
    return planes[:, 4 * number : 4 * number + 4]


class Figure(nn.Module):
    """One figure as a distance field around its bones.

    Inputs
    ------
    pose : [1, 17, 3] x and y in 0-1 of the picture, visibility in 0-1
    posed : [1, 1] presence of the pose
    light : [1, 2] column of the light in pixels, length of shadows in heights
    rows : [1, r, 1] the middles of pairs of rows, in pixels

    Returns
    -------
    [1, 28, r, w / 2] in 0-1, 7 planes by 4 phases: three coverages front to back (``FRONT``, ``BODY``, ``REAR``), their inner
    fields, and the shadow. The fields are made at half size, where they are smooth, and spread to the four phases by a fixed 3 x
    3 kernel (bilinear interpolation).
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

    def forward(self, pose: Tensor, posed: Tensor, light: Tensor, rows: Tensor) -> Tensor:
        joints = pose[0, :, J.POSITION] * torch.tensor([float(self.width), SIZE]) - torch.tensor([(self.width - SIZE) / 2, 0.0])
        seen = (pose[0, :, J.VISIBILITY] * posed.reshape(1)).clamp(0, 1)
        trunk = (joints[J.SHOULDERS].mean(0) - joints[J.HIPS].mean(0)).square().sum().add(1e-3).sqrt()
        radius = (trunk * 0.54).clamp(min=2.0)
        bones = self.bones(joints, seen, radius, rows)
        head = joints[J.HEAD].mean(0)
        skull = (1.22 - ((self.px - head[0]).square() + (rows - head[1]).square()).sqrt() / radius).clamp(0, 1.2)
        groups = bones.reshape(3, 4, -1, self.width // 2).amax(1)
        body = torch.maximum(groups[1:2], skull * seen[0])
        shadow = self.shadow(joints, seen, trunk, light, rows)

        fields = torch.cat([groups[2:3], body, groups[0:1], shadow]).unsqueeze(0)
        wide = F.conv2d(F.pad(fields, (1, 1, 1, 1), mode="replicate"), self.spread, groups=4)
        front, body, rear = wide[:, 0:4], wide[:, 4:8], wide[:, 8:12]
        covers = [inside(0.69, 0.77, front), inside(0.60, 0.69, body), inside(0.70, 0.78, rear)]
        return torch.cat([*covers, wide[:, :12].clamp(0, 1), wide[:, 12:]], 1)

    def bones(self, joints: Tensor, seen: Tensor, radius: Tensor, rows: Tensor) -> Tensor:
        """How deep each pixel lies inside each bone, [12, r, w / 2]: 1 on its axis, 0 at ``radius`` pixels from it."""
        start, end = joints.index_select(0, self.start), joints.index_select(0, self.end)
        start_x, start_y = start[:, 0].reshape(-1, 1, 1), start[:, 1].reshape(-1, 1, 1)
        bone_x, bone_y = (end - start)[:, 0].reshape(-1, 1, 1), (end - start)[:, 1].reshape(-1, 1, 1)
        x, y = self.px - start_x, rows - start_y
        along = ((x * bone_x + y * bone_y) / (bone_x * bone_x + bone_y * bone_y + 1e-4)).clamp(0, 1)
        distance = ((x - along * bone_x).square() + (y - along * bone_y).square()).sqrt()
        visible = (seen.index_select(0, self.start) * seen.index_select(0, self.end)).reshape(-1, 1, 1)
        return (1 - distance / radius).clamp(0, 1) * visible

    def shadow(self, joints: Tensor, seen: Tensor, trunk: Tensor, light: Tensor, rows: Tensor) -> Tensor:
        """The shadow on the ground, [1, r, w / 2]: it starts at the lower foot and falls away from the light."""
        feet = joints[J.ANKLES]
        foot_x, foot_y = feet[:, 0].mean(), feet[:, 1].amax()
        reach = ((foot_x - light[0, 0]) * (1 / 128.0)).clamp(-1, 1) * light[0, 1] * trunk * 1.4
        along = (self.px - foot_x - reach) / (reach.abs() + trunk * 0.75)
        across = (rows - foot_y - 2.0) * (1 / (trunk * 0.13 + 2.5))
        return ((1.2 - along.square() - across.square()) * 1.1).clamp(0, 1) * (seen[J.ANKLES].amax())


class Figures(nn.Module):
    """Two figures, each [1, 28, r, w / 2] from ``Figure``, the first in front of the second -> [1, 36, r, w / 2] by phase.

    The 9 planes: how much they hide of what lies behind; their three coverages (rear limbs, body, front limbs); depth, height on
    the thing, side and variation; their shadow.
    """

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        mine = [plane(first, FRONT)]
        left = 1 - mine[0]
        for cover in (BODY, REAR):
            mine.append(plane(first, cover) * left)
            left = left - mine[cover]
        theirs = []
        for cover in (FRONT, BODY, REAR):
            theirs.append(plane(second, cover) * left)
            left = left - theirs[cover]
        covers = [a + b for a, b in zip(mine, theirs, strict=True)]
        fields = ((FRONT, FRONT_FIELD), (BODY, BODY_FIELD), (REAR, REAR_FIELD))
        local: Tensor | None = None
        for covers_of, planes in ((mine, first), (theirs, second)):
            for cover, field in fields:
                part = covers_of[cover] * plane(planes, field)
                local = part if local is None else local + part
        assert local is not None
        taken = 1 - left
        variation = taken * 0.5 + (theirs[0] + theirs[1] + theirs[2]) * 0.4  # the second figure's coat
        shadow = torch.maximum(plane(first, SHADOW), plane(second, SHADOW))
        return torch.cat([taken, *reversed(covers), taken * 0.03, local, taken * 0.5, variation, shadow], 1)


class BothFigures(nn.Module):
    """The planes of two figures, see ``Figures``. Each is made only while it is visible.

    Inputs
    ------
    pose : [1, 2, 17, 3]; posed : [1, 1] its presence
    visible : [2] how visible each figure is, 0-1
    light : [1, 2] column of the light in pixels, length of shadows in heights
    top, bottom : int64 [1] the pairs of rows to be made
    """

    pairs: Tensor

    def __init__(self, width: int = SIZE) -> None:
        super().__init__()
        self.each = nn.ModuleList(
            Branch(f"figure{k}", Figure(width), (1, 4 * FIGURE_PLANES, 1, 1), varies=True) for k in range(2)
        )
        self.both = Figures()
        self.register_buffer("pairs", torch.arange(0, SIZE, 2, dtype=torch.float32).reshape(1, -1, 1) + 0.5)

    def forward(self, pose: Tensor, posed: Tensor, visible: Tensor, light: Tensor, top: Tensor, bottom: Tensor) -> Tensor:
        rows = cut(self.pairs, top, bottom)
        made = [f(visible[n : n + 1].reshape(1, 1), pose[:, n], posed, light, rows) for n, f in enumerate(self.each)]
        return torch.as_tensor(self.both(*made))


class Highest(nn.Module):
    """The first pair of rows of pixels [1] that holds anything of the land or of the figures: ``land`` [1] of the land alone."""

    def forward(self, land: Tensor, pose: Tensor, posed: Tensor) -> Tensor:
        rows, seen = pose[0, :, :, J.Y] * SIZE, pose[0, :, :, J.VISIBILITY] * posed.reshape(1, 1)
        shoulders, hips = pose[0, :, J.SHOULDERS, J.POSITION].mean(1), pose[0, :, J.HIPS, J.POSITION].mean(1)
        trunk = (shoulders - hips).abs().sum(1, keepdim=True) * WIDE
        over = torch.where(seen > 0, rows - (trunk * 0.7 + 4), torch.full_like(rows, float(SIZE)))
        return torch.minimum(land, torch.floor(over.amin().reshape(1) * 0.5).clamp(0, SIZE // 2 - 1))
