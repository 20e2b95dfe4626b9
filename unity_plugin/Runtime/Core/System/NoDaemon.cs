#nullable enable

using System;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;

namespace Dreambridge
{
    /// <summary>Why no daemon answers, in words: there is none, it is silent, it is another user's, or a sandbox hides it.</summary>
    static class NoDaemon
    {
        const string Temp = "/tmp";
        const string Prefix = "dreambridge-";

        /// <summary>No daemon of that name is found.</summary>
        internal static DreamError Missing(string daemon)
        {
            var folder = ConnectionFile.Folder();
            try
            {
                if (Directory.Exists(folder))
                    Directory.GetFiles(folder);
            }
            catch (UnauthorizedAccessException)
            {
                return new DreamError(ErrorCodes.NoAccess, $"The runtime folder {folder} cannot be read: it belongs to another user.",
                    "A daemon under sudo may have made it. Remove it: " + Terminal.Line(new[] { "sudo", "rm", "-r", folder }));
            }
            catch (IOException)
            {
                // It went in this moment.
            }
            var stale = File.Exists(ConnectionFile.PathOf(daemon)) ? "; the connection file there is stale" : "";
            return new DreamError(ErrorCodes.NotRunning, $"No daemon \"{daemon}\" is running (looked in {folder}{stale}).",
                $"Start one:\n{Terminal.Serve(daemon)}\nOr start it in Window > Dreambridge, or set the property Python.{WhatMayHideIt()}");
        }

        /// <summary>A process holds the name, and nothing comes from it.</summary>
        internal static DreamError Silent(string daemon, ConnectionFile found) =>
            new DreamError(ErrorCodes.NotAnswering, $"The daemon \"{daemon}\" (process {found.Pid}) does not answer on {found.Endpoint}.",
                "It may be stopped or overloaded. End it: " + Terminal.End(found.Pid));

        static string WhatMayHideIt()
        {
            var hints = "";
            if (!RuntimeInformation.IsOSPlatform(OSPlatform.Windows) && !RuntimeInformation.IsOSPlatform(OSPlatform.OSX))
            {
                var others = Directory.GetDirectories(Temp, Prefix + "*").Where(path => path != ConnectionFile.FolderInTemp && IsRuntimeFolder(path)).Take(3).ToArray();
                if (others.Length > 0)
                    hints += $" Another user's daemon may run ({string.Join(", ", others)}): it must run as the same user as this game, without sudo.";
            }
            var sandbox = File.Exists("/.flatpak-info") ? "Flatpak" : !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("SNAP_NAME")) ? "Snap" : "";
            if (sandbox.Length > 0)
                hints += $" This program runs in a sandbox ({sandbox}): set DREAMBRIDGE_RUNTIME_DIR, for both, to a folder that it shares with the daemon.";
            return hints;
        }

        static bool IsRuntimeFolder(string path)
        {
            var number = Path.GetFileName(path).Substring(Prefix.Length);
            return number.Length > 0 && number.All(char.IsDigit);
        }
    }
}
