namespace Dreambridge
{
    /// <summary>Placeholder until devtools/generate.py makes it.</summary>
    public static class Messages
    {
        public const string Protocol = "0.9";
        public const string Version = "0.1.0";
        public const int MaxMessage = 8388608;
        public const int MaxDepth = 32;
    }
    public static class ErrorCodes { public const string DaemonGone = "daemon_gone"; }
}
