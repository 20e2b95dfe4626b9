"""The command ``dreambridge``."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dreambridge import __version__
from dreambridge.commands.bundles_options import bundles_command
from dreambridge.commands.export_options import export_command
from dreambridge.commands.film_options import bake_options, replay_options
from dreambridge.commands.live_options import live_command
from dreambridge.commands.serve_options import serve_options
from dreambridge.commands.web_options import web_command
from dreambridge.protocol.errors import DreamError
from dreambridge.system.imports import import_failed
from dreambridge.system.malloc import share_arenas
from dreambridge.system.onnx_runtime import disable_telemetry
from dreambridge.system.terminal import command_line


def _serve(a: argparse.Namespace) -> None:
    from dreambridge.daemon.serve import log_into, serve

    if a.log_file:
        log_into(a.log_file)
    level = "debug" if a.verbose else a.log_level
    serve(
        a.name,
        a.provider,
        a.parent_pid,
        a.parent_port,
        a.log_format,
        level,
        a.preview_port if a.preview else None,
        a.nonce,
        a.rules,
        a.remote,
    )


def _demo(a: argparse.Namespace) -> None:
    from dreambridge.commands.demo import demo

    demo(a)


def _with_out(a: argparse.Namespace) -> str:
    """The command line that was meant, for the first of the files."""
    first, own = a.files[0], ["--into", str(a.into)] if a.what == "import" and a.into else []
    stem = first.name.removesuffix(".json").removesuffix(".dream") if a.what == "export" else first.stem
    out = a.out or a.into or first.with_name(f"{stem}{'.otio' if a.what == 'export' else '.dream.json'}")
    return command_line("dreambridge", "cutscene", a.what, str(first), *own, "--out", str(out))


def _cutscene(a: argparse.Namespace) -> None:
    from dreambridge.commands import cutscene

    if a.what == "check":
        raise SystemExit(cutscene.check_files(a.files, a.bundle, a.json, a.out))
    if a.what == "sound":
        cutscene.sound(a.files)
        return
    if len(a.files) != 1 or a.out is None:
        raise DreamError("bad_argument", f"`cutscene {a.what}` takes one file, and --out.", f"Run: {_with_out(a)}")
    if a.what == "import":
        cutscene.import_to(a.files[0], a.out, into=a.into, bundle=a.bundle, condition=a.condition, step_seconds=a.step_seconds)
    else:
        choices = [p.strip() for p in a.path.split(",")] if a.path else []
        cutscene.export_to(a.files[0], a.out, bundle=a.bundle, fps=a.fps, choices=choices)


def _story(a: argparse.Namespace) -> None:
    from dreambridge.commands.story import check_files

    raise SystemExit(check_files(a.files, a.bundle, a.cutscenes, a.json))


def _bake(a: argparse.Namespace) -> None:
    from dreambridge.commands import bake, dataset

    (dataset.command if a.dataset else bake.bake)(a)


def _replay(a: argparse.Namespace) -> None:
    from dreambridge.commands.replay import command

    raise SystemExit(command(a))


def _doctor(a: argparse.Namespace) -> None:
    from dreambridge.commands.doctor import report

    raise SystemExit(report(a.json, a.project, a.stream, a.remove_stale))


def _report(a: argparse.Namespace) -> None:
    from dreambridge.commands.report import report

    print(report(a.out, a.log, a.take))
    print("Read the files in it before you publish it.", file=sys.stderr)


def _bench(a: argparse.Namespace) -> None:
    import importlib

    from dreambridge.bench.report import run

    own = {"rows": a.rows, "out": a.out, "again": a.again, "engine": a.engine, "short": a.short, "against": a.against}
    if a.bench == "models":
        own = {n: own[n] for n in ("rows", "out", "again", "short", "against")}
    elif a.bench != "vista":
        if any(own.values()):
            raise DreamError(
                "bad_argument",
                f"`bench {a.bench}` does not accept --rows, --out, --again, --short or --against.",
                "Only `bench vista` and `bench models` do.",
            )
        own = {}
    run(a.bench, importlib.import_module(f"dreambridge.bench.{a.bench}").measure, a.json, a.quick, **own)


def _train(a: argparse.Namespace) -> None:
    from dreambridge.commands.train import train_painter, train_prompts

    (train_prompts if a.model == "prompts" else train_painter)(a)


def _conformance(a: argparse.Namespace) -> None:
    from dreambridge.commands.conformance import conformance

    raise SystemExit(
        conformance(a.client, a.daemon, tcp=a.tcp, only=a.only, known=a.known, jobs=a.jobs, bundle=a.bundle, as_json=a.json)
    )


def _package(a: argparse.Namespace) -> None:
    from dreambridge.packaging.command import run

    run(a)


def _parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="dreambridge", description="Streams pictures from a neural network into games, and directs them while they run."
    )
    p.add_argument("--version", action="version", version=__version__)
    sub = p.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: object, text: str, *examples: str) -> argparse.ArgumentParser:
        shown = f"Example: {examples[0]}" if len(examples) == 1 else "\n  ".join(["Examples:", *examples])
        c = sub.add_parser(name, help=text, description=text, epilog=shown, formatter_class=argparse.RawDescriptionHelpFormatter)
        c.set_defaults(action=run)
        return c

    serve_options(command("serve", _serve, "Run the daemon until Ctrl-C.", "dreambridge serve --name studio"))
    c = command(
        "demo",
        _demo,
        "Show Vista: a scripted tour of hour, weather, place and pose.",
        "dreambridge demo --headless --seconds 20 --out tour --json",
    )
    c.add_argument("--headless", action="store_true", help="write contact_sheet.png and stream.mp4 instead of opening a page")
    c.add_argument("--seconds", type=float, default=24.0)
    c.add_argument("--out", type=Path, default=Path("dreambridge-tour"))
    c.add_argument("--bundle", default="vista")
    c.add_argument("--godot", action="store_true", help="run the Godot demo: a gallery and a village")
    c.add_argument("--game", action="store_true", help="play The Keeper's Light, a short game made with the Godot addon")
    c.add_argument("--preview-port", type=int, default=0, metavar="PORT", help="port of the preview page; 0 = any free port")
    c.add_argument("--json", action="store_true", help="print one JSON object")
    web_command(command)
    live_command(command)
    bundles_command(command)
    c = command(
        "doctor", _doctor, "Check this machine: packages, providers, shared memory, daemons.", "dreambridge doctor --stream"
    )
    c.add_argument("--stream", action="store_true", help="also start a daemon, open a stream and make a frame")
    c.add_argument(
        "--project",
        type=Path,
        metavar="DIR",
        help="the Godot or Unity project whose plugin is compared (default: the working folder)",
    )
    c.add_argument("--remove-stale", action="store_true", help="first remove the files that killed daemons left behind")
    c.add_argument("--json", action="store_true")
    c = command(
        "report",
        _report,
        "Write a file for a bug report: what doctor finds, versions, ends of logs and the last take, without tokens and names.",
        "dreambridge report --log dreambridge.log",
    )
    c.add_argument("--out", type=Path, metavar="FILE", help="default: dreambridge-report-DATE.zip in this folder")
    c.add_argument("--log", type=Path, action="append", default=[], metavar="FILE", help="a daemon's log (`serve --log-file`)")
    c.add_argument("--take", type=Path, metavar="FILE", help="a recorded *.take.jsonl; default: the newest one in this folder")
    c = command(
        "cutscene",
        _cutscene,
        "Check cutscenes, and print each problem with its line and column; import, export, and work out the features of sounds.",
        "dreambridge cutscene check arrival.dream.json",
        "dreambridge cutscene import edited.otio --out edited.dream.json",
        "dreambridge cutscene import keys.csv --into arrival.dream.json --out arrival.dream.json",
        "dreambridge cutscene export arrival.dream.json --out arrival.otio --path pay",
        "dreambridge cutscene sound arrival.dream.json",
    )
    c.add_argument("what", choices=("check", "import", "export", "sound"))
    c.add_argument("files", type=Path, nargs="+", metavar="FILE", help="*.dream.json; import: *.otio, *.csv, or Scope's *.json")
    c.add_argument("--bundle", metavar="NAME", help="the bundle of the cutscene, instead of the one in the file")
    c.add_argument("--json", action="store_true", help="check: print one JSON array")
    c.add_argument("--out", type=Path, metavar="FILE", help="import: new *.dream.json; export: *.otio or *.csv; check: JSON")
    c.add_argument("--into", type=Path, metavar="FILE", help="import of *.csv: the *.dream.json that takes the keys")
    c.add_argument("--condition", default="prompt", metavar="NAME", help="import from Scope: the condition of its texts")
    c.add_argument("--step-seconds", type=float, default=0.25, help="import from Scope: the length of one transition step")
    c.add_argument("--path", metavar="ID,ID", help="export to *.otio: options to choose, as in `dreambridge bake`")
    c.add_argument("--fps", type=float, default=24.0, help="export to *.otio: frames a second")
    c = command(
        "story",
        _story,
        "Check the directions in the sources of a story (Ink, Yarn, Ren'Py, Twee, Dialogic), with line and column.",
        "dreambridge story check story.ink --bundle vista",
    )
    c.add_argument("what", choices=("check",))
    kinds = "*.ink, *.yarn, *.rpy, *.twee, *.tw, *.dtl, *.dialogue or *.dreamstory"
    c.add_argument("files", type=Path, nargs="+", metavar="FILE", help=kinds)
    c.add_argument("--bundle", metavar="NAME", help="the bundle that the story directs; without it only the words are checked")
    c.add_argument(
        "--cutscenes",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="where cutscenes are, besides the story's own folder and the folder `cutscenes` in it",
    )
    c.add_argument("--json", action="store_true", help="print one JSON array")
    c = command(
        "conformance",
        _conformance,
        "Run the protocol's scenarios against any client, or any running daemon (PROTOCOL.md, part 6).",
        "dreambridge conformance --client node adapter.js",
    )
    c.add_argument("--daemon", metavar="NAME", help="test the running daemon with that name")
    c.add_argument("--bundle", default="testcard", help="the bundle to open in that daemon; it needs a number condition")
    c.add_argument(
        "--tcp", action="store_true", help="the client connects to DREAMBRIDGE_CONFORMANCE_PORT instead of using its pipes"
    )
    c.add_argument("--only", metavar="NAME,NAME", help="these scenarios only")
    c.add_argument(
        "--known",
        type=Path,
        metavar="FILE",
        help="scenarios that are known to fail, one per line; the run fails if one of them passes",
    )
    c.add_argument("--jobs", type=int, default=2, help="clients at a time")
    c.add_argument("--json", action="store_true", help="print one JSON object")
    c.add_argument("--client", nargs=argparse.REMAINDER, default=[], metavar="COMMAND", help="test this client; the last option")
    bake_options(
        command(
            "bake",
            _bake,
            "Make films of cutscenes and takes: of one way through a cutscene, or of all of them.",
            "dreambridge bake arrival.dream.json --out films --all",
        )
    )
    replay_options(
        command(
            "replay",
            _replay,
            "Repeat a recorded take, and compare its pixels with the recorded ones.",
            "dreambridge replay bug.take.jsonl",
        )
    )
    c = command(
        "bench", _bench, "Run a benchmark that compares its cases side by side in one run.", "dreambridge bench overhead --json"
    )
    c.add_argument("bench", choices=("overhead", "direct", "frames", "smooth", "cutscene", "hold", "models", "vista"))
    c.add_argument("--json", action="store_true")
    c.add_argument("--quick", action="store_true", help="fewer repetitions, for tests")
    c.add_argument(
        "--short", action="store_true", help="vista: at most two minutes a row, with standard errors; models: at most two minutes"
    )
    c.add_argument("--rows", metavar="NAME,NAME", help="vista, models: these rows only")
    c.add_argument("--against", type=Path, metavar="DIR", help="vista: another bundle whose speed and cost are measured, too")
    c.add_argument("--out", type=Path, metavar="DIR", help="vista, models: folder of the results file and the figures")
    c.add_argument("--again", action="store_true", help="vista: repeat measurements that are already in the results file")
    c = command(
        "train",
        _train,
        "Train Vista's painter network (resumes from its last checkpoint), or its prompt head.",
        "dreambridge train vista --minutes 60",
    )
    c.add_argument("model", choices=("vista", "prompts"))
    c.add_argument("--level", choices=("full", "light"), default="full", help="vista: the quality level that is trained")
    c.add_argument("--minutes", type=float, default=60.0, help="length of the whole run, including resumed parts")
    c.add_argument("--run", type=Path, help="folder of checkpoints and log.csv")
    c.add_argument(
        "--data", type=Path, help="folder of training frames (default: in the cache, a new one for each version of the painter)"
    )
    c.add_argument("--shards", type=int, default=12, help="shards of 400 frames to paint before training")
    c.add_argument("--threads", type=int, default=2)
    c.add_argument("--fresh", action="store_true", help="start from scratch")
    export_command(command)
    c = command(
        "package",
        _package,
        "Make a folder with Python, the runtime and one bundle, to ship with a game (Linux); or the zip of the Godot addon.",
        "dreambridge package --out build/dreambridge --bundle vista",
        "dreambridge package --godot-addon --out build/dreambridge-godot.zip",
    )
    c.add_argument(
        "--out", type=Path, required=True, metavar="PATH", help="replaced only if this command made it and nothing in it changed"
    )
    c.add_argument(
        "--godot-addon",
        action="store_true",
        help="in a checkout: make the release zip of the Godot addon, with this package in it",
    )
    c.add_argument("--bundle", help="name of a bundle, or the path of its folder (default: vista)")
    c.add_argument("--rules", type=Path, metavar="FILE", help="rules.toml that the packaged daemon always uses (docs/rules.md)")
    c.add_argument("--json", action="store_true", help="print one JSON object")
    return p


def main(argv: Sequence[str] | None = None, engine: Any = None) -> int:
    """Run one command; returns the exit code. ``engine`` is a ``bench.vista.context.GameEngine`` for `bench vista`."""
    a = _parser().parse_args(argv)
    a.engine = engine
    share_arenas()
    disable_telemetry()  # here too, for PyTorch's exporter and anything else that a command imports or starts
    try:
        a.action(a)
        sys.stdout.flush()
    except BrokenPipeError:  # `dreambridge doctor | head`: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except DreamError as e:
        print("\n  ".join(filter(None, (f"dreambridge: {e.message}", e.hint))), file=sys.stderr)
        return 1
    except ImportError as e:
        failed = import_failed(e)
        print(f"dreambridge: {failed.message}\n  {failed.hint}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
