#nullable enable

using System;

namespace Dreambridge
{
    // The game's own picture, which the bundle paints over.
    public sealed partial class DreamSession
    {
        bool _viewWanted;
        string[] _viewLayers = { ViewLayers.Label };

        // What the daemon has not confirmed may be lost with the connection.
        bool _viewLeaving;

        /// <summary>The view's ring: open from the daemon's answer to <see cref="AttachView"/> on. Not to be opened or closed from outside.</summary>
        public ViewWriter View { get; } = new ViewWriter();

        /// <summary>A view's ring was opened: the first time, and after the daemon's return. In Poll.</summary>
        public event Action<ViewWriter>? ViewAttached;

        /// <summary>
        /// Ask for a ring for the game's own picture: its label, with depth or without. It is attached again when the daemon is back, until
        /// <see cref="DetachView"/>. When no stream is open it waits for one; <paramref name="done"/> is called after the first answer.
        /// </summary>
        public void AttachView(bool depth, Action<DreamError?>? done = null) =>
            AttachView(depth ? new[] { ViewLayers.Label, ViewLayers.Depth } : new[] { ViewLayers.Label }, done);

        /// <summary>The same with these layers, in the order of <see cref="ViewLayers.All"/>; the bundle's <see cref="ViewInfo"/> says which it takes.</summary>
        public void AttachView(string[] layers, Action<DreamError?>? done = null)
        {
            _viewWanted = true;
            _viewLeaving = false;
            _viewLayers = layers;
            _viewDone = done;
            if (_number >= 0 && _channel.Live)
                SendAttach();
        }

        /// <summary>Back to the bundle's own stage.</summary>
        public void DetachView()
        {
            if (!_viewWanted)
                return;
            _viewWanted = false;
            _viewDone = null;
            View.Close();
            _viewLeaving = _number >= 0;
            if (_viewLeaving && _channel.Live)
                SendDetach();
        }

        Action<DreamError?>? _viewDone;

        /// <summary>Another program cut the view's ring short: the daemon makes another one.</summary>
        void AttachAgain()
        {
            View.Close();
            if (_viewWanted && HasStream)
                SendAttach();
        }

        void SendDetach()
        {
            _channel.Begin(Messages.DetachView, 1);
            // An answer that belongs to an earlier one than a new AttachView says nothing.
            Send(_number, new Reply((_, error) => _viewLeaving &= error?.Code == ErrorCodes.DaemonGone));
        }

        void SendAttach()
        {
            var w = _channel.Begin(Messages.AttachView, 2);
            w.Text("layers");
            w.ArrayHead(_viewLayers.Length);
            foreach (var layer in _viewLayers)
                w.Text(layer);
            Send(_number, new Reply(ViewAnswered));
        }

        void ViewAnswered(DreamMap? map, DreamError? error)
        {
            // Asked again once the daemon is back.
            if (!_viewWanted || error?.Code == ErrorCodes.DaemonGone)
                return;
            var done = _viewDone;
            _viewDone = null;
            if (error == null && !View.Open(map!["ring"].AsText()))
            {
                SendDetach();
                error = DreamError.Unreachable(map["ring"].AsText(), View.Error);
            }
            if (error == null)
                ViewAttached?.Invoke(View);
            else if (done == null)
                Failed?.Invoke(error);
            _viewWanted = error == null;
            done?.Invoke(error);
        }
    }
}
