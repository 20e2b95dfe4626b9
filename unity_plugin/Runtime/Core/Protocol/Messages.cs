#nullable enable

namespace Dreambridge
{
    /// <summary>Versions and limits of the protocol, and the names of its requests. Made by devtools/generate.py; do not edit.</summary>
    static class Messages
    {
        public const string Protocol = "1.0";
        public const string Package = "0.1.0";
        public const int MaxMessage = 8388608;
        public const int MaxDepth = 32;

        public const string AttachView = "attach_view";
        public const string Bundles = "bundles";
        public const string Bye = "bye";
        public const string Close = "close";
        public const string Cut = "cut";
        public const string DetachView = "detach_view";
        public const string Direct = "direct";
        public const string Hello = "hello";
        public const string Open = "open";
        public const string Pause = "pause";
        public const string Ping = "ping";
        public const string Restore = "restore";
        public const string Resume = "resume";
        public const string Snapshot = "snapshot";
        public const string Stats = "stats";
        public const string Step = "step";
    }
}
