#nullable enable

namespace Dreambridge.Tests
{
    /// <summary>Where the connection file of the daemon (first word) would lie, what is read there, and what is said where it is missing.</summary>
    static class Folder
    {
        internal static DreamMap Run(string[] words)
        {
            var found = ConnectionFile.Read(words[0]);
            return new DreamMap
            {
                ["path"] = ConnectionFile.PathOf(words[0]), ["endpoint"] = found?.Endpoint, ["pid"] = found?.Pid ?? 0, ["epoch"] = (found?.Epoch ?? 0).ToString(),
                ["token"] = found?.Token, ["version"] = found?.Version, ["package"] = Messages.Package,
                ["missing"] = NoDaemon.Missing(words[0]).ToString(),
            };
        }
    }
}
