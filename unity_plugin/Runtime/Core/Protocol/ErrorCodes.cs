#nullable enable

namespace Dreambridge
{
    /// <summary>The error codes, one table for all languages. Made by devtools/generate.py; do not edit.</summary>
    public static class ErrorCodes
    {
        /// <summary>The message type is unknown.</summary>
        public const string UnknownType = "unknown_type";

        /// <summary>The message is not a msgpack map, a field is missing, or a field has the wrong type.</summary>
        public const string BadMessage = "bad_message";

        /// <summary>The message is larger, or nested more deeply, than allowed.</summary>
        public const string TooLarge = "too_large";

        /// <summary>Client and daemon use different major versions of the protocol.</summary>
        public const string ProtocolMismatch = "protocol_mismatch";

        /// <summary>The client sent another request before hello.</summary>
        public const string HelloFirst = "hello_first";

        /// <summary>The daemon or the bundle does not support this.</summary>
        public const string NotSupported = "not_supported";

        /// <summary>No bundle has this name.</summary>
        public const string UnknownBundle = "unknown_bundle";

        /// <summary>The bundle is damaged or invalid.</summary>
        public const string BadBundle = "bad_bundle";

        /// <summary>The bundle's format is newer than this daemon.</summary>
        public const string BundleTooNew = "bundle_too_new";

        /// <summary>A required Python package is not installed, or cannot be loaded.</summary>
        public const string MissingPackage = "missing_package";

        /// <summary>The server of a remote model cannot be reached, or has no place for the session.</summary>
        public const string RemoteUnavailable = "remote_unavailable";

        /// <summary>The server of a remote model refused the session, or cannot be trusted.</summary>
        public const string RemoteRefused = "remote_refused";

        /// <summary>The server of a remote model sent something invalid.</summary>
        public const string BadRemote = "bad_remote";

        /// <summary>The requested execution provider is not available.</summary>
        public const string NoProvider = "no_provider";

        /// <summary>This client has no session of this number.</summary>
        public const string UnknownSession = "unknown_session";

        /// <summary>The model of the session failed.</summary>
        public const string SessionFailed = "session_failed";

        /// <summary>The client has the maximum number of sessions.</summary>
        public const string TooManySessions = "too_many_sessions";

        /// <summary>Another program truncated, overwrote or removed the session's ring.</summary>
        public const string RingLost = "ring_lost";

        /// <summary>The client cannot open the daemon's ring: it is in another file system, or belongs to another user.</summary>
        public const string RingUnreachable = "ring_unreachable";

        /// <summary>The bundle has no condition of this name.</summary>
        public const string UnknownCondition = "unknown_condition";

        /// <summary>The value of a condition has the wrong kind, is out of range, or is not finite.</summary>
        public const string BadValue = "bad_value";

        /// <summary>An argument of the request is invalid.</summary>
        public const string BadArgument = "bad_argument";

        /// <summary>The daemon's rules do not allow this.</summary>
        public const string NotAllowed = "not_allowed";

        /// <summary>The state of the session does not allow this request.</summary>
        public const string BadState = "bad_state";

        /// <summary>The cutscene document has errors, or does not fit the bundle.</summary>
        public const string BadCutscene = "bad_cutscene";

        /// <summary>A direction in the text of a story cannot be understood.</summary>
        public const string BadScript = "bad_script";

        /// <summary>The take file is damaged, or does not fit the bundle.</summary>
        public const string BadTake = "bad_take";

        /// <summary>The snapshot is damaged, or comes from another bundle.</summary>
        public const string BadSnapshot = "bad_snapshot";

        /// <summary>The shared memory is full.</summary>
        public const string NoSpace = "no_space";

        /// <summary>The process has run out of memory, file handles or threads.</summary>
        public const string NoResources = "no_resources";

        /// <summary>A file or folder cannot be read or written.</summary>
        public const string NoAccess = "no_access";

        /// <summary>A daemon of this name is already running.</summary>
        public const string AlreadyRunning = "already_running";

        /// <summary>The daemon's process is running, but does not answer.</summary>
        public const string NotAnswering = "not_answering";

        /// <summary>No daemon of this name is running.</summary>
        public const string NotRunning = "not_running";

        /// <summary>The daemon refused the token.</summary>
        public const string WrongToken = "wrong_token";

        /// <summary>The daemon is unavailable.</summary>
        public const string DaemonGone = "daemon_gone";

        /// <summary>The request was cancelled, because its session was closed.</summary>
        public const string Cancelled = "cancelled";

        /// <summary>The operation took too long.</summary>
        public const string Timeout = "timeout";

        /// <summary>The port of the preview page is in use.</summary>
        public const string PortTaken = "port_taken";

        /// <summary>The daemon itself failed.</summary>
        public const string Internal = "internal";
    }
}
