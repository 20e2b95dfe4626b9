#nullable enable
using System;
using System.Collections.Generic;

namespace Dreambridge.Editors
{
    /// <summary>The bundles of one daemon with their schemas, asked for over a channel of the inspector's own.</summary>
    internal sealed class DreamCatalog : IDisposable
    {
        private readonly DreamChannel _channel = new DreamChannel();
        private readonly Dictionary<string, BundleInfo> _bundles = new Dictionary<string, BundleInfo>();
        private string _daemon = "";

        internal DreamCatalog() => _channel.Connected += Ask;

        /// <summary>The daemon answered with its bundles.</summary>
        internal bool Known { get; private set; }

        /// <summary>The names of those that can be opened, sorted.</summary>
        internal string[] Names { get; private set; } = Array.Empty<string>();

        /// <summary>Once a repaint: look for that daemon, take what came.</summary>
        internal void Poll(string daemon)
        {
            if (daemon != _daemon)
            {
                _daemon = daemon;
                Known = false;
                _bundles.Clear();
                Names = Array.Empty<string>();
                _channel.Start(daemon);
            }
            _channel.Poll();
        }

        /// <summary>A bundle that can be opened; null when there is none of that name.</summary>
        internal BundleInfo? Find(string bundle) => _bundles.TryGetValue(bundle, out var found) && found.Error == null ? found : null;

        /// <summary>Why a bundle that the daemon found cannot be opened; null when it can, or when there is none of that name.</summary>
        internal DreamError? Problem(string bundle) => _bundles.TryGetValue(bundle, out var found) ? found.Error : null;

        /// <inheritdoc/>
        public void Dispose()
        {
            _channel.Connected -= Ask;
            _channel.Dispose();
        }

        private void Ask() => _channel.Ask("bundles", null, (reply, error) =>
        {
            if (reply == null) return;
            _bundles.Clear();
            foreach (var about in BundleInfo.ListOf(reply)) _bundles[about.Name] = about;
            var names = new List<string>(_bundles.Keys);
            names.RemoveAll(n => Problem(n) != null);
            names.Sort(StringComparer.Ordinal);
            Names = names.ToArray();
            Known = true;
        });
    }
}
