#nullable enable

using System;
using System.Collections.Generic;

namespace Dreambridge
{
    // From a parsed direction to the daemon's answer.
    public sealed partial class StoryDirector
    {
        /// <summary>What was sent is answered; then all that waits is sent, merged.</summary>
        void Look()
        {
            TakeAnswers();
            while (IsReady && !_asking)
            {
                if (_sending.Count == 0)
                {
                    if (_unanswered.Count > 0 || _pending.Count == 0)
                        return;
                    foreach (var s in _pending.Take())
                        _sending.Enqueue(s);
                }
                Send(_sending.Dequeue());
            }
            if (!IsReady && _sending.Count > 0)
                PutBack(null);
        }

        /// <summary>What could not be sent waits again, before what was directed after it.</summary>
        void PutBack(StoryStatement? unsent)
        {
            var later = _pending.Take();
            if (unsent != null)
                _pending.Add(unsent);
            foreach (var s in _sending)
                _pending.Add(s);
            _sending.Clear();
            foreach (var s in later)
                _pending.Add(s);
        }

        void TakeAnswers()
        {
            for (var i = 0; i < _unanswered.Count; i++)
            {
                var ticket = _unanswered[i];
                if (!_session.IsAnswered(ticket))
                    continue;
                _unanswered.RemoveAt(i);
                i = -1;
                if (!_session.IsRefused(ticket))
                    continue;
                _refused |= ticket == _ticket;
                // A listener may direct something, and so come here again: the ticket is out of the list before.
                if (_session.ErrorOf(ticket) is { } error)
                    Fail(error);
            }
        }

        void Send(StoryStatement s)
        {
            if (s.Do == "direct")
                Sent(_session.Direct(s.Values, s.Over ?? -1, s.EasingValue));
            else if (s.Do == "cut")
                Sent(_session.Cut(s.Values, s.Seed ?? -1));
            if (s.Do != "direct")
                Changes++;
            switch (s.Do)
            {
                case "keep":
                    Ask(s, done => _session.Keep(s.Name, done));
                    break;
                case "rewind":
                    var to = s.Seconds is double seconds ? new DreamMap { ["seconds"] = seconds } : new DreamMap { ["name"] = s.Name };
                    Ask(s, done => _session.Rewind(to, (_, error) => done(error)));
                    break;
                case "play":
                    PlayNow(s);
                    break;
                case "stop":
                    InCutscene(s, done => _session.Cutscene.Stop((_, error) => done(error)));
                    break;
                case "signal":
                    InCutscene(s, done => _session.Cutscene.Signal(s.Name, s.Shot.Length > 0 ? s.Shot : null, (_, error) => done(error)));
                    break;
                case "choose":
                    InCutscene(s, done => _session.Cutscene.Choose(s.Name, s.Shot.Length > 0 ? s.Shot : null, (_, error) => done(error)));
                    break;
                case "set":
                    InCutscene(s, done => _session.Cutscene.Set(s.Values, (_, error) => done(error)));
                    break;
                case "release":
                    InCutscene(s, done => _session.Cutscene.Release(s.Names.Length > 0 ? s.Names : null, s.Over ?? 0.5, (_, error) => done(error)));
                    break;
            }
        }

        void Sent(int ticket)
        {
            (_ticket, _revision, _refused) = (ticket, -1, false);
            _unanswered.Add(ticket);
        }

        void PlayNow(StoryStatement s)
        {
            _passed.Clear();
            _played = true;
            _asking = true;
            var wrong = Play == null
                ? new DreamError(ErrorCodes.BadCutscene, $"There are no cutscenes, so none is named {StoryNames.Quoted(s.Name)}.", "Give the director some.")
                : Play(s.Name, s.Shot.Length > 0 ? s.Shot : null, Done);
            if (wrong == null)
                return;
            _played = false;
            Done(wrong);

            void Done(DreamError? error)
            {
                _asking = false;
                _played = _played && error == null;
                TellIfWrong(error);
            }
        }

        void InCutscene(StoryStatement s, Func<Action<DreamError?>, bool> ask)
        {
            if (_played)
                Ask(s, ask);
            else
                NeedsCutscene(s);
        }

        /// <summary>How it is asked again, if there is no answer: the daemon may have carried it out, so it is meant for this shot only.</summary>
        StoryStatement Meant(StoryStatement s) =>
            (s.Do == "signal" || s.Do == "choose") && s.Shot.Length == 0 ? s.In(_session.Cutscene.Shot) : s;

        void Ask(StoryStatement s, Func<Action<DreamError?>, bool> ask)
        {
            _asking = true;
            var meant = Meant(s);
            if (ask(error =>
            {
                _asking = false;
                if (error?.Code == ErrorCodes.DaemonGone && !_ended)
                    PutBack(meant);
                else
                    TellIfWrong(error);
            }))
                return;
            _asking = false;
            if (IsReady)
                NeedsCutscene(s);
            else
                PutBack(s);
        }

        void NeedsCutscene(StoryStatement s) => Fail(new DreamError(ErrorCodes.BadState, $"`{s.Do}` needs a cutscene.", "Write `play` with its name first."));

        void TellIfWrong(DreamError? error)
        {
            if (error != null && !_ended && error.Code != ErrorCodes.DaemonGone && error.Code != ErrorCodes.Cancelled)
                Fail(error);
        }

        void Fail(DreamError error) => Failed?.Invoke(error);
    }
}
