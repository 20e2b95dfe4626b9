"""The cutscene of a session: loaded in another thread, advanced before each frame."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from dreambridge.bundle.load import Bundle
from dreambridge.bundle.manifest import Condition, CutsceneSpec
from dreambridge.conditioning.timeline import Array, Timeline
from dreambridge.cutscene.checks import check
from dreambridge.cutscene.document import Document
from dreambridge.cutscene.lanes import encode_lanes
from dreambridge.cutscene.named_files import where_named
from dreambridge.cutscene.player import Player
from dreambridge.cutscene.position import Happening
from dreambridge.cutscene.problems import Problem, as_error
from dreambridge.cutscene.read import read
from dreambridge.engine.background import Answer
from dreambridge.engine.files import FileStore
from dreambridge.engine.notes import Notes
from dreambridge.engine.part import PartOf
from dreambridge.protocol import requests as M
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.events import CutsceneHappened, CutsceneOption
from dreambridge.protocol.replies import CutsceneLoaded, CutsceneStatus, Reply, ShotInfo
from dreambridge.take import lines as T

TURNS = ("waiting", "choice", "ended")  # what happened may need an answer before the next frame


class Owner(Protocol):
    """The interface of the session that a cutscene needs."""

    number: int
    bundle: Bundle
    timeline: Timeline
    time: float
    index: int

    @property
    def schema(self) -> Mapping[str, Condition]: ...

    @property
    def recorder(self) -> Notes | None: ...

    @property
    def emit(self) -> Callable[[CutsceneHappened], None]: ...

    def embed(self, name: str, sentence: str) -> Array: ...

    def submit(self, work: Callable[[], Reply | None], reply: Answer) -> None: ...

    def enqueue(self, work: Callable[[], Reply | None], reply: Answer) -> None: ...

    def in_background(self, work: Callable[[], None], reply: Answer) -> None: ...


@dataclass(frozen=True)
class Scene:
    """A cutscene at a place: the player with its document and lanes, and what ``Player.dump`` gave there."""

    player: Player
    digest: str
    dump: Mapping[str, Any]


class Cutscene(PartOf[Owner]):
    """``load`` and the requests are thread-safe; ``advance`` and ``held`` belong to the session's thread."""

    def __init__(self, session: Owner, files: FileStore) -> None:
        super().__init__(session)
        self._files = files
        self.player: Player | None = None
        self.digest = ""
        self.turned = False  # before the last step it began to wait, offered a choice or ended
        self.preroll = 0.0  # seconds to make ahead of each way out of a wait or choice
        self.source: tuple[str, dict[str, bytes]] = "", {}  # the document and the pictures that its lanes use, for a take

    @property
    def _spec(self) -> CutsceneSpec:
        return self.session.bundle.manifest.cutscene or CutsceneSpec()

    # -- loading -----------------------------------------------------------------------------------------------------
    def load(self, r: M.CutsceneDocument, replace: bool, reply: Answer) -> None:
        """Read, check and encode in another thread; ``reply`` gets ``cutscene_loaded``, or ``bad_cutscene`` with all problems."""
        self.session.in_background(lambda: self._load(r, replace, reply), reply)

    def _load(self, r: M.CutsceneDocument, replace: bool, reply: Answer) -> None:
        s = self.session
        document, problems = self._read(r.document)
        missing = [digest for digest in r.files.values() if self._files.get(digest) is None]
        used = dict[str, bytes]()

        def file(name: str) -> bytes:
            data = self._files.get(r.files.get(name, ""))
            if data is None:
                line, column = where_named(r.document, document, s.schema, self._spec, name)
                said = f"{document.name}:{line}:{column}: error: The file {name[:80]!r} was not sent."
                hint = "Is it in the folder of the document? Clients name it in `files`, and send it with `put_file`."
                raise DreamError("bad_cutscene", said, hint)
            used[name] = data
            return data

        lanes = {} if missing else encode_lanes(document, s.schema, s.embed, file, self._spec)
        answer = CutsceneLoaded(
            name=document.name,
            warnings=[str(p) for p in problems],
            missing=missing,
            shots={n: ShotInfo(seconds=shot.seconds, marks=dict(shot.marks)) for n, shot in document.shots.items()},
        )
        if missing:
            reply(answer)
            return
        player = Player(document, lanes, s.schema)
        s.enqueue(lambda: self._install(player, (r.document, used), replace, answer), reply)

    def _read(self, text: str) -> tuple[Document, list[Problem]]:
        """The document and its warnings; DreamError ``bad_cutscene``."""
        document, problems, _ = read(text)
        if document is None:
            raise as_error("cutscene", problems)
        problems = check(document, text, self.session.schema, self.session.bundle.name, self._spec)
        errors = [p for p in problems if p.severity == "error"]
        if errors:
            raise as_error(document.name, errors)
        return document, problems

    def _install(
        self, player: Player, source: tuple[str, dict[str, bytes]], replace: bool, answer: CutsceneLoaded
    ) -> CutsceneLoaded:
        s, old = self.session, self.player
        if old and replace:
            old.replace(player, s.time, s.timeline)
        elif old:
            old.stop(s.time, s.timeline)
            self._tell(old.advance(s.time, s.timeline))
        self.player, self.source = player, source
        self.digest = hashlib.sha256(source[0].encode()).hexdigest()
        if s.recorder:
            s.recorder.document(T.CutsceneReplace if replace else T.CutsceneLoad)
        return answer

    # -- what clients ask --------------------------------------------------------------------------------------------
    def ask(
        self,
        work: Callable[[Player, float, Timeline], CutsceneStatus | None],
        reply: Answer,
        kind: type[T.Event],
        **fields: Any,
    ) -> None:
        """Run ``work`` between two steps; ``reply`` gets the status after it. DreamError ``bad_state`` without a cutscene.

        ``kind`` and ``fields`` are its line in a take.
        """

        def between() -> CutsceneStatus:
            if self.player is None:
                raise DreamError("bad_state", "The stream has no cutscene.", "Load one first.")
            s = self.session
            status = work(self.player, s.time, s.timeline) or self.status()
            if s.recorder:
                s.recorder.note(kind, fields)
            return status

        self.session.submit(between, reply)

    def play(self, r: M.CutscenePlay, reply: Answer) -> None:
        def work(p: Player, time: float, timeline: Timeline) -> None:
            fresh = self._fresh(p)
            fresh.set(r.variables)
            fresh.play(time, timeline, r.shot, r.at, r.mark, before=p)
            fresh.set(r.variables)  # what the shot itself sets counts less
            fresh.hold(name for name in r.held if name in fresh.schema)
            self.player, self.preroll = fresh, r.preroll

        self.ask(work, reply, T.CutscenePlay, **_place(r), variables=r.variables, held=r.held)

    def seek(self, r: M.CutsceneSeek, reply: Answer) -> None:
        self.ask(lambda p, time, timeline: p.play(time, timeline, r.shot, r.at, r.mark), reply, T.CutsceneSeek, **_place(r))

    def signal(self, r: M.CutsceneSignal, reply: Answer) -> None:
        def work(p: Player, time: float, timeline: Timeline) -> CutsceneStatus:
            waited = (r.shot is None or p.stands_in(r.shot)) and p.signal(r.name, time, timeline)
            status = self.status()
            status.waited = waited
            return status

        self.ask(work, reply, T.CutsceneSignal, name=r.name, shot=r.shot)

    def choose(self, r: M.CutsceneChoose, reply: Answer) -> None:
        def work(p: Player, time: float, timeline: Timeline) -> None:
            if r.shot is None:
                p.choose(r.option, time, timeline)
            else:
                p.choose_again(r.option, r.shot, time, timeline)

        self.ask(work, reply, T.CutsceneChoose, option=r.option, shot=r.shot)

    def set(self, values: Mapping[str, Any], reply: Answer) -> None:
        self.ask(lambda p, time, timeline: p.set(values), reply, T.CutsceneSet, values=dict(values))

    def skip(self, reply: Answer) -> None:
        self.ask(lambda p, time, timeline: p.skip(time, timeline), reply, T.CutsceneSkip)

    def stop(self, reply: Answer) -> None:
        self.ask(lambda p, time, timeline: p.stop(time, timeline), reply, T.CutsceneStop)

    def release(self, r: M.CutsceneRelease, reply: Answer) -> None:
        def work(p: Player, time: float, timeline: Timeline) -> CutsceneStatus:
            released = p.release(time, timeline, r.conditions, r.over)
            status = self.status()
            status.released = released
            return status

        self.ask(work, reply, T.CutsceneRelease, conditions=r.conditions, over=r.over)

    def status(self) -> CutsceneStatus:
        p, s = self.player, self.session
        assert p
        at = p.local(s.time) if p.shot else 0.0
        return CutsceneStatus(
            status=p.status,
            shot=p.shot,
            at=at,
            time=s.time,
            frame_index=s.index,
            sound=p.sound(s.time),
            variables=dict(p.variables),
            held=sorted(p.held),
        )

    # -- in the session's thread -------------------------------------------------------------------------------------
    def held(self, names: Mapping[str, Any]) -> None:
        """The game has directed these conditions."""
        if self.player:
            self.player.hold(names)

    def advance(self) -> tuple[list[Happening], bool, int | None]:
        """Before a frame: bring the timeline to its time and report events.

        Returns what happened, whether the frame begins a cut, and its seed.
        """
        p, s = self.player, self.session
        self.turned = False
        if p is None:
            return [], False, None
        happened = p.advance(s.time, s.timeline)
        self.turned = any(h.kind in TURNS for h in happened)
        self._tell(happened)
        cut, seed = p.cut, p.seed
        p.cut, p.seed = False, None
        return happened, cut, seed

    def scene(self) -> Scene | None:
        return Scene(self.player, self.digest, self.player.dump()) if self.player else None

    def put_back(self, scene: Scene | None) -> None:
        """Stand where ``scene`` was taken, and tell where that is; the session's time and timeline are there already.

        A document that was put in its place since stays: it goes on as after ``cutscene_replace`` there.
        """
        was = None
        if scene:
            was = self._fresh(scene.player)
            was.load(scene.dump)
        self.go_on(was, scene.digest if scene else "")

    def go_on(self, was: Player | None, digest: str) -> None:
        """Go on as ``was``, as ``put_back`` says."""
        s, now = self.session, self.player
        if was is None:
            self.player = now and self._fresh(now)
        elif now is None or now.document is was.document:
            self.player, self.digest = was, digest
        else:
            self.player = self._fresh(now)
            was.replace(self.player, s.time, s.timeline)
        p = self.player
        if p and not p.news and (p.status != "ended" or (now and now.status != "ended")):
            self._tell([p.stands(s.time)])

    def restored(self, kept: Any) -> Player | None:
        """The player as a snapshot kept it, if the cutscene is the one that is loaded now; else at its end, for it has no place.

        KeyError, ValueError or TypeError when it is damaged.
        """
        player = self.player and self._fresh(self.player)
        if player and kept is not None and kept[0] == self.digest:
            player.load(kept[1])
        return player

    @staticmethod
    def _fresh(player: Player) -> Player:
        """Of the same document, at its end."""
        return Player(player.document, player.lanes, player.schema)

    def _tell(self, happened: list[Happening]) -> None:
        s, p = self.session, self.player
        for h in happened:
            s.emit(
                CutsceneHappened(
                    session=s.number,
                    happened=h.kind,
                    shot=h.shot,
                    name=h.name,
                    limit=h.limit,
                    time=h.time,
                    at=h.at,
                    sound=h.sound,
                    frame_index=s.index,
                    fade=h.fade.seconds,
                    easing=h.fade.easing if h.fade.seconds else "",
                    options=[CutsceneOption(id=i, text=text) for i, text in h.options],
                    variables=dict(p.variables) if p else {},
                    held=sorted(p.held) if p else [],
                    values=dict(h.left),
                )
            )


def _place(r: M.CutscenePlace) -> dict[str, Any]:
    return {"shot": r.shot, "mark": r.mark, "at": r.at}
