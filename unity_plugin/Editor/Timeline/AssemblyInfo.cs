using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Dreambridge.EngineScenarios")]
