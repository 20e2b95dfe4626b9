"""Starts a smaller painter network from the weights of the full one: of each layer it keeps the channels that matter most."""

import torch
from torch import Tensor

from dreambridge.vista.network.painter_network import COLOURED, DISCS, PAINT, PainterNetwork

Batch = dict[str, Tensor]


def _most(importance: Tensor, count: int) -> Tensor:
    """The places of the ``count`` largest values, in order."""
    return torch.as_tensor(importance.topk(count).indices.sort().values)


def _reach(values: Tensor, weights: Tensor) -> Tensor:
    """How much each channel of ``values`` [B, n, h, w] moves what is computed of it with ``weights`` [m, n]."""
    return values.square().mean((0, 2, 3)).sqrt() * weights.square().sum(0).sqrt()


@torch.no_grad()
def shrink(full: PainterNetwork, small: PainterNetwork, b: Batch) -> None:
    """Give ``small`` the weights of ``full``. Which channels matter is measured on the pictures of ``b`` (``Shards.batch``)."""
    wide, slim = full.sizes, small.sizes
    q = b["planes"].shape[2] // 4
    state = b["slow"][:, :, None, None].expand(-1, -1, q, q)
    kept: dict[str, Tensor] = {}

    def keep(name: str) -> object:
        return lambda _module, _given, out: kept.update({name: out})

    parts = {"sky": full.air, "at_quarter": full.r2 or full.r1, "near": full.local}
    hooks = [part.register_forward_hook(keep(name)) for name, part in parts.items()]  # type: ignore[arg-type]
    seen, glow = full.look(b["vector"], [b["planes"]], b["y"], b["x"])
    full.paint(b["vector"], seen, glow, state, torch.full((len(b["vector"]), 1), 1 / 24), b["overcast"])
    for hook in hooks:
        hook.remove()
    inward, h1, h2 = full.planes_in.weight[:, :, 0, 0], full.h1.weight[:, :, 0, 0], full.h2.weight[:, :, 0, 0]
    lit = 4 * COLOURED + DISCS
    shade = _most(_reach(kept["sky"].relu(), inward[:, lit:]), slim.shading)
    near = kept["near"].relu()
    head = _most(_reach(near, torch.cat([h1[:, : wide.head], h2])), slim.head)
    context = torch.nn.functional.pixel_shuffle(full.context(kept["at_quarter"]), 2)[:, : wide.context]
    around = _most(_reach(context, h1[:, wide.head :]), slim.context)
    quarter = _most(_reach(kept["at_quarter"], full.context.weight[:, :, 0, 0]), slim.channels)

    columns = torch.cat([torch.arange(lit), lit + shade])
    unfolded = torch.cat([around, wide.context + torch.arange(PAINT)])
    unfolded = (4 * unfolded[:, None] + torch.arange(4)).reshape(-1)
    into_head = torch.cat([head, wide.head + around])
    rows = {"air": shade, "planes_in": head, "pack": quarter, "place": quarter, "r1.a": quarter, "r1.b": quarter,
            "context": unfolded, "h1": head, "local": head}  # fmt: skip
    given = {"planes_in": columns, "pack": head, "r1.a": quarter, "r1.b": quarter, "context": quarter, "h1": into_head,
             "h2": head}  # fmt: skip
    if small.r2 is not None:
        rows |= {"r2.a": quarter, "r2.b": quarter}
        given |= {"r2.a": quarter, "r2.b": quarter}
    of_film = torch.arange(sum(full.film_sizes)).split(full.film_sizes)
    chosen = [quarter] * 4 + [head] * 4 + [quarter]  # in the order of ``Film``
    rows["film"] = torch.cat([places[k] for places, k in zip(of_film, chosen, strict=True)])
    rows["colours"] = torch.arange(PAINT * wide.head).reshape(PAINT, wide.head)[:, head].reshape(-1)
    state_of_full = full.state_dict()
    out = {}
    for name, tensor in small.state_dict().items():
        layer, value = name.rpartition(".")[0], state_of_full[name]
        if layer in rows:
            value = value[rows[layer]]
        if layer in given and value.ndim > 1:
            value = value[:, given[layer]]
        if value.ndim == 4:  # the middle of a larger kernel
            edge = (value.shape[3] - tensor.shape[3]) // 2
            value = value[:, :, edge : edge + tensor.shape[2], edge : edge + tensor.shape[3]]
        out[name] = value.reshape(tensor.shape).clone()
    small.load_state_dict(out)
