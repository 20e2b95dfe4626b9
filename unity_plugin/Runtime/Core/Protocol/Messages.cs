#nullable enable

namespace Dreambridge
{
    /// <summary>Versions and limits of the protocol, and the types of its messages. Made by devtools/generate.py; do not edit.</summary>
    static class Messages
    {
        public const string Protocol = "1.0";
        public const string Package = "0.1.0";
        public const int MaxMessage = 8388608;
        public const int MaxDepth = 32;
        public const int MaxSessions = 16;
        public const int ShelfState = 1048576;
        public const int MaxShelfBytes = 268435456;
        public const int MaxNamedPlaces = 16;
        public const int MaxShotPlaces = 64;
        public const int MaxTakeBytes = 67108864;
        public const int MaxToldValues = 4194304;
        public const int MaxForks = 8;
        public const int MaxForkSteps = 240;
        public const int MaxInvalidTold = 16;
        public const int PingIntervalMs = 1000;
        public const int OrphanAfterMs = 3000;
        public const int CloseAfterMs = 30000;
        public const int DaemonSilentMs = 5000;
        public const int ViewSilentMs = 2000;
        public const int StuckAfterMs = 2000;
        public const int MaxStepTimeMs = 60000;
        public const int MaxLoadingTimeMs = 120000;
        public const int ShelfSecondsMs = 60000;
        public const int HeartbeatIntervalMs = 250;
        public const int HeartbeatStaleMs = 1000;

        public const string Adopt = "adopt";
        public const string Adopted = "adopted";
        public const string AttachView = "attach_view";
        public const string Attached = "attached";
        public const string Bundles = "bundles";
        public const string Bye = "bye";
        public const string Cancel = "cancel";
        public const string Close = "close";
        public const string Closed = "closed";
        public const string Cut = "cut";
        public const string Cutscene = "cutscene";
        public const string CutsceneChoose = "cutscene_choose";
        public const string CutsceneLoad = "cutscene_load";
        public const string CutsceneLoaded = "cutscene_loaded";
        public const string CutscenePlay = "cutscene_play";
        public const string CutsceneRelease = "cutscene_release";
        public const string CutsceneReplace = "cutscene_replace";
        public const string CutsceneSeek = "cutscene_seek";
        public const string CutsceneSet = "cutscene_set";
        public const string CutsceneSignal = "cutscene_signal";
        public const string CutsceneSkip = "cutscene_skip";
        public const string CutsceneStatus = "cutscene_status";
        public const string CutsceneStop = "cutscene_stop";
        public const string DetachView = "detach_view";
        public const string Direct = "direct";
        public const string Directed = "directed";
        public const string Drop = "drop";
        public const string Error = "error";
        public const string FileTaken = "file_taken";
        public const string Fork = "fork";
        public const string ForkChoose = "fork_choose";
        public const string ForkDirect = "fork_direct";
        public const string ForkPrepare = "fork_prepare";
        public const string ForkSignal = "fork_signal";
        public const string ForkStatus = "fork_status";
        public const string Hello = "hello";
        public const string Keep = "keep";
        public const string Kept = "kept";
        public const string LessFlashing = "less_flashing";
        public const string Ok = "ok";
        public const string Open = "open";
        public const string Opened = "opened";
        public const string Pause = "pause";
        public const string Ping = "ping";
        public const string Pong = "pong";
        public const string PutFile = "put_file";
        public const string Record = "record";
        public const string Recorded = "recorded";
        public const string Replay = "replay";
        public const string Restore = "restore";
        public const string Restored = "restored";
        public const string Resume = "resume";
        public const string Rewind = "rewind";
        public const string Rewound = "rewound";
        public const string Ring = "ring";
        public const string Settled = "settled";
        public const string Snapshot = "snapshot";
        public const string Snapshotted = "snapshotted";
        public const string State = "state";
        public const string Stats = "stats";
        public const string Step = "step";
        public const string Stepped = "stepped";
        public const string ViewBack = "view_back";
        public const string ViewSilent = "view_silent";
        public const string Welcome = "welcome";

        /// <summary>What the daemon sends.</summary>
        public static readonly string[] Incoming = { Welcome, Bundles, Opened, Directed, Ok, Stepped, Snapshotted, Kept, Restored, Rewound, Recorded, ForkStatus, Adopted, Stats, Closed, Pong, Attached, FileTaken, CutsceneLoaded, CutsceneStatus, Bye, Error, State, Settled, Cutscene, Ring, ViewSilent, ViewBack };

        /// <summary>Kinds of conditions that are over by themselves.</summary>
        public static readonly string[] MomentaryKinds = { "event", "delta" };
    }
}
