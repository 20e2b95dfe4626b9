#nullable enable

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading;

namespace Dreambridge.Tests
{
    /// <summary>
    /// The adapter of Unity's core for the session scenarios (PROTOCOL.md, part 6): a command a line on standard input, an answer a line
    /// on standard output. The main thread ticks in between, as an engine does.
    /// </summary>
    sealed class Scenarios
    {
        readonly Dictionary<string, int> _tickets = new Dictionary<string, int>();
        readonly DreamMap _answers = new DreamMap();
        Bed? _bed;

        internal static DreamMap Run(string[] words)
        {
            var lines = new BlockingCollection<string>();
            new Thread(() =>
            {
                for (var line = Console.ReadLine(); line != null; line = Console.ReadLine())
                    lines.Add(line);
                lines.Add("{\"do\": \"quit\"}");
            }) { IsBackground = true }.Start();
            Out.Line(new DreamMap { ["client"] = "unity package " + Messages.Package, ["cannot"] = Array.Empty<DreamValue>() });
            var adapter = new Scenarios();
            while (true)
            {
                adapter._bed?.Tick();
                if (!lines.TryTake(out var line, 1))
                    continue;
                var command = DreamJson.Parse(line).AsMap()!;
                if (command["do"].AsText() == "quit")
                    break;
                Out.Line(adapter.Do(command["do"].AsText(), command, command["as"].AsText("-")));
            }
            adapter._bed?.Dispose();
            return new DreamMap();
        }

        DreamMap Do(string what, DreamMap command, string title)
        {
            if (what == "start")
                Start(command);
            else if (what == "look")
                return Look();
            else if (_bed == null)
                return new DreamMap();
            else if (what == "stop")
                _bed.Session.Stop();
            else if (what == "direct")
                _tickets[title] = _bed.Session.Direct(Values(command), command["over"].AsNumber(-1), Easing(command["easing"].AsText()));
            else if (what == "cut")
                _tickets[title] = _bed.Session.Cut(Values(command), command["seed"].AsInt(-1));
            else
                Ask(_bed.Session, what, command, title);
            return new DreamMap();
        }

        void Start(DreamMap command)
        {
            _bed?.Dispose();
            _tickets.Clear();
            _answers.Clear();
            _bed = new Bed();
            var request = new OpenRequest { Bundle = command["bundle"].AsText(), Seed = command["seed"].AsInt() };
            _bed.Session.Start(command["daemon"].AsText(), request, Values(command));
        }

        static DreamMap Values(DreamMap command) => command["values"].AsMap() ?? new DreamMap();

        static DreamEasing Easing(string name) => name.Length == 0 ? DreamEasing.Default : (DreamEasing)Enum.Parse(typeof(DreamEasing), name, true);

        void Ask(DreamSession s, string what, DreamMap command, string title)
        {
            _answers[title] = "waiting";
            void Done(DreamError? error) => _answers[title] = error?.Code ?? "ok";
            var asked = true;
            switch (what)
            {
                case "pause":
                    asked = s.Pause(Done);
                    break;
                case "resume":
                    asked = s.Resume(Done);
                    break;
                case "snapshot":
                    asked = s.Snapshot((_, error) => Done(error));
                    break;
                case "restore":
                    asked = s.Restore(Out.Unhex(command["data"].AsText()), Done);
                    break;
                case "stats":
                    asked = s.Stats((_, error) => Done(error));
                    break;
                case "attach_view":
                    s.AttachView(Array.ConvertAll(command["layers"].AsArray()!, l => l.AsText()), Done);
                    break;
                case "detach_view":
                    s.DetachView();
                    Done(null);
                    break;
            }
            if (!asked)
                _answers[title] = ErrorCodes.DaemonGone;
        }

        DreamMap Look()
        {
            var tickets = new DreamMap();
            if (_bed == null)
                return new DreamMap { ["state"] = "closed" };
            foreach (var pair in _tickets)
                tickets[pair.Key] = _bed.Session.IsShown(pair.Value) ? "shown" : _bed.Session.IsRefused(pair.Value) ? "refused" : "waiting";
            return new DreamMap
            {
                ["state"] = _bed.Session.StateName, ["revision"] = _bed.Frames > 0 ? _bed.Session.Frame.Revision : DreamValue.Nil, ["tickets"] = tickets,
                ["answers"] = _answers, ["errors"] = _bed.Errors.ConvertAll(e => (DreamValue)e.Code).ToArray(),
            };
        }
    }
}
