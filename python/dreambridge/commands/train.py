"""``dreambridge train``: the networks of Vista. ``a`` has the words of the command line."""

import argparse
import json
import sys


def train_prompts(a: argparse.Namespace) -> None:
    """The prompt head, on sentences of the grammar."""
    import torch

    from dreambridge.bundle.load import GraphFile
    from dreambridge.conditioning.text import SentenceEncoder
    from dreambridge.runtime.providers import make_session
    from dreambridge.system.made_folders import claim_files
    from dreambridge.system.paths import cache_folder
    from dreambridge.vista.export import MODEL, TOKENIZER, located
    from dreambridge.vista.prompt.fitting import train_head
    from dreambridge.vista.prompt.head import save_head

    run = a.run or cache_folder() / "vista-run"
    claim_files(run, ("prompt_encoder.pt",), "dreambridge train")
    torch.set_num_threads(a.threads)
    text = make_session(GraphFile("text", located(*MODEL).read_bytes()), "cpu", 1)
    encoder = SentenceEncoder(text, located(*TOKENIZER).read_bytes())
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task("encoding sentences, then some minutes of training", total=None)
        head, scores = train_head(encoder.tokens, each=lambda n: bar.update(task, completed=n))
    save_head(head, run / "prompt_encoder.pt")
    print(json.dumps(scores))
    print(f"Make a bundle of it: dreambridge export vista --prompts {run / 'prompt_encoder.pt'} --out my-vista", file=sys.stderr)


def train_painter(a: argparse.Namespace) -> None:
    """The painter network, on frames of the painter."""
    import torch

    from dreambridge.system.made_folders import claim_files
    from dreambridge.system.paths import cache_folder
    from dreambridge.vista.export import PAINTER, PAINTERS
    from dreambridge.vista.training.dataset import folder_of_shards, write_shard
    from dreambridge.vista.training.loop import FILES, MADE_BY, Recipe, begun, train

    torch.set_num_threads(a.threads)
    run = a.run or cache_folder() / ("vista-run" if a.level == "full" else f"vista-run-{a.level}")
    start = None if a.fresh else PAINTERS[a.level] if PAINTERS[a.level].exists() else PAINTER
    # Report what does not fit before minutes of painting.
    claim_files(run, FILES, MADE_BY, known=begun(run, not a.fresh, start, a.level)[1] is not None)
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(file=sys.stderr), transient=True) as bar:
        painting = bar.add_task("painting training frames", total=a.shards)
        data = a.data or folder_of_shards()
        for k in range(a.shards):
            write_shard(data, k)
            bar.update(painting, completed=k + 1)
        training = bar.add_task(f"training (log: {run / 'log.csv'})", total=a.minutes)
        recipe = Recipe(level=a.level)
        done = train(a.minutes, run, data, not a.fresh, recipe, lambda minutes: bar.update(training, completed=minutes), start)
    print(done)
    option = "--checkpoint" if a.level == "full" else f"--{a.level}"
    print(f"Make a bundle of it: dreambridge export vista {option} {done} --out my-vista", file=sys.stderr)
