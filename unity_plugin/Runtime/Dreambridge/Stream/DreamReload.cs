#nullable enable
using UnityEngine;

namespace Dreambridge
{
    /// <summary>Whether a domain reload is under way: streams are then kept in the daemon, to be taken back after it.</summary>
    internal static class DreamReload
    {
        /// <summary>Set by the editor before a reload.</summary>
        internal static bool Underway { get; set; }

        // With domain reload switched off, statics live on from one play to the next.
        [RuntimeInitializeOnLoadMethod(RuntimeInitializeLoadType.SubsystemRegistration)]
        private static void Forget() => Underway = false;
    }
}
