"""The requests of a client, one struct for each."""

from typing import Annotated, Any

import msgspec

from dreambridge.protocol import limits as L
from dreambridge.protocol.fields import about

PRIORITIES = ("normal", "below_normal", "idle")
EASINGS = ("linear", "smooth", "in", "out")
RECORD_ACTIONS = ("start", "read", "stop", "restart")
Values = dict[str, Any]


class Request(msgspec.Struct, tag_field="type", omit_defaults=True, kw_only=True):
    id: Annotated[int | None, about("The reply carries the same number; without it, the reply has none.", within=L.ID)] = None


class SessionRequest(Request):
    session: Annotated[int, about("The session's number, from `opened`.")]


class Hello(Request, tag="hello"):
    """The first message of a connection. A client with a key reclaims its sessions."""

    protocol: Annotated[str, about("Version of the protocol, `major.minor`.", max_length=L.MAX_VERSION_LENGTH)]
    client: Annotated[str, about("Name and version of the client, for the daemon's log.", max_length=L.MAX_NAME_LENGTH)] = ""
    client_key: Annotated[str, about("The key from an earlier `welcome`; empty: a new client.", max_length=L.MAX_NAME_LENGTH)] = (
        ""
    )
    pid: Annotated[int, about("The client's process on this machine; 0: unknown.", within=L.PID)] = 0


class Bundles(Request, tag="bundles"):
    """Lists the bundles that the daemon can open."""


class Open(Request, tag="open"):
    """Opens a bundle as a new session."""

    bundle: Annotated[str, about("Name of a bundle, or the path of its folder.", max_length=L.MAX_PATH_LENGTH)]
    seed: Annotated[int, about("The same seed and the same directions make the same frames.", within=L.SEED)] = 0
    fps: Annotated[
        float | None,
        about("Rate; 0: as fast as possible; absent: the bundle's own.", unit="frames a second", within=L.FPS),
    ] = None
    threads: Annotated[int, about("Threads of a step; 0: the daemon chooses by a short trial.", within=L.THREADS)] = 0
    priority: Annotated[str, about(
        "Scheduling priority. `normal` with `fps` 0 and `max_cpu` 1 uses the whole machine: the threads of a step "
        "do not sleep between its operators, which makes the step faster and other programs slower.",
        choices=PRIORITIES
    )] = "below_normal"  # fmt: skip
    max_cpu: Annotated[float, about(
        "The share of the machine's cores that the steps may use. Fewer threads and rests between the steps keep to it.",
        within=L.MAX_CPU
    )] = 1.0  # fmt: skip
    level: Annotated[str, about(
        "The quality level of the bundle that makes all frames; empty: the best one that can keep the rate, which may change "
        "while the session runs.",
        max_length=L.MAX_NAME_LENGTH
    )] = ""  # fmt: skip
    paused: Annotated[bool, about("Begin in the state `paused`.")] = False
    less_flashing: Annotated[bool, about("Begin as after `less_flashing` with `on`.")] = False
    slots: Annotated[int, about("Slots of the ring.", within=L.SLOTS)] = 6
    shelf: Annotated[float | None, about(
        "How far the session can be rewound; 0: only to places that `keep` named; absent: `shelf_seconds`, or 0 when the state "
            "is "
        "larger than `shelf_state`, or on a GPU.", unit="s of stream time", within=L.SHELF
    )] = None  # fmt: skip
    values: Annotated[
        Values, about("Condition to value; these apply from the first frame on, as revision 1. nil: the condition is unset.")
    ] = {}


class Direct(SessionRequest, tag="direct"):
    """Changes conditions."""

    values: Annotated[Values, about("Condition to value. nil: the condition is unset.")] = {}
    over: Annotated[
        float | None,
        about("Length of the transition, in stream time; absent: each condition's own.", unit="s", within=L.OVER),
    ] = None
    easing: Annotated[str | None, about("Curve of the transition; absent: each condition's own.", choices=EASINGS)] = None
    real_time: Annotated[
        bool, about("Frames that are dropped count as time of the transition, so that it ends on time on a slow machine.")
    ] = False


