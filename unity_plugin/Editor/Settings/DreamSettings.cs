#nullable enable
using UnityEditor;
using UnityEngine;

namespace Dreambridge.Editors
{
    /// <summary>What a project says about builds; lies in ProjectSettings, for version control.</summary>
    [FilePath("ProjectSettings/DreambridgeSettings.asset", FilePathAttribute.Location.ProjectFolder)]
    internal sealed class DreamSettings : ScriptableSingleton<DreamSettings>
    {
        private const string PythonKey = "Dreambridge.Python";

        [SerializeField] private bool _packageWithBuild;
        [SerializeField] private string _packageBundle = "vista";

        /// <summary>Whether a build gets the daemon's folder.</summary>
        internal bool PackageWithBuild { get => _packageWithBuild; set { _packageWithBuild = value; Save(true); } }

        /// <summary>The bundle that goes with the player: a name, or a folder.</summary>
        internal string PackageBundle { get => _packageBundle; set { _packageBundle = value; Save(true); } }

        /// <summary>This user's Python with dreambridge; not in the project, as it differs from machine to machine.</summary>
        internal static string Python
        {
            get => EditorPrefs.GetString(PythonKey, "");
            set => EditorPrefs.SetString(PythonKey, value);
        }
    }
}
