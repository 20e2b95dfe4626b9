"""The replies of the daemon, one struct for each."""

from typing import Annotated, Any, Self

import msgspec

from dreambridge.protocol.errors import ERRORS, DreamError
from dreambridge.protocol.fields import about

ValuesThere = Annotated[
    dict[str, Any] | None,
    about("Effective conditions there: condition to value, as it was sent. Absent: unknown, or above `max_told_values`."),
]


class Reply(msgspec.Struct, tag_field="type", omit_defaults=True, kw_only=True):
    id: Annotated[int | None, about("The request's `id`; absent if the request had none.")] = None


class PaletteEntry(msgspec.Struct, kw_only=True):
    """A label of a view."""

    colour: Annotated[list[int], about("Red, green and blue, sRGB bytes of 0 to 255.")]
    depth: Annotated[float, about("The label's depth in a view without depth; 0 near, 1 far.")]
    description: Annotated[str, about("Description of what the label shows.")] = ""


class ViewInfo(msgspec.Struct, kw_only=True):
    """What a bundle uses of the game's own picture."""

    width: Annotated[int, about("Width of a picture.", unit="pixels")]
    height: Annotated[int, about("Height of a picture.", unit="pixels")]
    layers: Annotated[list[str], about("The layers that the bundle uses, of: label, colour, depth, normal, motion.")]
    palette: Annotated[dict[str, PaletteEntry], about("Label to its colour, depth and description.")]
    required: Annotated[list[str], about("The layers that each picture must have. Empty: it must have `label` or `colour`.")] = []


class BundleError(msgspec.Struct, kw_only=True):
    """Why a bundle cannot be opened."""

    code: Annotated[str, about("One of the error codes.")]
    message: Annotated[str, about("What is wrong; it names the value.")]
    hint: Annotated[str, about("The way out.")]


class BundleInfo(msgspec.Struct, omit_defaults=True, kw_only=True):
    """A bundle that was found. One that cannot be opened has only `name` and `error`."""

    name: Annotated[str, about("The name that `open` takes.")]
    version: Annotated[str, about("The bundle's own version.")] = ""
    description: Annotated[str, about("Description of what it shows.")] = ""
    width: Annotated[int, about("Width of a frame.", unit="pixels")] = 0
    height: Annotated[int, about("Height of a frame.", unit="pixels")] = 0
    fps: Annotated[float, about("The bundle's own rate.", unit="frames a second")] = 0.0
    conditions: Annotated[dict[str, Any], about("Condition to its schema (BUNDLE.md).")] = {}
    view: Annotated[ViewInfo | None, about("What it uses of the game's own picture; absent: nothing.")] = None
    levels: Annotated[list[str], about("Its quality levels, the best one first; absent: it has only one.")] = []
    error: Annotated[BundleError | None, about("Why it cannot be opened; absent: it can.")] = None


class Opened(Reply, tag="opened"):
    """The session is running and its ring exists."""

    session: Annotated[int, about("The session's number; the daemon never reuses a number.")]
    bundle: Annotated[str, about("Name of the bundle, as for `open`.")]
    version: Annotated[str, about("The bundle's own version.")]
    ring: Annotated[str, about("Path of the ring's file.")]
    epoch: Annotated[int, about("The daemon's epoch.")]
    width: Annotated[int, about("Width of a frame.", unit="pixels")]
    height: Annotated[int, about("Height of a frame.", unit="pixels")]
    frames_per_step: Annotated[int, about("Frames that each step makes.", unit="frames")]
    fps: Annotated[float, about("Requested rate, or the bundle's own; 0: as fast as possible.", unit="frames a second")]
    seed: Annotated[int, about("The seed in use.")]
    threads: Annotated[int, about("Threads of a step.")]
    provider: Annotated[str, about("ONNX Runtime's execution provider.")]
    revision: Annotated[int, about("Revision of the conditions: 1 when `open` carried values, else 0.")]
    state: Annotated[str, about("The session's state; in `welcome`, the state in which it continues.")]
    conditions: Annotated[dict[str, Any], about("Condition to its schema (BUNDLE.md).")]
    provider_reason: Annotated[
        str, about("Why a provider that `auto` prefers is not used, such as a GPU that did not start.")
    ] = ""
    view: Annotated[ViewInfo | None, about("What the bundle uses of the game's own picture; absent: nothing.")] = None
    digest: Annotated[str, about("SHA-256 of the bundle's `bundle.json`, in hexadecimal: another one is another version.")] = ""
    operators: Annotated[
        dict[str, int],
        about("Provider to how many operators of the step graph run on it; empty: ONNX Runtime does not say."),
    ] = {}
    level: Annotated[str, about("The quality level of the next frame; absent: the bundle has only one.")] = ""
    levels: Annotated[
        list[str], about("The bundle's quality levels, the best one first, by which a slot names its level; absent: only one.")
    ] = []


