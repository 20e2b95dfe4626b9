#nullable enable

namespace Dreambridge
{
    /// <summary>What a stream does. Made by devtools/generate.py; do not edit.</summary>
    public enum StreamState
    {
        /// <summary>The session has ended and its ring is removed. A stream that was not started is closed too.</summary>
        Closed,

        /// <summary>The client looks for the daemon.</summary>
        Searching,

        /// <summary>The client has sent open; the reply has not come yet.</summary>
        Opening,

        /// <summary>Frames are made at the requested fps.</summary>
        Playing,

        /// <summary>Frames are made at a lower fps, because the machine cannot keep up.</summary>
        Slowed,

        /// <summary>No frames are made until resume or step.</summary>
        Paused,

        /// <summary>A step has taken far longer than its time limit. No frames are made until it ends.</summary>
        Stuck,

        /// <summary>The daemon has not heard from the client for 3 s. No frames are made until the client returns.</summary>
        Orphaned,

        /// <summary>The client has lost the daemon and is reconnecting.</summary>
        Lost,

        /// <summary>The model failed. No more frames come; only stats, record and close are answered.</summary>
        Failed,
    }

    /// <summary>The names of the states. Made by devtools/generate.py; do not edit.</summary>
    static class StreamStates
    {
        static readonly string[] Names = { "closed", "searching", "opening", "playing", "slowed", "paused", "stuck", "orphaned", "lost", "failed" };

        /// <summary>The state of that name; one that only a newer daemon knows counts as playing.</summary>
        internal static StreamState Named(string name)
        {
            var at = System.Array.IndexOf(Names, name);
            return at >= 0 ? (StreamState)at : StreamState.Playing;
        }

        internal static string NameOf(StreamState state) => Names[(int)state];
    }
}
