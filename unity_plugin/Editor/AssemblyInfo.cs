using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Dreambridge.Tests.Editor")]
[assembly: InternalsVisibleTo("Dreambridge.Timeline.Editor")]
[assembly: InternalsVisibleTo("Dreambridge.EngineScenarios")]
