#nullable enable

namespace Dreambridge
{
    /// <summary>Why a state changed, or why the daemon says goodbye. Made by devtools/generate.py; do not edit.</summary>
    public static class ReasonCodes
    {
        /// <summary>A request of this client asked for it.</summary>
        public const string Asked = "asked";

        /// <summary>Steps took too long for the rate; the rate or the quality level is lower now.</summary>
        public const string DeadlinesMissed = "deadlines_missed";

        /// <summary>Steps are fast enough again; the rate or the quality level is higher now.</summary>
        public const string RoomAgain = "room_again";

        /// <summary>The daemon heard nothing from the client for too long.</summary>
        public const string ClientSilent = "client_silent";

        /// <summary>The daemon heard from the client again.</summary>
        public const string ClientBack = "client_back";

        /// <summary>The model raised an error.</summary>
        public const string ModelFailed = "model_failed";

        /// <summary>A step has not ended in its time.</summary>
        public const string StepLate = "step_late";

        /// <summary>The late step has ended.</summary>
        public const string StepEnded = "step_ended";

        /// <summary>The session's ring was damaged or removed from outside.</summary>
        public const string RingLost = "ring_lost";

        /// <summary>The server of a remote model sends no frames, or the connection to it broke.</summary>
        public const string RemoteLate = "remote_late";

        /// <summary>The server of a remote model sends frames again.</summary>
        public const string RemoteBack = "remote_back";

        /// <summary>The client's process has ended.</summary>
        public const string ClientGone = "client_gone";

        /// <summary>Another connection said hello with this client's key.</summary>
        public const string KeyTaken = "key_taken";

        /// <summary>The daemon ends.</summary>
        public const string DaemonEnding = "daemon_ending";
    }
}
