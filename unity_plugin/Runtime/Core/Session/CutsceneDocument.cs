#nullable enable

using System;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;
using System.Text;

namespace Dreambridge
{
    /// <summary>
    /// The text of a *.dream.json, and the files that it names. A file is sent to the daemon once, by the SHA-256 of its bytes. The daemon
    /// checks the document.
    /// </summary>
    public sealed class CutsceneDocument
    {
        readonly List<string> _names = new List<string>();
        readonly List<string> _digests = new List<string>();
        readonly List<byte[]> _contents = new List<byte[]>();

        public CutsceneDocument(string text) => Text = text ?? throw new ArgumentNullException(nameof(text));

        public string Text { get; }

        /// <summary>Number of files.</summary>
        public int FileCount => _names.Count;

        /// <summary>The document in the file <paramref name="path"/>, with those files that it names and that lie in its folder.</summary>
        /// <exception cref="DreamError">bad_cutscene: the file cannot be read.</exception>
        public static CutsceneDocument Read(string path)
        {
            try
            {
                var document = new CutsceneDocument(File.ReadAllText(path, new UTF8Encoding(false, true)));
                foreach (var name in FilesNamed(document.Text))
                {
                    if (PathOf(path, name) is { } file)
                        document.AddFile(name, File.ReadAllBytes(file));
                }
                return document;
            }
            catch (Exception e) when (e is IOException || e is UnauthorizedAccessException || e is ArgumentException || e is NotSupportedException)
            {
                throw new DreamError(ErrorCodes.BadCutscene, $"{path} cannot be read: {e.Message}", "Give the path of a *.dream.json.");
            }
        }

        /// <summary>A picture or sound that the document names, by the name that stands in it.</summary>
        public void AddFile(string name, byte[] content)
        {
            var digest = new StringBuilder(64);
            using (var sha = SHA256.Create())
            {
                foreach (var b in sha.ComputeHash(content))
                    digest.Append(b.ToString("x2"));
            }
            _names.Add(name);
            _digests.Add(digest.ToString());
            _contents.Add(content);
        }

        /// <summary>Another version of the document, with the same files.</summary>
        internal CutsceneDocument WithText(string text)
        {
            var made = new CutsceneDocument(text);
            made._names.AddRange(_names);
            made._digests.AddRange(_digests);
            made._contents.AddRange(_contents);
            return made;
        }

        /// <summary>The field <c>name</c> of a document; empty when the text is no such document.</summary>
        internal static string NameIn(string text)
        {
            try
            {
                return DreamJson.Parse(text).AsMap()?["name"].AsText() ?? "";
            }
            catch (FormatException)
            {
                return "";
            }
        }

        /// <summary>
        /// What may be the name of a file that the daemon needs: references of characters, features of sounds, and texts of keys, of which
        /// most are prompts. The daemon needs no sound: the game plays it. Empty when the text is no JSON, which the daemon will say with line and column.
        /// </summary>
        public static string[] FilesNamed(string text)
        {
            var found = new SortedSet<string>(StringComparer.Ordinal);
            void Add(in DreamValue value)
            {
                if (value.AsText().Length > 0)
                    found.Add(value.AsText());
            }
            try
            {
                var document = DreamJson.Parse(text).AsMap();
                foreach (var character in MapsIn(document, "characters"))
                    Add(character["reference"]);
                foreach (var shot in MapsIn(document, "shots"))
                {
                    Add(shot["audio"].AsMap()?["features"] ?? DreamValue.Nil);
                    foreach (var lane in MapsIn(shot, "lanes"))
                    {
                        foreach (var key in lane["keys"].AsArray() ?? Array.Empty<DreamValue>())
                            Add(key.AsMap()?["value"] ?? DreamValue.Nil);
                    }
                }
            }
            catch (FormatException)
            {
                return Array.Empty<string>();
            }
            var names = new string[found.Count];
            found.CopyTo(names);
            return names;
        }

        /// <summary>The files of the shots' sounds, which the game plays.</summary>
        public static string[] SoundsIn(string text)
        {
            var found = new Dictionary<string, string>();
            SoundsOf(text, found);
            var names = new SortedSet<string>(StringComparer.Ordinal);
            foreach (var sound in found.Values)
                names.Add(sound);
            var all = new string[names.Count];
            names.CopyTo(all);
            return all;
        }

        /// <summary>The sound of each shot that has one: its file by the name in the document.</summary>
        internal static void SoundsOf(string text, Dictionary<string, string> found)
        {
            found.Clear();
            try
            {
                if (!(DreamJson.Parse(text).AsMap()?["shots"].AsMap() is { } shots))
                    return;
                for (var i = 0; i < shots.Count; i++)
                {
                    if (shots.ValueAt(i).AsMap()?["audio"].AsMap() is { } audio && audio["file"].AsText().Length > 0)
                        found[shots.KeyAt(i)] = audio["file"].AsText();
                }
            }
            catch (FormatException)
            {
                found.Clear(); // the daemon says what is wrong with it
            }
        }

        /// <summary>Where the file <paramref name="name"/> of the document at <paramref name="path"/> lies; null when it is not in the document's folder.</summary>
        public static string? PathOf(string path, string name)
        {
            if (name.IndexOfAny(Path.GetInvalidPathChars()) >= 0)
                return null;
            try
            {
                var folder = Path.GetFullPath(Path.GetDirectoryName(Path.GetFullPath(path))! + Path.DirectorySeparatorChar);
                var file = Path.GetFullPath(Path.Combine(folder, name));
                return file.StartsWith(folder, StringComparison.Ordinal) && File.Exists(file) ? file : null;
            }
            catch (Exception e) when (e is IOException || e is ArgumentException || e is NotSupportedException)
            {
                return null; // a prompt is a text too
            }
        }

        internal string DigestAt(int index) => _digests[index];

        internal byte[] ContentAt(int index) => _contents[index];

        /// <summary>The fields of cutscene_load.</summary>
        internal void Write(MsgpackWriter w)
        {
            w.Text("document");
            w.Text(Text);
            w.Text("files");
            w.MapHead(_names.Count);
            for (var i = 0; i < _names.Count; i++)
            {
                w.Text(_names[i]);
                w.Text(_digests[i]);
            }
        }

        static IEnumerable<DreamMap> MapsIn(DreamMap? map, string name)
        {
            var inner = map?[name].AsMap();
            for (var i = 0; i < (inner?.Count ?? 0); i++)
            {
                if (inner!.ValueAt(i).AsMap() is { } item)
                    yield return item;
            }
        }
    }
}