class Cut(SessionRequest, tag="cut"):
    """Changes conditions at once, resets the model's state and ends all current event conditions."""

    values: Annotated[Values, about("Condition to value. nil: the condition is unset.")] = {}
    seed: Annotated[int | None, about("A new seed; absent: the seed stays.", within=L.SEED)] = None


class Pause(SessionRequest, tag="pause"):
    """Pauses a session."""


class Resume(SessionRequest, tag="resume"):
    """Resumes a paused session."""


class LessFlashing(SessionRequest, tag="less_flashing"):
    """Damps flashes, for players who ask for it. It never makes the rules of the daemon weaker."""

    on: Annotated[bool, about("Whether flashes are damped, and the events are off that the daemon's rules name for this.")] = True


class Step(SessionRequest, tag="step"):
    """Makes steps of a paused session."""

    count: Annotated[int, about("Steps to make.", unit="steps", within=L.COUNT)] = 1
    dt: Annotated[
        float | None,
        about("Stream time of each frame; absent: 1 / (requested fps).", unit="s", within=L.DT),
    ] = None
    conditions: Annotated[list[str], about("Conditions whose tensors of the last step the reply shall tell.")] = []
    dropped: Annotated[float, about(
        "For a replay: transitions with `real_time` are further on by this before the first step.", unit="s", within=L.OVER,
    )] = 0.0  # fmt: skip
    level: Annotated[
        str, about("For a replay: the quality level from here on; empty: it stays.", max_length=L.MAX_NAME_LENGTH)
    ] = ""
    until_wait: Annotated[
        bool, about("Make fewer steps if a cutscene begins to wait, offers a choice or ends: the last one made is that step.")
    ] = False


class Snapshot(SessionRequest, tag="snapshot"):
    """Asks for the session's whole state. One that fits into no message needs a `file`."""

    file: Annotated[str | None, about("Absolute path on this machine, to which the daemon writes it.")] = None


class Restore(SessionRequest, tag="restore"):
    """Replaces a session's state with that of a snapshot."""

    data: Annotated[bytes | None, about("The bytes from `snapshotted`, unchanged; absent with a `file`.")] = None
    file: Annotated[str | None, about("Absolute path of a file that `snapshot` wrote.")] = None


class Keep(SessionRequest, tag="keep"):
    """Keeps the place before the next frame under a name, in memory, until the session ends."""

    name: Annotated[str, about("Its name; an earlier place of this name is replaced.", max_length=L.MAX_NAME_LENGTH)]


class Rewind(SessionRequest, tag="rewind"):
    """Goes back to a place, named by exactly one field; `mark` may have its `shot`. A paused session stays paused."""

    seconds: Annotated[float | None, about(
        "Back by this time, or to the nearest place before it; to the first place when there is none.",
        unit="s of stream time", within=L.SHELF
    )] = None  # fmt: skip
    mark: Annotated[str | None, about("To the last time that the cutscene passed this mark.", max_length=L.MAX_NAME_LENGTH)] = (
        None
    )
    shot: Annotated[str | None, about("To the last time that this shot of the cutscene began.", max_length=L.MAX_NAME_LENGTH)] = (
        None
    )
    name: Annotated[str | None, about("To the place that `keep` gave this name.", max_length=L.MAX_NAME_LENGTH)] = None


class Record(SessionRequest, tag="record"):
    """Records what happens in the session as a take (TAKE.md), in memory; each reply has text that no earlier one had."""

    action: Annotated[str, about(
        "`stop` also returns the rest; `read` works until all is read. `restart`: this take ends, and another begins with the "
        "same frame. Its text follows that of the first, from the line `take` on.",
        choices=RECORD_ACTIONS,
    )]  # fmt: skip
    views: Annotated[bool, about("`start`, `restart`: also record the pictures of the view.")] = False
    digests: Annotated[bool, about("`start`, `restart`: also record a digest of each frame's pixels.")] = False


