[assembly: System.Runtime.CompilerServices.InternalsVisibleTo("UnityEditor")]
[assembly: System.Runtime.CompilerServices.InternalsVisibleTo("UnityEngine.UI")]
[assembly: System.Runtime.CompilerServices.InternalsVisibleTo("Dreambridge.EngineScenarios")]
[assembly: System.Runtime.CompilerServices.InternalsVisibleTo("Unity.Timeline")]
