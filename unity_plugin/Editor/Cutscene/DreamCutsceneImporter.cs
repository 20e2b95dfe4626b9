// Unity's reference documents extensions of two parts from 6.3 on. In older versions *.dream.json is a TextAsset, as every *.json.
#if UNITY_6000_3_OR_NEWER
#nullable enable
using System.Collections.Generic;
using System.IO;
using UnityEditor.AssetImporters;
using UnityEngine;

namespace Dreambridge.Editors
{
    /// <summary>Makes a <see cref="DreamCutscene"/> of a *.dream.json, with those files that it names and that lie in its folder.</summary>
    [ScriptedImporter(1, "dream.json")]
    public sealed class DreamCutsceneImporter : ScriptedImporter
    {
        // An imported asset cannot be edited: what is no part of the document stands in the import settings.
        [SerializeField, Tooltip("The sounds of the shots. The name of a clip is that of its file, without the extension: rain for rain.wav.")] private List<AudioClip> _sounds = new List<AudioClip>();
        [Header("Film for players without a daemon")]
        [SerializeField, Tooltip("Bake a film of it into each build: it is played when no daemon can run.")] private bool _bakeFilm;
        [SerializeField, Tooltip("The options that the film chooses, in order, by their ids. At each further choice it takes the first one.")] private List<string> _filmChoices = new List<string>();

        /// <summary>The sounds of the shots, each named as its file without the extension.</summary>
        public IList<AudioClip> sounds => _sounds;

        /// <summary>Whether a film of it is baked into each build.</summary>
        public bool bakeFilm { get => _bakeFilm; set => _bakeFilm = value; }

        /// <summary>Ids of the options that the film chooses, in order.</summary>
        public IList<string> filmChoices => _filmChoices;

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
            foreach (var clip in _sounds) if (clip) made.sounds.Add(clip);
            foreach (var option in _filmChoices) made.filmChoices.Add(option);
            made.bakeFilm = _bakeFilm;
            ctx.AddObjectToAsset("cutscene", made);
            ctx.SetMainObject(made);
        }
    }
}
#endif