class Welcome(Reply, tag="welcome"):
    """The daemon has accepted the client."""

    protocol: Annotated[str, about("The daemon's version of the protocol, `major.minor`.")]
    version: Annotated[str, about("The daemon's own version.")]
    epoch: Annotated[int, about("A number that is different after each start of the daemon.")]
    client_key: Annotated[str, about("The client's secret, with which a later `hello` reclaims its sessions.")]
    sessions: Annotated[list[Opened], about("The sessions that were reclaimed.")]


class BundleList(Reply, tag="bundles"):
    """The bundles that were found."""

    bundles: Annotated[list[BundleInfo], about("Sorted by name.")]


class Directed(Reply, tag="directed"):
    """The values were accepted."""

    revision: Annotated[int, about("The new revision of the conditions; each frame carries the revision that it was made with.")]
    at: Annotated[float, about("Stream time at which the values were accepted.", unit="s of stream time")]
    received_ns: Annotated[int, about("When the daemon received the request.", unit="ns, CLOCK_MONOTONIC")]
    over: Annotated[float, about("Its longest transition. 0: all holds at once, and no event `settled` follows.", unit="s")] = 0.0


class Ok(Reply, tag="ok"):
    """The request was carried out."""


class Stepped(Reply, tag="stepped"):
    """The steps are made and published."""

    frame_index: Annotated[int, about("Index of the last frame.")]
    published: Annotated[int, about("Number of the ring's latest publication.")]
    steps: Annotated[int, about("Number of steps made.", unit="steps")]
    values: Annotated[
        dict[str, bytes], about("Condition to its tensor in the last step: float32, little-endian, in the order of its shape.")
    ] = {}
    presence: Annotated[dict[str, float], about("Condition to its presence in the last step, 0 to 1.")] = {}


class Snapshotted(Reply, tag="snapshotted"):
    """The session's state."""

    data: Annotated[bytes | None, about("Opaque bytes, for `restore`; absent if they were written to a file.")] = None
    bytes: Annotated[int, about("Size of the snapshot.", unit="bytes")] = 0


class Kept(Reply, tag="kept"):
    """The place is kept."""

    name: Annotated[str, about("Its name.")]
    frame_index: Annotated[int, about("Index of the next frame.")]
    time: Annotated[float, about("Stream time of the next frame.", unit="s of stream time")]
    bytes: Annotated[int, about("Size of this place.", unit="bytes")]
    places: Annotated[int, about("Number of places that the session can go back to.")]
    total_bytes: Annotated[int, about("Size of all places together.", unit="bytes")]


class Restored(Reply, tag="restored"):
    """The session is at the snapshot; its next frame has flag bit 2."""

    frame_index: Annotated[int, about("Index of the next frame.")]
    time: Annotated[float, about("Stream time of the next frame.", unit="s of stream time")]
    revision: Annotated[int, about("Revision of the newest direction before this; later ones hold besides `values`.")]
    seed: Annotated[int, about("The seed in use.")]
    values: ValuesThere = None


class Rewound(Reply, tag="rewound"):
    """The session is at the place; its next frame has flag bit 2."""

    frame_index: Annotated[int, about("Index of the next frame.")]
    time: Annotated[float, about("Stream time of the next frame: where the session landed.", unit="s of stream time")]
    shot: Annotated[str, about("The shot of the cutscene at that place; empty: none.")]
    at: Annotated[float, about("Second of that shot.", unit="s")]
    places: Annotated[int, about("Number of places that the session can go back to.")]
    total_bytes: Annotated[int, about("Size of all places together.", unit="bytes")]
    revision: Annotated[int, about("Revision of the newest direction before this; later ones hold besides `values`.")]
    seed: Annotated[int, about("The seed in use.")]
    values: ValuesThere = None


class Recorded(Reply, tag="recorded"):
    """The recording so far."""

    recording: Annotated[bool, about("Whether the session is still recorded.")]
    text: Annotated[str, about("The next piece of the take; it may end within a line.")]
    more: Annotated[bool, about("Whether there is more text already: ask again with `read`.")]
    steps: Annotated[int, about("Steps recorded so far.", unit="steps")]


