#nullable enable

using System;

namespace Dreambridge
{
    /// <summary>Bytes that are not valid MessagePack, or a value that cannot be sent.</summary>
    public sealed class MsgpackException : FormatException
    {
        public MsgpackException(string message)
            : base(message)
        {
        }
    }
}
