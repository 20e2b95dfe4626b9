#nullable enable

namespace Dreambridge
{
    /// <summary>How often something happened in the last second or so.</summary>
    internal sealed class DreamRateMeter
    {
        private double _since = double.NaN;
        private int _count;

        /// <summary>A second, as of the last whole second; 0 before that.</summary>
        internal float Rate { get; private set; }

        internal void Count(double now)
        {
            if (double.IsNaN(_since)) _since = now;
            _count++;
            if (now - _since < 1) return;
            Rate = (float)(_count / (now - _since));
            (_since, _count) = (now, 0);
        }
    }
}
