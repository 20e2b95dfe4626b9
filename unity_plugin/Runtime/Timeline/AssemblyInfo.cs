using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Dreambridge.Tests.Runtime")]
[assembly: InternalsVisibleTo("Dreambridge.EngineScenarios")]
