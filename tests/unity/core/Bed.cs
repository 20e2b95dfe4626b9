#nullable enable

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading;

namespace Dreambridge.Tests
{
    /// <summary>A session with a pinned buffer for its frames, and a loop that plays the engine's ticks.</summary>
    sealed class Bed : IDisposable
    {
        readonly byte[] _pixels = new byte[1280 * 720 * 4];
        readonly GCHandle _pin;

        internal readonly DreamSession Session = new DreamSession();
        internal readonly List<DreamValue> States = new List<DreamValue>();
        internal readonly List<DreamError> Errors = new List<DreamError>();
        internal int Frames;

        internal Bed()
        {
            _pin = GCHandle.Alloc(_pixels, GCHandleType.Pinned);
            Session.StateChanged += (state, _) => States.Add(state.ToString());
            Session.Failed += Errors.Add;
        }

        internal IntPtr Buffer => _pin.AddrOfPinnedObject();

        internal byte[] Pixels => _pixels;

        internal void Tick()
        {
            Session.Poll();
            if (Session.TryRead(Buffer, _pixels.Length))
                Frames++;
        }

        /// <summary>Tick until it is so; false after the seconds.</summary>
        internal bool Until(Func<bool> so, double seconds = 20)
        {
            var clock = Stopwatch.StartNew();
            while (!so())
            {
                if (clock.Elapsed.TotalSeconds > seconds)
                    return false;
                Tick();
                Thread.Sleep(1);
            }
            return true;
        }

        internal void Must(string what, bool so)
        {
            if (!so)
                throw new InvalidOperationException($"{what}; state {Session.State} '{Session.Reason}', errors: {string.Join(" | ", Errors)}");
        }

        /// <summary>Red, 0-255, of the testcard's row for the condition "level".</summary>
        internal int Level => _pixels[(220 * 256 + 10) * 4];

        /// <summary>The number in the testcard's bars at <paramref name="row"/>.</summary>
        internal long Bars(int row)
        {
            long number = 0;
            for (var k = 0; k < 32; k++)
            {
                if (_pixels[((row + 4) * 256 + 8 * k + 4) * 4] > 127)
                    number |= 1L << k;
            }
            return number;
        }

        public void Dispose()
        {
            Session.Dispose();
            _pin.Free();
        }
    }
}
