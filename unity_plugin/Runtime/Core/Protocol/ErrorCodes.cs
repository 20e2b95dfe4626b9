#nullable enable

namespace Dreambridge
{
    /// <summary>The error codes, one table for all languages. Made by devtools/generate.py; do not edit.</summary>
    public static class ErrorCodes
    {
        /// <summary>The message type is not known.</summary>
        public const string UnknownType = "unknown_type";

        /// <summary>The message is not msgpack, or lacks a field, or has one of the wrong type.</summary>
        public const string BadMessage = "bad_message";

        /// <summary>The message is larger or nested deeper than allowed.</summary>
        public const string TooLarge = "too_large";

        /// <summary>The majors of the two protocol versions differ.</summary>
        public const string ProtocolMismatch = "protocol_mismatch";

        /// <summary>A request came before hello.</summary>
        public const string HelloFirst = "hello_first";

        /// <summary>This daemon does not do that yet.</summary>
        public const string NotSupported = "not_supported";

        /// <summary>There is no bundle of that name.</summary>
        public const string UnknownBundle = "unknown_bundle";

        /// <summary>The bundle is damaged or breaks the contract.</summary>
        public const string BadBundle = "bad_bundle";

        /// <summary>The bundle's format has a newer major.</summary>
        public const string BundleTooNew = "bundle_too_new";

        /// <summary>A Python package that is needed is not installed, or cannot be loaded.</summary>
        public const string MissingPackage = "missing_package";

        /// <summary>The asked execution provider is not to be had.</summary>
        public const string NoProvider = "no_provider";

        /// <summary>There is no session of that number, or it belongs to another client.</summary>
        public const string UnknownSession = "unknown_session";

        /// <summary>The session's model failed.</summary>
        public const string SessionFailed = "session_failed";

        /// <summary>The client has as many sessions as are allowed.</summary>
        public const string TooManySessions = "too_many_sessions";

        /// <summary>The session's ring was cut short, overwritten or removed by another program.</summary>
        public const string RingLost = "ring_lost";

        /// <summary>The daemon's ring cannot be opened here: another file system, or another user.</summary>
        public const string RingUnreachable = "ring_unreachable";

        /// <summary>The bundle has no condition of that name.</summary>
        public const string UnknownCondition = "unknown_condition";

        /// <summary>The condition's value is of the wrong kind, out of range or not finite.</summary>
        public const string BadValue = "bad_value";

        /// <summary>A request's argument is out of range.</summary>
        public const string BadArgument = "bad_argument";

        /// <summary>The request does not fit the session's state.</summary>
        public const string BadState = "bad_state";

        /// <summary>The cutscene document has errors, or does not fit the bundle.</summary>
        public const string BadCutscene = "bad_cutscene";

        /// <summary>The snapshot is damaged or of another bundle.</summary>
        public const string BadSnapshot = "bad_snapshot";

        /// <summary>The shared memory is full.</summary>
        public const string NoSpace = "no_space";

        /// <summary>The process has no more memory, file handles or threads.</summary>
        public const string NoResources = "no_resources";

        /// <summary>The runtime directory cannot be written.</summary>
        public const string NoAccess = "no_access";

        /// <summary>A daemon of that name runs already.</summary>
        public const string AlreadyRunning = "already_running";

        /// <summary>The daemon's process lives and does not answer.</summary>
        public const string NotAnswering = "not_answering";

        /// <summary>No daemon of that name runs.</summary>
        public const string NotRunning = "not_running";

        /// <summary>The daemon refused the token.</summary>
        public const string WrongToken = "wrong_token";

        /// <summary>The daemon stopped answering.</summary>
        public const string DaemonGone = "daemon_gone";

        /// <summary>It was given up, for its session was closed.</summary>
        public const string Cancelled = "cancelled";

        /// <summary>It did not happen in time.</summary>
        public const string Timeout = "timeout";

        /// <summary>The preview's port is taken.</summary>
        public const string PortTaken = "port_taken";

        /// <summary>The daemon failed at something that is its own fault.</summary>
        public const string Internal = "internal";
    }
}
