#nullable enable

using System.IO;
using System.Threading;

namespace Dreambridge.Tests
{
    /// <summary>
    /// Restores snapshots in a stream of the daemon (first word), and tells its effective conditions. Then, until the file (second word) is
    /// there, the level of each first frame after the daemon was restarted.
    /// </summary>
    static class Restored
    {
        internal static DreamMap Run(string[] words)
        {
            using (var bed = new Bed())
            using (var fresh = new Bed())
            {
                var s = bed.Session;
                s.Start(words[0], new OpenRequest { Bundle = "testcard", Seed = 5, Threads = 1 }, new DreamMap { ["level"] = 0.2 });
                bed.Must("opens", bed.Until(() => bed.Frames > 0));
                byte[]? save = null;
                bed.Must("saves", s.Snapshot((data, _) => save = data) && bed.Until(() => save != null));
                var ticket = s.Cut(new DreamMap { ["level"] = 0.9 }, 77);
                bed.Must("cuts", bed.Until(() => s.IsShown(ticket)));
                bed.Must("has the new ones", s.Effective["level"].AsNumber() == 0.9 && s.Info!.Seed == 77);
                Restore(bed, save!);
                Out.Line(new DreamMap { ["restored"] = s.Effective.Copy() });

                fresh.Session.Start(words[0], new OpenRequest { Bundle = "testcard", Seed = 9, Threads = 1, Paused = true });
                fresh.Must("opens", fresh.Until(() => fresh.Session.State == StreamState.Paused));
                Restore(fresh, save!);
                Out.Line(new DreamMap { ["fresh"] = fresh.Session.Effective.Copy(), ["seed"] = fresh.Session.Info!.Seed });
                fresh.Session.Stop();

                var done = false;
                s.Restore(save!, e => done = e == null);
                ticket = s.Direct(new DreamMap { ["level"] = 0.6 }, 0);
                bed.Must("restores and directs", bed.Until(() => done && s.IsShown(ticket)));
                Out.Line(new DreamMap { ["directed"] = s.Effective.Copy(), ["seed"] = s.Info!.Seed });

                var epoch = s.Ring.Epoch;
                while (!File.Exists(words[1]))
                {
                    var had = bed.Frames;
                    bed.Tick();
                    if (bed.Frames > had && s.Ring.Epoch != epoch)
                    {
                        epoch = s.Ring.Epoch;
                        Out.Line(new DreamMap { ["level"] = bed.Level });
                    }
                    Thread.Sleep(1);
                }
                return new DreamMap { ["end"] = true };
            }
        }

        /// <summary>Words: daemon, a bundle whose picture is the number of its steps and whose state fits into no message, a folder. Saves to files, and back.</summary>
        internal static DreamMap Files(string[] words)
        {
            using (var bed = new Bed())
            {
                var s = bed.Session;
                var (path, errors) = (Path.Combine(words[2], "save.dream"), new DreamMap());
                var before = s.SaveSnapshot(path, (_, __) => { }) || s.LoadSnapshot(path);
                s.Start(words[0], new OpenRequest { Bundle = words[1], Threads = 1, Paused = true });
                bed.Must("opens", bed.Until(() => s.State == StreamState.Paused));
                int Shade()
                {
                    var had = bed.Frames;
                    s.Step();
                    bed.Must("steps", bed.Until(() => bed.Frames > had));
                    return bed.Pixels[0];
                }
                string Asked(System.Func<System.Action<DreamError?>, bool> ask)
                {
                    string? said = null;
                    bed.Must("asks", ask(e => said = e?.Code ?? "") && bed.Until(() => said != null));
                    return said!;
                }
                errors["message"] = Asked(done => s.Snapshot((_, e) => done(e)));
                var (first, bytes) = (Shade(), 0L);
                errors["save"] = Asked(done => s.SaveSnapshot(path, (n, e) => { bytes = n; done(e); }));
                var size = new FileInfo(path).Length;
                var second = Shade();
                errors["load"] = Asked(done => s.LoadSnapshot(path, done));
                var third = Shade();
                errors["again"] = Asked(done => s.SaveSnapshot(path, (_, e) => done(e)));
                errors["foreign"] = Asked(done => s.SaveSnapshot(Path.Combine(words[1], "bundle.json"), (_, e) => done(e)));
                errors["absent"] = Asked(done => s.LoadSnapshot(path + ".none", done));
                errors["empty"] = Asked(done => s.LoadSnapshot("", done));
                return new DreamMap { ["before"] = before, ["shades"] = new DreamValue[] { first, second, third }, ["bytes"] = bytes, ["size"] = size, ["errors"] = errors };
            }
        }

        static void Restore(Bed bed, byte[] save)
        {
            DreamError? wrong = null;
            var done = false;
            bed.Must("asks", bed.Session.Restore(save, e => (wrong, done) = (e, true)));
            bed.Must("restores", bed.Until(() => done) && wrong == null);
        }
    }
}