class Replay(SessionRequest, tag="replay"):
    """Brings a paused session to the beginning of a take, so that directions and steps repeat it. Reply as for `restore`."""

    revision: Annotated[int, about("Revision of the conditions there.", within=L.REVISION)]
    data: Annotated[bytes | None, about("The snapshot with which the take begins; absent: the state stays.")] = None


class Fork(SessionRequest, tag="fork"):
    """Makes a paused copy of the session before its next frame: model, conditions and cutscene. It has no ring."""


class ForkRequest(SessionRequest):
    fork: Annotated[int, about("The fork's number, from `fork_status`.", within=L.FORK)]


class ForkDirect(ForkRequest, tag="fork_direct"):
    """Changes conditions of a fork, at the place where it was made; what was made ahead is made again."""

    values: Annotated[Values, about("Condition to value. nil: the condition is unset.")] = {}
    over: Annotated[
        float | None,
        about("Length of the transition, in stream time; absent: each condition's own.", unit="s", within=L.OVER),
    ] = None
    easing: Annotated[str | None, about("Curve of the transition; absent: each condition's own.", choices=EASINGS)] = None
    cut: Annotated[bool, about("Change them at once, reset the model's state and end event conditions, as `cut` does.")] = False
    seed: Annotated[int | None, about("With `cut`: a new seed; absent: the seed stays.", within=L.SEED)] = None


class ForkChoose(ForkRequest, tag="fork_choose"):
    """Selects an option of the choice that is open in the fork's cutscene, or lets its time limit run out."""

    option: Annotated[
        str | None,
        about("Id of the option; absent: what the time limit of the open choice or wait brings.", max_length=L.MAX_NAME_LENGTH),
    ] = None


class ForkSignal(ForkRequest, tag="fork_signal"):
    """Tells the fork's cutscene that something happened."""

    name: Annotated[str, about("Name of the signal.", max_length=L.MAX_NAME_LENGTH)]


class ForkPrepare(ForkRequest, tag="fork_prepare"):
    """Makes steps of a fork ahead, in the session's spare time."""

    steps: Annotated[int, about("Steps that are made ahead in all.", unit="steps", within=L.FORK_STEPS)]
    within: Annotated[
        float, about("When to answer at the latest; the steps go on. 0: at once.", unit="s of wall time", within=L.WITHIN)
    ] = 10.0


class Adopt(ForkRequest, tag="adopt"):
    """Lets the session go on as the fork, which ends."""


class Drop(ForkRequest, tag="drop"):
    """Ends a fork and frees its memory."""


class Stats(SessionRequest, tag="stats"):
    """Asks for the session's statistics."""


class Close(SessionRequest, tag="close"):
    """Ends a session."""


class Cancel(Request, tag="cancel"):
    """Cancels an `open` that has not been answered; its answer is then `cancelled`. After its answer, this has no effect."""

    request: Annotated[int, about("The `id` of the `open`, sent on this connection.", within=L.ID)]


class Ping(Request, tag="ping"):
    """Tells the daemon that the client is alive."""


class Bye(Request, tag="bye"):
    """Closes all sessions of the client; the last message of a connection."""


class AttachView(SessionRequest, tag="attach_view"):
    """Asks for a ring for the game's own picture (part 4)."""

    layers: Annotated[list[str], about("Layers of each picture, in the order label, colour, depth, normal, motion.")]


class DetachView(SessionRequest, tag="detach_view"):
    """Returns to the bundle's own stage."""


class PutFile(Request, tag="put_file"):
    """Sends the daemon a file that a cutscene refers to. The daemon keeps it by its hash until newer files need the space."""

    data: Annotated[bytes, about("The file's bytes.")]


class CutsceneDocument(SessionRequest):
    document: Annotated[str, about("The text of a `*.dream.json` (CUTSCENE.md).", max_length=L.MAX_CUTSCENE_LENGTH)]
    files: Annotated[dict[str, str], about("Name of each file in the document to the SHA-256 of its bytes in hexadecimal.")] = {}


class CutsceneLoad(CutsceneDocument, tag="cutscene_load"):
    """Checks a cutscene against the session's bundle and loads it; a cutscene that is playing stops."""


