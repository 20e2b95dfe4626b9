#nullable enable

using System;

namespace Dreambridge
{
    /// <summary>Where a cutscene stands.</summary>
    public enum CutsceneStatus
    {
        /// <summary>It does not play: it has ended, or was not begun.</summary>
        Ended,
        Playing,

        /// <summary>It waits for a signal.</summary>
        Waiting,

        /// <summary>A choice is open.</summary>
        Choosing,
    }

    /// <summary>What happened in a cutscene.</summary>
    public enum CutsceneHappening
    {
        /// <summary>Something that only a newer daemon knows.</summary>
        Other,

        /// <summary>A shot began.</summary>
        Shot,

        /// <summary>A mark was reached.</summary>
        Mark,

        /// <summary>It waits for a signal.</summary>
        Waiting,

        /// <summary>A choice is open.</summary>
        Choice,
        Ended,
    }

    /// <summary>One event of a cutscene. The frame for which it holds is shown when it is raised.</summary>
    public sealed class CutsceneEvent
    {
        internal CutsceneEvent(DreamMap map, int run)
        {
            Run = run;
            Happened = Named(map["happened"].AsText());
            Shot = map["shot"].AsText();
            Name = map["name"].AsText();
            Time = map["time"].AsNumber();
            At = map["at"].AsNumber();
            Sound = map["sound"].AsNumber(-1);
            FrameIndex = map["frame_index"].AsInt();
            Limit = map["limit"].AsNumber(-1);
            Variables = map["variables"].AsMap() ?? new DreamMap();
            var options = map["options"].AsArray() ?? Array.Empty<DreamValue>();
            Options = Array.ConvertAll(options, o => new CutsceneOption(o.AsMap() ?? new DreamMap()));
        }

        /// <summary>The end of a cutscene that was shown without a daemon.</summary>
        internal static CutsceneEvent EndedBy(int run) => new CutsceneEvent(new DreamMap { ["happened"] = "ended" }, run);

        public CutsceneHappening Happened { get; }

        /// <summary>Of which play it is, by the number of the request; they rise.</summary>
        internal int Run { get; }

        /// <summary>The shot that began, or that runs.</summary>
        public string Shot { get; }

        /// <summary>Of a mark its name, of a wait that of its signal; else empty.</summary>
        public string Name { get; }

        /// <summary>When it happened: seconds of stream time.</summary>
        public double Time { get; }

        /// <summary>When it happened: second of the shot.</summary>
        public double At { get; }

        /// <summary>Second of the shot's sound at <see cref="Time"/>; below 0: it has none. It goes on while the picture is held.</summary>
        public double Sound { get; }

        /// <summary>The first frame for which it holds.</summary>
        public long FrameIndex { get; }

        /// <summary>Of a choice: what is offered.</summary>
        public CutsceneOption[] Options { get; }

        /// <summary>Of a wait or choice: its time limit in seconds; below 0: none.</summary>
        public double Limit { get; }

        /// <summary>Variable to value.</summary>
        public DreamMap Variables { get; }

        static CutsceneHappening Named(string name)
        {
            switch (name)
            {
                case "shot":
                    return CutsceneHappening.Shot;
                case "mark":
                    return CutsceneHappening.Mark;
                case "waiting":
                    return CutsceneHappening.Waiting;
                case "choice":
                    return CutsceneHappening.Choice;
                case "ended":
                    return CutsceneHappening.Ended;
                default:
                    return CutsceneHappening.Other;
            }
        }
    }

    /// <summary>One option of a choice.</summary>
    public sealed class CutsceneOption
    {
        internal CutsceneOption(DreamMap map)
        {
            Id = map["id"].AsText();
            Text = map["text"].AsText();
        }

        /// <summary>What <see cref="Cutscene.Choose"/> takes; the key for a translation.</summary>
        public string Id { get; }

        public string Text { get; }
    }

    /// <summary>One shot of a cutscene that was loaded.</summary>
    public sealed class CutsceneShot
    {
        internal CutsceneShot(string name, DreamMap map)
        {
            Name = name;
            Seconds = map["seconds"].AsNumber();
            Marks = map["marks"].AsMap() ?? new DreamMap();
        }

        public string Name { get; }

        /// <summary>Its length.</summary>
        public double Seconds { get; }

        /// <summary>Mark to second of the shot.</summary>
        public DreamMap Marks { get; }
    }

    /// <summary>The daemon's answer to a request about a cutscene.</summary>
    public sealed class CutsceneReply
    {
        internal CutsceneReply(DreamMap map)
        {
            Status = Named(map["status"].AsText());
            Shot = map["shot"].AsText();
            At = map["at"].AsNumber();
            Time = map["time"].AsNumber();
            Sound = map["sound"].AsNumber(-1);
            FrameIndex = map["frame_index"].AsInt();
            Waited = map["waited"].AsBool();
            Released = Array.ConvertAll(map["released"].AsArray() ?? Array.Empty<DreamValue>(), r => r.AsText());
            Held = HeldIn(map);
        }

        /// <summary>The conditions that a message about the cutscene tells as directed by the game.</summary>
        internal static string[] HeldIn(DreamMap map) => Array.ConvertAll(map["held"].AsArray() ?? Array.Empty<DreamValue>(), c => c.AsText());

        public CutsceneStatus Status { get; }

        /// <summary>The shot that runs.</summary>
        public string Shot { get; }

        /// <summary>Second of the shot.</summary>
        public double At { get; }

        /// <summary>Stream time of the next frame, seconds.</summary>
        public double Time { get; }

        /// <summary>Second of the shot's sound at <see cref="Time"/>; below 0: it has none.</summary>
        public double Sound { get; }

        /// <summary>Index of the next frame, the first for which this holds.</summary>
        public long FrameIndex { get; }

        /// <summary>Of a signal: the shot waits for it, now or at its end.</summary>
        public bool Waited { get; }

        /// <summary>Of a release: the conditions that were given back to the lanes.</summary>
        public string[] Released { get; }

        /// <summary>Conditions that the game has directed in this cutscene, and not released.</summary>
        public string[] Held { get; }

        static CutsceneStatus Named(string name)
        {
            switch (name)
            {
                case "waiting":
                    return CutsceneStatus.Waiting;
                case "choosing":
                    return CutsceneStatus.Choosing;
                case "ended":
                    return CutsceneStatus.Ended;
                default:
                    return CutsceneStatus.Playing;
            }
        }
    }
}
