#nullable enable

using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Dreambridge")]
[assembly: InternalsVisibleTo("Dreambridge.Timeline")]
[assembly: InternalsVisibleTo("Dreambridge.Editor")]
[assembly: InternalsVisibleTo("Dreambridge.Core.Tests")]
