#nullable enable

using System;
using System.Collections.Generic;
using System.IO;

namespace Dreambridge.Tests
{
    /// <summary>
    /// Random walks through a story of lines with tags and choices (that of the sample "Dialogue"), stepped: what the picture of
    /// devtools/readable_bundle.py shows, against what the story says. Words: a daemon, and the file with story, lines, layout, walks and seed.
    /// </summary>
    static class StoryExamples
    {
        // Of a story that goes round in a circle.
        const int Turns = 6;

        internal static DreamMap Run(string[] words)
        {
            var given = DreamJson.Parse(File.ReadAllText(words[1])).AsMap()!;
            var story = given["story"].AsArray()!;
            var seen = new Seen(given["layout"].AsMap()!, given["lines"].AsArray()!);
            var random = new Random((int)given["seed"].AsInt());
            var ways = new DreamMap();
            using (var bed = new Bed())
            {
                var told = new Stories.Told(bed);
                var (s, d) = (bed.Session, told.Director);
                d.Preroll = 0.2;
                // One step is a second: no transition of the story takes six.
                s.Start(words[0], new OpenRequest { Bundle = "readable", Seed = 7, Threads = 1, Paused = true, Fps = 1 });
                bed.Must("opens", told.Until(() => s.HasStream, 60));
                var count = (int)given["walks"].AsInt();
                for (var walk = 0; walk < count; walk++)
                {
                    var none = new DreamMap();
                    foreach (var name in given["layout"].AsMap()!.Names())
                    {
                        if (name != "event")
                            none[name] = DreamValue.Nil;
                    }
                    s.Cut(none);
                    told.Step(() => true);
                    seen.Begin();
                    var way = "";
                    for (int at = 0, turn = 0; at >= 0 && turn < Turns; turn++)
                    {
                        var place = story[at].AsMap()!;
                        told.Stepped(place["tag"].AsText());
                        Settle(told);
                        seen.Line(place["line"].AsText(), bed.Pixels);
                        var choices = place["choices"].AsArray()!;
                        d.Offer(Array.ConvertAll(choices, c => (IReadOnlyList<string>)new[] { c.AsMap()!["tag"].AsText() }));
                        bed.Must("makes ahead", Forks(told, choices.Length));
                        var taken = random.Next(choices.Length);
                        var choice = choices[taken].AsMap()!;
                        var chosen = d.Choose(taken);
                        told.Step(() => chosen.IsDone);
                        Settle(told);
                        seen.Line("> " + choice["text"].AsText(), bed.Pixels);
                        way += choice["text"].AsText().Split(' ')[0] + " ";
                        at = (int)choice["next"].AsInt();
                    }
                    ways[way.Trim()] = ways[way.Trim()].AsInt() + 1;
                }
                d.DropAhead();
                var forks = Forks(told, 0) ? 0 : -1;
                return new DreamMap
                {
                    ["walks"] = count, ["ways"] = ways, ["errors"] = told.Codes(), ["forks"] = forks, ["lines"] = seen.Lines, ["agree"] = seen.Agree,
                    ["wrong"] = seen.Wrong.ToArray(), ["adopted"] = d.Adopted, ["directed"] = d.Directed,
                };
            }
        }

        static bool Forks(Stories.Told told, int wanted)
        {
            var forks = -1L;
            return told.Until(() =>
            {
                told.Bed.Session.Stats((stats, e) => forks = stats?.Forks ?? -1);
                return forks == wanted;
            });
        }

        static void Settle(Stories.Told told)
        {
            var s = told.Bed.Session;
            var last = s.Ring.Frame.Index + 6;
            told.Bed.Must("steps", s.Step(6) && told.Until(() => s.Ring.Frame.Index >= last));
        }

        sealed class Seen
        {
            readonly DreamMap _layout;
            readonly DreamValue[] _lines;
            readonly DreamMap _expected = new DreamMap();
            internal int Lines, Agree;
            internal readonly List<DreamValue> Wrong = new List<DreamValue>();

            internal Seen(DreamMap layout, DreamValue[] lines) => (_layout, _lines) = (layout, lines);

            internal void Begin() => _expected.Clear();

            internal void Line(string text, byte[] pixels)
            {
                foreach (var item in _lines)
                {
                    if (text.StartsWith(item.AsMap()!["text"].AsText(), StringComparison.Ordinal))
                        _expected.Merge(item.AsMap()!["sees"].AsMap() ?? new DreamMap());
                }
                var wrong = "";
                foreach (var name in _layout.Names())
                {
                    var place = _layout[name].AsMap()!;
                    if (place["kind"].AsText() == "event")
                        continue;
                    var (wanted, got) = (_expected.Has(name) ? _expected[name].ToString() : "", Said(place, pixels));
                    if (_expected.Has(name) && _expected[name].IsNumber)
                        wanted = Near(_expected[name].AsNumber(), got, place["range"].AsArray()!) ? got : wanted;
                    if (wanted != got)
                        wrong += name + ": " + wanted + ", not " + got + "; ";
                }
                Lines++;
                if (wrong.Length == 0)
                    Agree++;
                else if (Wrong.Count < 5)
                    Wrong.Add(text + ": " + wrong);
            }

            static bool Near(double wanted, string got, DreamValue[] range) =>
                double.TryParse(got, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var number)
                && Math.Abs(wanted - number) <= (range[1].AsNumber() - range[0].AsNumber()) / 250;

            static string Said(DreamMap place, byte[] pixels)
            {
                var (at, presence) = ((int)place["at"].AsInt(), (int)place["presence"].AsInt());
                if (pixels[4 * presence] < 128)
                    return "";
                if (place["kind"].AsText() == "text")
                    return ((DreamValue)true).ToString();
                if (place["kind"].AsText() == "choice")
                {
                    for (var k = at; k < presence; k++)
                    {
                        if (pixels[4 * k] > 250)
                            return place["options"].AsArray()![k - at].ToString();
                    }
                    return "a mixture";
                }
                var range = place["range"].AsArray()!;
                var number = range[0].AsNumber() + pixels[4 * at] / 255.0 * (range[1].AsNumber() - range[0].AsNumber());
                return number.ToString(System.Globalization.CultureInfo.InvariantCulture);
            }
        }
    }
}
