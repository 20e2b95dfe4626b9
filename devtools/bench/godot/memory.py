"""What a game has more after 200 scene changes, each in the midst of a stream."""

from dreambridge.bench.report import goal

from devtools.bench.godot.bench import OPENGL, SMALL, Bench, Row


def measure(bench: Bench) -> Row:
    changes = 20 if bench.quick else 200
    env = {"DAEMON": bench.daemon, "BUNDLE": "testcard"}
    figures = {}
    for name, count, more in (("changes", changes, {}), ("control, scenes kept", 12, {"KEEPS": "1"})):
        got = bench.engine.play("scene_changes.gd", *OPENGL, *SMALL, screen=True, CHANGES=str(count), **env, **more)
        grown = {k: round(got["after"][k] - got["before"][k], 1) for k in got["before"]}
        figures[name] = {"changes": count, "grown": grown}
    grown, kept = figures["changes"]["grown"], figures["control, scenes kept"]["grown"]
    return figures, {
        "static memory": goal(grown["static_kb"] / 1024, "MB", most=2.0),
        "resident memory": goal(grown["resident_kb"] / 1024, "MB", most=2.0),
        "objects": goal(grown["objects"], "", most=0),
        "threads and files": goal(max(grown["threads"], grown["files"]), "", most=0),
        "control: objects of kept scenes": goal(kept["objects"], "", least=12 * 3),
    }
