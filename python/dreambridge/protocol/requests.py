"""What a client asks: one struct for each request."""

from typing import Annotated, Any

import msgspec

from dreambridge.protocol import limits as L
from dreambridge.protocol.fields import about

PRIORITIES = ("normal", "below_normal", "idle")
EASINGS = ("linear", "smooth", "in", "out")
Values = dict[str, Any]


class Request(msgspec.Struct, tag_field="type", omit_defaults=True, kw_only=True):
    id: Annotated[int | None, about("The reply carries the same number; without it the reply has none.", within=L.ID)] = None


class SessionRequest(Request):
    session: Annotated[int, about("The session's number, from `opened`.")]


class Hello(Request, tag="hello"):
    """The first message of a connection. The sessions of the key are taken back."""

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
        "Scheduling priority. `normal` with `fps` 0 and `max_cpu` 1 takes all that the machine gives: the threads of a step "
        "do not sleep between its operators, which makes the step faster and other programs slower.", choices=PRIORITIES
    )] = "below_normal"  # fmt: skip
    max_cpu: Annotated[float, about(
        "The share of the machine's cores that the steps may take, by fewer threads and by rests between the steps.", within=L.MAX_CPU
    )] = 1.0  # fmt: skip
    paused: Annotated[bool, about("Begin in the state `paused`.")] = False
    slots: Annotated[int, about("Slots of the ring.", within=L.SLOTS)] = 6
    values: Annotated[
        Values, about("Condition to value; they hold from the first frame on, as revision 1. nil: the condition is unset.")
    ] = {}


class Direct(SessionRequest, tag="direct"):
    """Changes conditions."""

    values: Annotated[Values, about("Condition to value. nil: the condition is unset.")] = {}
    over: Annotated[
        float | None,
        about("Length of the transition, in stream time; absent: each condition's own.", unit="s", within=L.OVER),
    ] = None
    easing: Annotated[str | None, about("Curve of the transition; absent: each condition's own.", choices=EASINGS)] = None


class Cut(SessionRequest, tag="cut"):
    """Changes conditions at once, resets the model's state and ends what events are under way."""

    values: Annotated[Values, about("Condition to value. nil: the condition is unset.")] = {}
    seed: Annotated[int | None, about("A new seed; absent: the seed stays.", within=L.SEED)] = None


class Pause(SessionRequest, tag="pause"):
    """Stops the making of frames."""


class Resume(SessionRequest, tag="resume"):
    """Ends a pause."""


class Step(SessionRequest, tag="step"):
    """Makes steps of a paused session."""

    count: Annotated[int, about("Steps to make.", unit="steps", within=L.COUNT)] = 1


class Snapshot(SessionRequest, tag="snapshot"):
    """Asks for the session's whole state."""


class Restore(SessionRequest, tag="restore"):
    """Puts a session into the state of a snapshot."""

    data: Annotated[bytes, about("What `snapshotted` carried, unchanged.")]


class Stats(SessionRequest, tag="stats"):
    """Asks for the session's figures."""


class Close(SessionRequest, tag="close"):
    """Ends a session."""


class Cancel(Request, tag="cancel"):
    """Gives up an `open` that has not been answered; it is then answered `cancelled`. Of one that has been answered nothing changes."""

    request: Annotated[int, about("The `id` of the `open`, sent on this connection.", within=L.ID)]


class Ping(Request, tag="ping"):
    """Tells the daemon that the client lives."""


class Bye(Request, tag="bye"):
    """Closes all sessions of the client; the last message of a connection."""


class AttachView(SessionRequest, tag="attach_view"):
    """Asks for a ring for the game's own picture (part 4)."""

    layers: Annotated[list[str], about('Layers of each picture: ["label"] or ["label", "depth"].')]


class DetachView(SessionRequest, tag="detach_view"):
    """Goes back to the bundle's own stage."""


class PutFile(Request, tag="put_file"):
    """Gives the daemon a file that a cutscene refers to. It is kept by its content until newer files need the room."""

    data: Annotated[bytes, about("The file's bytes.")]


class CutsceneDocument(SessionRequest):
    document: Annotated[str, about("The text of a `*.dream.json` (CUTSCENE.md).", max_length=L.MAX_CUTSCENE_LENGTH)]
    files: Annotated[dict[str, str], about("Each file that the document names, to the SHA-256 of its bytes in hexadecimal.")] = {}


class CutsceneLoad(CutsceneDocument, tag="cutscene_load"):
    """Checks a cutscene against the session's bundle and gets it ready; one that plays is stopped."""


class CutsceneReplace(CutsceneDocument, tag="cutscene_replace"):
    """Puts another version of the document in the place of the one that plays, which goes on from where it is."""


class CutscenePlace(SessionRequest):
    shot: Annotated[str | None, about("Shot to begin with; absent: the first.", max_length=L.MAX_NAME_LENGTH)] = None
    mark: Annotated[str | None, about("Mark of that shot to begin at.", max_length=L.MAX_NAME_LENGTH)] = None
    at: Annotated[float, about("Second of that shot to begin at, when no mark is given.", unit="s", within=L.SHOT_TIME)] = 0.0


class CutscenePlay(CutscenePlace, tag="cutscene_play"):
    """Plays the cutscene that was loaded, with its variables as the document says."""

    variables: Annotated[Values, about("Variable to value, for those that differ from the document's defaults.")] = {}


class CutsceneSeek(CutscenePlace, tag="cutscene_seek"):
    """Goes to another place of the cutscene; its variables stay."""


class CutsceneSignal(SessionRequest, tag="cutscene_signal"):
    """Tells the cutscene that something happened in the game."""

    name: Annotated[str, about("Name of the signal.", max_length=L.MAX_NAME_LENGTH)]


class CutsceneSet(SessionRequest, tag="cutscene_set"):
    """Sets variables of the cutscene, all or none."""

    values: Annotated[Values, about("Variable to value.")]


class CutsceneChoose(SessionRequest, tag="cutscene_choose"):
    """Takes an option of the choice that is open."""

    option: Annotated[str, about("Id of the option.", max_length=L.MAX_NAME_LENGTH)]


class CutsceneSkip(SessionRequest, tag="cutscene_skip"):
    """Goes to the next choice or to the end, with the variables as if all had been played."""


class CutsceneRelease(SessionRequest, tag="cutscene_release"):
    """Gives conditions that the game directed back to the cutscene's lanes."""

    conditions: Annotated[list[str] | None, about("Which; absent: all.")] = None
    over: Annotated[float, about("Length of the way back.", unit="s", within=L.OVER)] = 0.5


class CutsceneStop(SessionRequest, tag="cutscene_stop"):
    """Ends the cutscene; the conditions stay as they are."""


AnyRequest = (
    Hello | Bundles | Open | Direct | Cut | Pause | Resume | Step | Snapshot | Restore | Stats | Close | Ping | Bye
    | Cancel | AttachView | DetachView | PutFile | CutsceneLoad | CutsceneReplace | CutscenePlay | CutsceneSeek | CutsceneSignal | CutsceneSet
    | CutsceneChoose | CutsceneSkip | CutsceneRelease | CutsceneStop
)  # fmt: skip
REQUESTS: dict[str, type[Request]] = {str(t.__struct_config__.tag): t for t in AnyRequest.__args__}
