#nullable enable

using System;

namespace Dreambridge
{
    /// <summary>The daemon's own curves, for tools that show where a transition is.</summary>
    public static class DreamTransition
    {
        /// <summary>Progress 0-1 after the share <paramref name="x"/> of a transition's time.</summary>
        public static double Ease(DreamEasing easing, double x)
        {
            x = Math.Min(Math.Max(x, 0), 1);
            switch (easing)
            {
                case DreamEasing.In:
                    return x * x;
                case DreamEasing.Out:
                    return 1 - (1 - x) * (1 - x);
                case DreamEasing.Linear:
                    return x;
                default:
                    return x * x * (3 - 2 * x);
            }
        }

        /// <summary>The protocol's word; empty for <see cref="DreamEasing.Default"/>.</summary>
        public static string NameOf(DreamEasing easing)
        {
            switch (easing)
            {
                case DreamEasing.Linear:
                    return "linear";
                case DreamEasing.Smooth:
                    return "smooth";
                case DreamEasing.In:
                    return "in";
                case DreamEasing.Out:
                    return "out";
                default:
                    return "";
            }
        }

        /// <summary>From the protocol's word; <see cref="DreamEasing.Smooth"/> for one that is not known.</summary>
        public static DreamEasing Named(string name)
        {
            switch (name)
            {
                case "linear":
                    return DreamEasing.Linear;
                case "in":
                    return DreamEasing.In;
                case "out":
                    return DreamEasing.Out;
                default:
                    return DreamEasing.Smooth;
            }
        }
    }
}
