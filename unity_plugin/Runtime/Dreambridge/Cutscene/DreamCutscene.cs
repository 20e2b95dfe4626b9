#nullable enable
using System;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using UnityEngine;

namespace Dreambridge
{
    /// <summary>
    /// A cutscene as an asset: the text of a *.dream.json, and the files that it names. Unity 6.3 and newer make one of each *.dream.json by
    /// themselves. Older versions import such a file as a TextAsset: make the asset by Create > Dreambridge > Cutscene, and drag it in.
    /// </summary>
    [CreateAssetMenu(fileName = "Cutscene", menuName = "Dreambridge/Cutscene")]
    public sealed partial class DreamCutscene : ScriptableObject
    {
        [SerializeField, Tooltip("The *.dream.json.")] private TextAsset? _document;
        [SerializeField, Tooltip("The files that the document names, each with .bytes behind its name: red.png.bytes for red.png.")] private List<TextAsset> _files = new List<TextAsset>();
        [SerializeField, Tooltip("The sounds of the shots. The name of a clip is that of its file, without the extension: rain for rain.wav.")] private List<AudioClip> _sounds = new List<AudioClip>();
        [Header("Film for players without a daemon")]
        [SerializeField, Tooltip("Bake a film of it into each build: it is played when no daemon can run.")] private bool _bakeFilm;
        [SerializeField, Tooltip("The options that the film chooses, in order, by their ids. At each further choice it takes the first one.")] private List<string> _filmChoices = new List<string>();
        [SerializeField, HideInInspector] private string _text = "";
        [SerializeField, HideInInspector] private List<DreamCutsceneFile> _imported = new List<DreamCutsceneFile>();
        [NonSerialized] private CutsceneDocument? _made;

        /// <summary>The document's text.</summary>
        public string text => _document ? _document!.text : _text;

        /// <summary>The names of the files that it has.</summary>
        public IEnumerable<string> fileNames
        {
            get
            {
                foreach (var f in _imported) yield return f.name;
                foreach (var f in _files) if (f) yield return f.name;
            }
        }

        /// <summary>The TextAsset of the *.dream.json, in place of any text.</summary>
        public TextAsset? document { get => _document; set { _document = value; _made = null; } }

        /// <summary>TextAssets of the files that the document names. Call <see cref="SetText"/> or set <see cref="document"/> after a change.</summary>
        public IList<TextAsset> files => _files;

        /// <summary>The sounds of the shots, each named as its file without the extension.</summary>
        public IList<AudioClip> sounds => _sounds;

        /// <summary>Whether a film of it is baked into each build, and played when no daemon can run.</summary>
        public bool bakeFilm { get => _bakeFilm; set => _bakeFilm = value; }

        /// <summary>Ids of the options that the film chooses, in order. At each further choice it takes the first one.</summary>
        public IList<string> filmChoices => _filmChoices;

        /// <summary>Another text, without files.</summary>
        public void SetText(string text)
        {
            _document = null;
            _text = text;
            _imported.Clear();
            _made = null;
        }

        /// <summary>A picture or sound, by the name that stands in the document.</summary>
        public void AddFile(string name, byte[] data)
        {
            _imported.Add(new DreamCutsceneFile { name = name, data = data });
            _made = null;
        }

        /// <summary>The clip of a sound, by the name of its file in the document; null: it has none.</summary>
        internal AudioClip? Sound(string file)
        {
            var name = Path.GetFileNameWithoutExtension(file);
            foreach (var clip in _sounds)
                if (clip && clip.name == name) return clip;
            return null;
        }

        /// <summary>The name of its film, without the extension: that of another version is another one.</summary>
        internal string FilmName()
        {
            using var sha = SHA256.Create();
            var digest = sha.ComputeHash(Encoding.UTF8.GetBytes(text + "\n" + string.Join(",", _filmChoices)));
            return BitConverter.ToString(digest, 0, 8).Replace("-", "").ToLowerInvariant();
        }

        /// <summary>Its files as the document names them, for a bake.</summary>
        internal IEnumerable<(string name, byte[] data)> FilesByName()
        {
            foreach (var f in _imported) yield return (f.name, f.data);
            foreach (var f in _files) if (f) yield return (f.name, f.bytes);
        }

        /// <summary>As the session takes it. Made once: the digest of each file takes its time.</summary>
        internal CutsceneDocument Document()
        {
            if (_made != null) return _made;
            var made = new CutsceneDocument(text);
            foreach (var f in _imported) made.AddFile(f.name, f.data);
            foreach (var f in _files) if (f) made.AddFile(f.name, f.bytes);
            return _made = made;
        }

        private void OnValidate() => _made = null;
    }

    /// <summary>One file of a cutscene.</summary>
    [Serializable]
    internal sealed class DreamCutsceneFile
    {
        public string name = "";
        public byte[] data = Array.Empty<byte>();
    }
}