class CutsceneReplace(CutsceneDocument, tag="cutscene_replace"):
    """Replaces the document of the cutscene that is playing, which continues from its current position."""


class CutscenePlace(SessionRequest):
    shot: Annotated[str | None, about("Shot to begin with; absent: the first.", max_length=L.MAX_NAME_LENGTH)] = None
    mark: Annotated[str | None, about("Mark in that shot to begin at.", max_length=L.MAX_NAME_LENGTH)] = None
    at: Annotated[float, about("Time in that shot to begin at, if no mark is given.", unit="s", within=L.SHOT_TIME)] = 0.0


class CutscenePlay(CutscenePlace, tag="cutscene_play"):
    """Plays the loaded cutscene, with its variables at the document's defaults."""

    variables: Annotated[
        Values, about("Variable to value, for those that differ from the document's defaults and from what the shot sets.")
    ] = {}
    preroll: Annotated[float, about(
        "While it waits or a choice is open, make so much of each way out ahead, in spare time; 0: nothing.",
        unit="s of stream time", within=L.PREROLL
    )] = 0.0  # fmt: skip
    held: Annotated[
        list[str],
        about("Conditions that stay with the game, as if it had directed them in this cutscene. Unknown names are left out."),
    ] = []


class CutsceneSeek(CutscenePlace, tag="cutscene_seek"):
    """Goes to another position in the cutscene. Variables stay as they are, except those that the shot there sets."""


class CutsceneSignal(SessionRequest, tag="cutscene_signal"):
    """Tells the cutscene that something happened in the game."""

    name: Annotated[str, about("Name of the signal.", max_length=L.MAX_NAME_LENGTH)]
    shot: Annotated[str | None, about(
        "For a signal that is sent again: the shot in which it was meant. In another one nothing happens.",
        max_length=L.MAX_NAME_LENGTH
    )] = None  # fmt: skip


class CutsceneSet(SessionRequest, tag="cutscene_set"):
    """Sets variables of the cutscene, either all or none of them."""

    values: Annotated[Values, about("Variable to value.")]


class CutsceneChoose(SessionRequest, tag="cutscene_choose"):
    """Selects an option of the current choice."""

    option: Annotated[str, about("Id of the option.", max_length=L.MAX_NAME_LENGTH)]
    shot: Annotated[str | None, about(
        "For a choice that is sent again: the shot whose choice was meant. It is taken when that choice is open. "
        "If it was made already, nothing happens.",
        max_length=L.MAX_NAME_LENGTH
    )] = None  # fmt: skip


class CutsceneSkip(SessionRequest, tag="cutscene_skip"):
    """Skips to the next choice or to the end; variables are set as if everything had been played."""


class CutsceneRelease(SessionRequest, tag="cutscene_release"):
    """Returns conditions that the game directed to the cutscene's lanes."""

    conditions: Annotated[list[str] | None, about("Which; absent: all.")] = None
    over: Annotated[float, about("Length of the transition back.", unit="s", within=L.OVER)] = 0.5


class CutsceneStop(SessionRequest, tag="cutscene_stop"):
    """Ends the cutscene; the conditions do not change."""


AnyRequest = (
    Hello
    | Bundles
    | Open
    | Direct
    | Cut
    | LessFlashing
    | Pause
    | Resume
    | Step
    | Snapshot
    | Restore
    | Stats
    | Close
    | Ping
    | Bye
    | Cancel
    | AttachView
    | DetachView
    | Keep
    | Rewind
    | Record
    | Replay
    | Fork
    | ForkDirect
    | ForkChoose
    | ForkSignal
    | ForkPrepare
    | Adopt
    | Drop
    | PutFile
    | CutsceneLoad
    | CutsceneReplace
    | CutscenePlay
    | CutsceneSeek
    | CutsceneSignal
    | CutsceneSet
    | CutsceneChoose
    | CutsceneSkip
    | CutsceneRelease
    | CutsceneStop
)
REQUESTS: dict[str, type[Request]] = {str(t.__struct_config__.tag): t for t in AnyRequest.__args__}
