#nullable enable
using UnityEngine;

namespace Dreambridge
{
    /// <summary>Where the daemon can be: on a desktop, on the same machine.</summary>
    internal static class DreamPlatform
    {
        /// <summary>Why there can be no stream on this platform; null where there can.</summary>
        internal static DreamError? Problem(RuntimePlatform platform)
        {
            switch (platform)
            {
                case RuntimePlatform.WindowsPlayer:
                case RuntimePlatform.WindowsEditor:
                case RuntimePlatform.OSXPlayer:
                case RuntimePlatform.OSXEditor:
                case RuntimePlatform.LinuxPlayer:
                case RuntimePlatform.LinuxEditor:
                    return null;
                default:
                    return new DreamError(ErrorCodes.NotSupported, "Dreambridge does not run on " + platform + ": it needs a daemon and a shared file on the same machine.",
                        "Build for Windows, macOS or Linux; elsewhere show the Fallback picture, or a film made with the stream.");
            }
        }
    }
}
