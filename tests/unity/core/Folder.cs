#nullable enable

namespace Dreambridge.Tests
{
    /// <summary>Where the connection file of the daemon (first word) would lie, and what is read there.</summary>
    static class Folder
    {
        internal static DreamMap Run(string[] words)
        {
            var found = ConnectionFile.Read(words[0]);
            return new DreamMap
            {
                ["path"] = ConnectionFile.PathOf(words[0]), ["endpoint"] = found?.Endpoint, ["pid"] = found?.Pid ?? 0, ["epoch"] = (found?.Epoch ?? 0).ToString(),
                ["token"] = found?.Token, ["version"] = found?.Version, ["package"] = Messages.Package,
            };
        }
    }
}