class ForkStatus(Reply, tag="fork_status"):
    """A fork as it is now."""

    fork: Annotated[int, about("Its number; numbers count up in a session.")]
    frame_index: Annotated[int, about("Index of the frame before which it was made.")]
    time: Annotated[float, about("Stream time of that frame.", unit="s of stream time")]
    steps: Annotated[int, about("Number of steps that are made ahead.", unit="steps")]
    bytes: Annotated[int, about("Size of the fork.", unit="bytes")]
    total_bytes: Annotated[int, about("Size of all places and forks of the session.", unit="bytes")]
    status: Annotated[str, about("Status of its cutscene: `playing`, `waiting`, `choosing` or `ended`; empty: none.")] = ""
    shot: Annotated[str, about("The shot of its cutscene; empty: none.")] = ""
    waited: Annotated[bool, about("For a signal: whether the shot waits for it, now or at its end.")] = False


class Adopted(Reply, tag="adopted"):
    """The session goes on as the fork; its next frame has the flag bits 0 and 3."""

    revision: Annotated[int, about("Revision of the fork's conditions in this session.")]
    frame_index: Annotated[int, about("Index of the next frame: indices go on.")]
    time: Annotated[float, about("Stream time of the next frame: stream time goes on.", unit="s of stream time")]
    steps: Annotated[int, about("Number of steps that were made ahead and will be shown.", unit="steps")]
    seed: Annotated[int, about("The seed in use.")]
    shot: Annotated[str, about("The shot of the cutscene there; empty: none.")]
    at: Annotated[float, about("Second of that shot.", unit="s")]
    values: ValuesThere = None


class StreamStats(Reply, tag="stats"):
    """The session's statistics."""

    session: Annotated[int, about("The session's number.")]
    frames: Annotated[int, about("Index of the next frame.", unit="frames")]
    fps: Annotated[float, about("Measured rate of the last 240 steps.", unit="frames a second")]
    step_ms_p50: Annotated[float, about("Time of a step, median of the last 240.", unit="ms")]
    step_ms_p99: Annotated[float, about("Time of a step, 99th percentile of the last 240.", unit="ms")]
    missed: Annotated[int, about("Steps that ended after their deadline.", unit="steps")]
    dropped: Annotated[int, about("Frames that were dropped to catch up.", unit="frames")]
    revision: Annotated[int, about("Revision that the next step is made with.")]
    stream_time: Annotated[float, about("Stream time of the next frame.", unit="s of stream time")]
    state: Annotated[str, about("The session's state.")]
    view: Annotated[int, about("Publication of the view that the last frame was painted over; 0: none.")]
    forks: Annotated[int, about("Forks of the session.")] = 0
    ahead: Annotated[int, about("Steps that are made ahead, of the session and its forks.", unit="steps")] = 0
    damped: Annotated[int, about("Frames with a damped flash (`less_flashing`, or the daemon's rules).", unit="frames")] = 0
    threads: Annotated[int, about("Threads of a step now: it changes when another session comes or goes.")] = 0
    state_copies: Annotated[
        int,
        about("Copies of state tensors by its steps. A stream that steps alone makes none: state stays where the step wrote it."),
    ] = 0
    frame_copies: Annotated[int, about("Copies of the frames of a step: one into the ring, and one from a device.")] = 0
    level: Annotated[str, about("The quality level of the next frame; absent: the bundle has only one.")] = ""


class Closed(Reply, tag="closed"):
    """The session has ended and its ring is removed."""

    session: Annotated[int, about("The session's number.")]


class Pong(Reply, tag="pong"):
    """The daemon is alive."""

    epoch: Annotated[int, about("The daemon's epoch.")]
    time_ns: Annotated[int, about("The daemon's clock.", unit="ns, CLOCK_MONOTONIC")]


class Attached(Reply, tag="attached"):
    """The view's ring exists; a ring that was attached earlier is superseded."""

    session: Annotated[int, about("The session's number.")]
    ring: Annotated[str, about("Path of the ring's file, which the client writes.")]
    epoch: Annotated[int, about("The daemon's epoch.")]
    width: Annotated[int, about("Width of a picture.", unit="pixels")]
    height: Annotated[int, about("Height of a picture.", unit="pixels")]
    frames_per_slot: Annotated[int, about("Number of layers.")]
    layers: Annotated[list[str], about("The layers in the order in which a slot holds them.")]
    palette: Annotated[dict[str, PaletteEntry], about("Label to its colour, depth and description.")]


class FileTaken(Reply, tag="file_taken"):
    """The daemon has the file."""

    sha256: Annotated[str, about("SHA-256 of its bytes, in hexadecimal.")]


class ShotInfo(msgspec.Struct, kw_only=True):
    """A shot of a cutscene."""

    seconds: Annotated[float, about("Time before its `next` is evaluated.", unit="s")]
    marks: Annotated[dict[str, float], about("Mark to its time in the shot.")]


