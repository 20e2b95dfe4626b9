#nullable enable

using System;
using System.IO;

namespace Dreambridge
{
    /// <summary>
    /// Something went wrong: a stable code (<see cref="ErrorCodes"/>), a message that names the value, and a hint with the way out.
    /// Handed to callbacks and events; thrown only where a method says so.
    /// </summary>
    public sealed class DreamError : Exception
    {
        public DreamError(string code, string message, string hint)
            : base(message)
        {
            Code = code;
            Hint = hint;
        }

        /// <summary>One of <see cref="ErrorCodes"/>, or one that a newer daemon knows.</summary>
        public string Code { get; }

        public string Hint { get; }

        public override string ToString() => $"{Message} {Hint} [{Code}]";

        /// <summary>A ring of the daemon that cannot be opened in this process.</summary>
        internal static DreamError Unreachable(string ring, string why) => new DreamError(
            ErrorCodes.RingUnreachable,
            why + ".",
            $"The daemon and this game must both see the folder {FolderOf(ring)}, as the same user. In a container or sandbox, "
            + "set DREAMBRIDGE_RING_DIR for the daemon to a folder that both see.");

        // A path is a text of the daemon: it may be none on this system.
        static string FolderOf(string path)
        {
            try
            {
                return Path.GetDirectoryName(path) ?? path;
            }
            catch (Exception e) when (e is ArgumentException || e is PathTooLongException)
            {
                return path;
            }
        }

        internal static DreamError NoStream() =>
            new DreamError(ErrorCodes.DaemonGone, "No stream is open.", "Open it, and ask when its state is Playing or Paused.");

        internal static DreamError Gone() =>
            new DreamError(ErrorCodes.DaemonGone, "The daemon is unavailable.", "The client is reconnecting; try again when the daemon is back.");
    }
}
