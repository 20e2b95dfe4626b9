"""Plays a cutscene in stream time: the current shot, the values of its lanes, and its successor. It never uses the wall clock."""

import math
from collections.abc import Iterable
from typing import Any

from dreambridge.conditioning.timeline import Timeline, eased
from dreambridge.cutscene.document import Next, Option, Transition
from dreambridge.cutscene.follows import parts, signals_of, steps
from dreambridge.cutscene.lanes import UNTOLD, Return, faded
from dreambridge.cutscene.position import Happening, Position
from dreambridge.cutscene.problems import listed
from dreambridge.cutscene.sound import SILENCE
from dreambridge.protocol.errors import DreamError

ROUNDING = 1e-6  # seconds
MAX_AT_ONCE = 10_000  # shots without length that follow each other; the checks refuse cycles of them


class Player(Position):
    """Plays one document in one stream. Call ``advance`` before each frame, and everything else between two frames."""

    # -- what clients ask --------------------------------------------------------------------------------------------
    def play(
        self,
        time: float,
        timeline: Timeline,
        shot: str | None = None,
        at: float = 0.0,
        mark: str | None = None,
        before: "Player | None" = None,
    ) -> None:
        """Begin with ``shot`` (the document's first), ``at`` seconds or the ``mark`` into it. DreamError ``bad_argument``.

        ``before`` : what played until now.
        """
        name = self.document.first if shot is None else shot
        if name not in self.document.shots:
            raise DreamError(
                "bad_argument", f"The cutscene has no shot {name[:80]!r}.", f"It has: {listed(self.document.shots)}."
            )
        s = self.document.shots[name]
        if mark is not None:
            if mark not in s.marks:
                raise DreamError("bad_argument", f"The shot {name!r} has no mark {mark[:80]!r}.", f"It has: {listed(s.marks)}.")
            at = s.marks[mark]
        if not 0 <= at <= s.seconds:
            raise DreamError("bad_argument", f"at = {at:g} s is out of range.", f"The shot {name!r} has 0 to {s.seconds:g} s.")
        self._enter(name, time, timeline, Transition(), at, before=before)

    def signal(self, name: str, time: float, timeline: Timeline) -> bool:
        """Signal that something happened in the game. Returns whether the current shot waits for it, now or later.

        An early signal is kept for the shot.
        """
        if self.status == "waiting" and self._next.wait == name:
            self._follow(steps(self._next.then), time, timeline)
            return True
        if self.status == "ended":
            return False
        to_come = steps(self.document.shots[self.shot].next) if self.status == "playing" else self._next
        waits = name in signals_of(to_come)
        if waits:
            self._signals.add(name)
        return waits

    def choose(self, option: str, time: float, timeline: Timeline) -> None:
        """Select an option. DreamError ``bad_state`` if no choice is open, ``bad_argument`` if the option is not offered."""
        if self.status != "choosing":
            raise DreamError("bad_state", "The cutscene has no open choice.", "Wait for the event `choice`.")
        offered = self.offered()
        chosen = next((o for o in offered if o.id == option), None)
        if chosen is None:
            raise DreamError(
                "bad_argument",
                f"The option {option[:80]!r} is not offered.",
                f"Offered: {', '.join(o.id for o in offered) or 'none'}.",
            )
        self._take(chosen, time, timeline)

    def choose_again(self, option: str, shot: str, time: float, timeline: Timeline) -> None:
        """``choose`` for a request that is sent again, and may have been carried out: the choice of ``shot`` was meant.

        If it is not open yet, the option is kept for it. If the cutscene has gone on, nothing happens.
        """
        if not self.stands_in(shot):
            return
        if self.status != "choosing":
            self.early = option
        elif chosen := next((o for o in self.offered() if o.id == option), None):
            self._take(chosen, time, timeline)

    def run_out(self, time: float, timeline: Timeline) -> None:
        """Go on as after the time limit of the open wait or choice. DreamError ``bad_state`` if none with a limit is open."""
        if self.status not in ("waiting", "choosing") or self._next.limit is None:
            raise DreamError("bad_state", "The cutscene is at no wait or choice with a time limit.", "Give it a `limit`.")
        self._run_out(time, timeline)

    def ways(self, time: float, timeline: Timeline) -> list[tuple["Player", Timeline]]:
        """Copies of this and of ``timeline``, one for each way out of the open wait or choice: what the limit brings is first.

        Ways at whose end nothing plays are left out.
        """
        n, found = self._next, list[tuple[Player, Timeline]]()
        options = sorted(self.offered(), key=lambda o: o.id != n.default) if self.status == "choosing" else []
        for k in range(len(options) if options else 2 if self.status == "waiting" else 0):
            player, conditions = self.copied(), timeline.twin()
            if options:
                player._take(options[k], time, conditions)
            elif k == 0:
                player._follow(steps(n.then), time, conditions)
            elif n.limit is not None:
                player._follow(steps(n.otherwise), time, conditions)
            if player.status == "playing":
                found.append((player, conditions))
        return found

    def hold(self, names: Iterable[str]) -> None:
        """Record that the game has directed these conditions: it keeps them until ``release``."""
        self.held |= set(names)
        for name in names:
            self._returns.pop(name, None)

    def release(self, time: float, timeline: Timeline, names: Iterable[str] | None = None, over: float = 0.5) -> list[str]:
        """Return conditions to their lanes; None means all held ones. Lanes with ``game`` are not released."""
        mine = self.lanes[self.shot].keyed if self.shot else {}
        asked = self.held if names is None else set(names)
        given = [n for n in sorted(asked & self.held) if not (n in mine and mine[n].game)]
        now = timeline.values(time)
        for name in given:
            self.held.discard(name)
            if over > 0 and name in mine:
                self._returns[name] = Return(now[name], time, over)
        return given

    def skip(self, time: float, timeline: Timeline) -> None:
        """Skip to the next choice or the end; variables are set as if everything had played. Awaited signals count as given."""
        been = set[Any]()
        while self.status not in ("choosing", "ended"):
            place = self.shot, self.status, id(self._next), tuple(self.variables.values())
            if place in been or len(been) > MAX_AT_ONCE:  # a cycle that only a signal or the game's own variables end
                self.stop(time, timeline)
                return
            been.add(place)
            if self.status == "waiting":
                self._follow(steps(self._next.then), time, timeline)
            else:
                self.began = time - self.document.shots[self.shot].seconds
                self._seen = self.document.shots[self.shot].seconds
                self._follow(steps(self.document.shots[self.shot].next), time, timeline)

    def leave(self, time: float, timeline: Timeline) -> dict[str, Any]:
        """What the lanes of the shot leave, as `direct` takes it. It is an effective condition from now on."""
        if self.status == "ended":
            return {}
        local, lanes = self.local(time), self.lanes[self.shot].keyed
        left = {name: lane.left(local, self._entering[name]) for name, lane in lanes.items() if name not in self.held}
        left = {name: value for name, value in left.items() if value is not UNTOLD}
        timeline.remember(left)
        return left

    def stop(self, time: float, timeline: Timeline) -> None:
        """End the cutscene; the conditions stay as they are, and a sound ends."""
        if self.status != "ended":
            left = self.leave(time, timeline)
            self._happened.append(Happening("ended", time, self.shot, at=self.local(time), left=left))
            for name, lane in self.lanes[self.shot].keyed.items():
                if lane.runs_on and name not in self.held:
                    timeline.hold(name, SILENCE, time)
            self.status = "ended"

    def replace(self, other: "Player", time: float, timeline: Timeline) -> None:
        """Continue in another version of the document, ``other``: in the same shot, at the same time after its last mark.

        Variables of the same type keep their values. A wait or choice that the shot still has goes on, with what is left of its
        time limit. If the shot no longer exists, the cutscene ends.
        """
        other.variables |= {n: v for n, v in self.variables.items() if other._types.get(n) is self._types[n]}
        other.held = set(self.held)
        if self.status == "ended":
            return
        shot = other.document.shots.get(self.shot)
        if shot is None:
            left = self.leave(time, timeline)
            other._happened.append(Happening("ended", time, self.shot, at=self.local(time), left=left))
            return
        old, local = self.document.shots[self.shot].marks, self.local(time)
        passed = max((m for m in old if m in shot.marks and old[m] <= local), key=lambda m: old[m], default=None)
        at = local if passed is None else shot.marks[passed] + local - old[passed]
        other._enter(self.shot, time, timeline, Transition(), min(max(at, 0.0), shot.seconds), sets=False)
        other._happened.clear()
        other._signals = self._signals & signals_of(steps(shot.next))
        here = next((n for n in parts(steps(shot.next)) if _same_pause(n, self._next)), None)
        if self.status != "playing" and here and (here.wait is not None or other.offered(here)):
            other.status, other.since, other._next = self.status, self.since, here
            other._happened = [other.stands(time)]  # the options and the limit may be others

    # -- before each frame -------------------------------------------------------------------------------------------
    def advance(self, time: float, timeline: Timeline) -> list[Happening]:
        """Bring ``timeline`` to ``time``, and return what has happened since the last call, in order."""
        for _ in range(MAX_AT_ONCE):
            # What is due at this frame must not be a frame late because sums of times are rounded.
            due = time + ROUNDING
            if self.status == "playing" and self.local(due) >= (end := self.document.shots[self.shot].seconds):
                self._pass(end, timeline)
                self._follow(steps(self.document.shots[self.shot].next), self.began + end, timeline)
            elif self.status in ("waiting", "choosing") and self._next.limit is not None and due - self.since >= self._next.limit:
                self._run_out(self.since + self._next.limit, timeline)
            else:
                break
        if self.status != "ended":
            if self.status == "playing":
                self._pass(self.local(time + ROUNDING), timeline)
            self._write(time, timeline)
        happened, self._happened = self._happened, []
        return happened

    def _pass(self, until: float, timeline: Timeline) -> None:
        """Marks and triggers up to the shot's second ``until``."""
        marks = sorted((at, n) for n, at in self.document.shots[self.shot].marks.items() if self._seen < at <= until)
        self._happened += [
            Happening("mark", self.began + at, self.shot, n, at=at, sound=self.sound(self.began + at)) for at, n in marks
        ]
        for name, lane in self.lanes[self.shot].events.items():
            if name not in self.held:
                for at, strength in lane.between(self._seen, until):
                    timeline.direct({name: strength}, self.began + at)
        self._seen = max(self._seen, until)

    def _write(self, time: float, timeline: Timeline) -> None:
        # A frame's time may be a rounding error before that of the request that began this shot.
        local, since_entry = self.local(time), max(0.0, time - self.began)
        for name, lane in self.lanes[self.shot].keyed.items():
            if name in self.held:
                continue
            c = self.schema[name]
            entering = self._entering[name]
            pair = lane.at(since_entry if lane.runs_on else local, entering)
            if since_entry < self._fade.seconds:
                pair = faded(c, entering, pair, eased(self._fade.easing, since_entry / self._fade.seconds))
            if name in self._returns:
                r = self._returns[name]
                since = max(0.0, time - r.begun)
                if since >= r.over:
                    del self._returns[name]
                else:
                    pair = faded(c, r.start, pair, eased("smooth", since / r.over))
            timeline.hold(name, pair, time)
        if self.status in ("waiting", "choosing") and self._next.meanwhile and self._next.meanwhile.drift:
            self._drift(time, timeline)

    def _drift(self, time: float, timeline: Timeline) -> None:
        m = self._next.meanwhile
        assert m is not None
        turn = math.sin(2 * math.pi * (time - self.since) / m.seconds)
        for name, far in m.drift.items():
            if name in self.held:
                continue
            c = self.schema[name]
            keyed = self.lanes[self.shot].keyed
            value, present = keyed[name].at(self.local(time), self._entering[name]) if name in keyed else self._entering[name]
            moved = value + value.dtype.type(far * turn)
            if c.period:
                moved = moved % value.dtype.type(c.period)
            elif c.range:
                moved = moved.clip(*c.range)
            timeline.hold(name, (moved, present), time)

    # -- from shot to shot -------------------------------------------------------------------------------------------
    def _enter(
        self,
        name: str,
        time: float,
        timeline: Timeline,
        fade: Transition,
        at: float = 0.0,
        sets: bool = True,
        before: "Player | None" = None,
    ) -> None:
        left = (before or self).leave(time, timeline)
        self._entering = timeline.values(time)
        self.status, self.shot, self.began, self._fade = "playing", name, time - at, fade
        self._seen = at if at > 0 else -1.0
        self._signals.clear()
        self.early = ""
        if sets:
            self.set(self.document.shots[name].set)
        self._happened.append(Happening("shot", time, name, at=at, sound=self.sound(time), fade=fade, left=left))

    def _follow(self, n: Next, time: float, timeline: Timeline) -> None:
        """Follow ``n`` at stream time ``time``."""
        self._write(time, timeline)  # the values from which the next shot changes
        while n.branch is not None:
            n = steps(next((c.then for c in n.branch if c.only_if is None or self._holds(c.only_if)), Next(end=True)))
        if n.shot is not None:
            if n.cut:
                self.cut, self.seed = True, n.seed
                timeline.calm()
            self._enter(n.shot, time, timeline, n.transition or Transition())
        elif n.wait is not None:
            if n.wait in self._signals:
                self._signals.discard(n.wait)
                self._follow(steps(n.then), time, timeline)
                return
            self.status, self.since, self._next = "waiting", time, n
            self._happened.append(self.stands(time))
        elif n.choice is not None:
            self._next = n
            if not (offered := self.offered()):
                self.stop(time, timeline)
                return
            early, self.early = self.early, ""
            if chosen := next((o for o in offered if o.id == early), None):
                self._take(chosen, time, timeline)
                return
            self.status, self.since = "choosing", time
            self._happened.append(self.stands(time))
        else:
            self.stop(time, timeline)

    def _take(self, o: Option, time: float, timeline: Timeline) -> None:
        self.set(o.set)
        self._follow(steps(o.then), time, timeline)

    def _run_out(self, time: float, timeline: Timeline) -> None:
        """The limit of the wait or choice is over."""
        n = self._next
        if n.wait is not None:
            self._follow(steps(n.otherwise), time, timeline)
            return
        offered = self.offered()
        chosen = next((o for o in offered if o.id == n.default), offered[0] if offered else None)
        if chosen is None:
            self.stop(time, timeline)
        else:
            self._take(chosen, time, timeline)


def _same_pause(n: Next, old: Next) -> bool:
    """Whether ``n``, in another version of the document, is the wait or choice ``old``."""
    return (n.wait is not None and n.wait == old.wait) or (n.choice is not None and old.choice is not None)