class CutsceneLoaded(Reply, tag="cutscene_loaded"):
    """The cutscene is ready, or files are missing."""

    name: Annotated[str, about("Name of the cutscene.")]
    shots: Annotated[dict[str, ShotInfo], about("Name to shot.")]
    warnings: Annotated[list[str], about("Possible mistakes, each with line and column.")]
    missing: Annotated[
        list[str],
        about("SHA-256 of each file that the daemon lacks. Not empty: nothing was loaded; send the files, then ask again."),
    ]


class CutsceneStatus(Reply, tag="cutscene_status"):
    """The current position of the cutscene."""

    status: Annotated[str, about("`playing`, `waiting`, `choosing` or `ended`.")]
    shot: Annotated[str, about("The shot that is playing.")]
    at: Annotated[float, about("Time in that shot.", unit="s")]
    time: Annotated[float, about("Stream time of the next frame.", unit="s of stream time")]
    frame_index: Annotated[int, about("Index of the next frame, the first to which this applies.")]
    sound: Annotated[float | None, about("Second of the shot's sound at `time`; absent: it has none.", unit="s")] = None
    variables: Annotated[dict[str, Any], about("Variable to value.")] = {}
    held: Annotated[list[str], about("Conditions that the game has directed in this cutscene, and not released.")] = []
    waited: Annotated[bool, about("For a signal: whether the shot waits for it, now or at its end.")] = False
    released: Annotated[list[str], about("For a release: the conditions that were released.")] = []


class Goodbye(Reply, tag="bye"):
    """The daemon has forgotten the client and closed its sessions."""

    code: Annotated[str, about("Why, as a reason code.")]
    reason: Annotated[str, about("Why, in words.")]


class ErrorReply(Reply, tag="error"):
    """A request was refused, or a session failed."""

    code: Annotated[str, about("One of the error codes.")]
    message: Annotated[str, about("What is wrong; it names the value.")]
    hint: Annotated[str, about("The way out.")] = ""
    session: Annotated[int | None, about("The session that failed; absent when the error answers a request.")] = None

    @classmethod
    def of(cls, e: DreamError, id: int | None = None, session: int | None = None) -> Self:
        """The only place where an error becomes a message."""
        return cls(id=id, code=e.code, message=e.message, hint=e.hint, session=session)

    def error(self) -> DreamError:
        """The reverse; an unknown code, from a newer daemon, becomes ``internal``."""
        return DreamError(self.code if self.code in ERRORS else "internal", self.message, self.hint)


AnyReply = (
    Welcome
    | BundleList
    | Opened
    | Directed
    | Ok
    | Stepped
    | Snapshotted
    | Kept
    | Restored
    | Rewound
    | Recorded
    | ForkStatus
    | Adopted
    | StreamStats
    | Closed
    | Pong
    | Attached
    | FileTaken
    | CutsceneLoaded
    | CutsceneStatus
    | Goodbye
    | ErrorReply
)
REPLIES: dict[str, type[Reply]] = {str(t.__struct_config__.tag): t for t in AnyReply.__args__}
# Request type to reply type, as on the wire. An `error` can replace any reply.
ANSWERS: dict[str, str] = {
    "hello": "welcome",
    "bundles": "bundles",
    "open": "opened",
    "direct": "directed",
    "cut": "directed",
    "less_flashing": "ok",
    "pause": "ok",
    "resume": "ok",
    "step": "stepped",
    "snapshot": "snapshotted",
    "restore": "restored",
    "keep": "kept",
    "rewind": "rewound",
    "record": "recorded",
    "replay": "restored",
    "fork": "fork_status",
    "fork_direct": "fork_status",
    "fork_choose": "fork_status",
    "fork_signal": "fork_status",
    "fork_prepare": "fork_status",
    "adopt": "adopted",
    "drop": "ok",
    "stats": "stats",
    "close": "closed",
    "cancel": "ok",
    "ping": "pong",
    "bye": "bye",
    "attach_view": "attached",
    "detach_view": "ok",
    "put_file": "file_taken",
    "cutscene_load": "cutscene_loaded",
    "cutscene_replace": "cutscene_loaded",
    "cutscene_play": "cutscene_status",
    "cutscene_seek": "cutscene_status",
    "cutscene_signal": "cutscene_status",
    "cutscene_set": "cutscene_status",
    "cutscene_choose": "cutscene_status",
    "cutscene_skip": "cutscene_status",
    "cutscene_release": "cutscene_status",
    "cutscene_stop": "cutscene_status",
}
