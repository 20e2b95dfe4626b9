// Unity's reference documents extensions of two parts from 6.3 on. In older versions *.dream.json is a TextAsset, as every *.json.
#if UNITY_6000_3_OR_NEWER
#nullable enable
using System.IO;
using UnityEditor.AssetImporters;
using UnityEngine;

namespace Dreambridge.Editors
{
    /// <summary>Makes a <see cref="DreamCutscene"/> of a *.dream.json, with those files that it names and that lie in its folder.</summary>
    [ScriptedImporter(1, "dream.json")]
    public sealed class DreamCutsceneImporter : ScriptedImporter
    {
        /// <inheritdoc/>
        public override void OnImportAsset(AssetImportContext ctx)
        {
            var made = ScriptableObject.CreateInstance<DreamCutscene>();
            var text = File.ReadAllText(ctx.assetPath);
            made.SetText(text);
            foreach (var name in CutsceneDocument.FilesNamed(text))
            {
                var path = CutsceneDocument.PathOf(ctx.assetPath, name);
                if (path == null) continue;
                made.AddFile(name, File.ReadAllBytes(path));
                ctx.DependsOnSourceAsset((Path.GetDirectoryName(ctx.assetPath) + "/" + name).Replace('\\', '/'));
            }
            ctx.AddObjectToAsset("cutscene", made);
            ctx.SetMainObject(made);
        }
    }
}
#endif
