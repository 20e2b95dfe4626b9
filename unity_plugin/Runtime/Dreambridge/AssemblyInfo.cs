using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Dreambridge.Editor")]
[assembly: InternalsVisibleTo("Dreambridge.Timeline")]
[assembly: InternalsVisibleTo("Dreambridge.Timeline.Editor")]
[assembly: InternalsVisibleTo("Dreambridge.Tests.Editor")]
[assembly: InternalsVisibleTo("Dreambridge.Tests.Runtime")]
[assembly: InternalsVisibleTo("Dreambridge.EngineScenarios")]
[assembly: InternalsVisibleTo("Dreambridge.Universal")]
[assembly: InternalsVisibleTo("Dreambridge.HighDefinition")]
