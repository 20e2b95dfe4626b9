#nullable enable

using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;

namespace Dreambridge.Tests
{
    /// <summary>Runs protocol/vectors (the folder is the first word) against the codec, the ring reader and the ZMTP frames.</summary>
    static class Vectors
    {
        static readonly List<DreamValue> Failures = new List<DreamValue>();
        static int _ran;

        internal static DreamMap Run(string[] words)
        {
            Msgpack(Load(words[0], "msgpack"));
            ZmtpFrames(Load(words[0], "zmtp"));
            Ring(Load(words[0], "ring"));
            Depth(Load(words[0], "depth"));
            Layers(Load(words[0], "view_layers"));
            RuntimeFolder(Load(words[0], "runtime_folder"));
            States(Load(words[0], "states"));
            NewerDaemon();
            return new DreamMap { ["ran"] = _ran, ["failures"] = Failures.ToArray() };
        }

        static void RuntimeFolder(DreamMap vectors)
        {
            foreach (var one in vectors["cases"].AsArray()!)
            {
                var given = one.AsMap()!;
                var env = given["env"].AsMap()!;
                var folders = new HashSet<string>(Array.ConvertAll(given["folders"].AsArray()!, f => f.AsText()));
                var found = ConnectionFile.RuntimeFolder(
                    given["system"].AsText(), v => env[v].AsText(), given["uid"].AsInt().ToString(), folders.Contains).Replace('\\', '/');
                Check("runtime folder: " + given["name"].AsText(), found == given["folder"].AsText(), found);
            }
        }

        static DreamMap Load(string folder, string title) => DreamJson.Parse(File.ReadAllText(Path.Combine(folder, title + ".json"))).AsMap()!;

        static void States(DreamMap vectors)
        {
            foreach (var item in vectors["cases"].AsArray()!)
            {
                var (name, state) = (item.AsMap()!["name"].AsText(), item.AsMap()!["state"].AsText());
                Check("state " + name, StreamStates.NameOf(StreamStates.Named(name)) == state);
            }
        }

        /// <summary>Of what a newer daemon says, an unknown state keeps its name and counts as playing, and unknown events are no error.</summary>
        static void NewerDaemon()
        {
            using (var session = new DreamSession())
            {
                var told = "";
                session.StateChanged += (state, reason) => told += $"{state} {reason};";
                session.Failed += error => told += error.Code;
                foreach (var map in new[]
                {
                    new DreamMap { ["type"] = "state", ["session"] = -1, ["state"] = "dreaming", ["code"] = "asleep", ["reason"] = "it is late", ["fps"] = 3.0 },
                    new DreamMap { ["type"] = "sparkle", ["session"] = -1, ["count"] = 3 },
                    new DreamMap { ["type"] = "sparkle" },
                })
                {
                    var writer = new MsgpackWriter();
                    writer.Map(map);
                    var item = new Incoming();
                    item.Take(writer.Data, 0, writer.Length);
                    session.OnArrived(item);
                }
                Check("unknown state", session.State == StreamState.Playing && session.StateName == "dreaming" && session.CurrentFps == 3, session.StateName);
                Check("reason code", session.ReasonCode == "asleep" && ReasonCodes.KeyTaken == "key_taken", session.ReasonCode);
                Check("told", told == "Playing it is late;", told);
            }
        }

        static void Check(string title, bool right, string found = "")
        {
            _ran++;
            if (!right)
                Failures.Add($"{title} {found}");
        }

        static DreamValue Untag(DreamValue tagged)
        {
            if (!(tagged.AsMap() is { } map))
                return tagged;
            var value = map.ValueAt(0);
            switch (map.KeyAt(0))
            {
                case "int":
                    return long.Parse(value.AsText(), System.Globalization.CultureInfo.InvariantCulture);
                case "float":
                    return value.AsNumber();
                case "bin":
                    return Out.Unhex(value.AsText());
                case "array":
                    return Array.ConvertAll(value.AsArray()!, Untag);
                default:
                    var made = new DreamMap();
                    foreach (var pair in value.AsArray()!)
                        made[Untag(pair.AsArray()![0]).AsText()] = Untag(pair.AsArray()![1]);
                    return made;
            }
        }

        static bool Same(DreamValue a, DreamValue b)
        {
            if (a.Kind != b.Kind)
                return false;
            switch (a.Kind)
            {
                case DreamKind.Bytes:
                    return Out.Hex(a.AsBytes()!, a.AsBytes()!.Length) == Out.Hex(b.AsBytes()!, b.AsBytes()!.Length);
                case DreamKind.Array:
                    var (x, y) = (a.AsArray()!, b.AsArray()!);
                    var same = x.Length == y.Length;
                    for (var i = 0; same && i < x.Length; i++)
                        same = Same(x[i], y[i]);
                    return same;
                case DreamKind.Map:
                    var (m, n) = (a.AsMap()!, b.AsMap()!);
                    var alike = m.Count == n.Count;
                    for (var i = 0; alike && i < m.Count; i++)
                        alike = m.KeyAt(i) == n.KeyAt(i) && Same(m.ValueAt(i), n.ValueAt(i));
                    return alike;
                case DreamKind.Text:
                    return a.AsText() == b.AsText();
                default:
                    return a.AsBool() == b.AsBool() && a.AsInt() == b.AsInt() && a.AsNumber().Equals(b.AsNumber());
            }
        }

        static string Encoded(DreamValue value)
        {
            var writer = new MsgpackWriter(16);
            writer.Value(value);
            return Out.Hex(writer.Data, writer.Length);
        }

        static void Msgpack(DreamMap v)
        {
            foreach (var item in v["cases"].AsArray()!)
            {
                var c = item.AsMap()!;
                var wanted = Untag(c["value"]);
                var hex = c["bytes"].AsText();
                var title = hex.Length > 40 ? hex.Substring(0, 40) : hex;
                var got = MsgpackReader.Decode(Out.Unhex(hex));
                Check("decode " + title, Same(got, wanted), got.ToString());
                var reader = new MsgpackReader(Out.Unhex(hex), 0, hex.Length / 2);
                reader.Skip();
                Check("skip " + title, reader.Position == hex.Length / 2);
                if (!c.Has("decode_only"))
                    Check("encode " + title, Encoded(wanted) == hex, Encoded(wanted));
            }
            foreach (var item in v["long"].AsArray()!)
            {
                var c = item.AsMap()!;
                var text = new string('x', (int)c["length"].AsInt());
                var value = c["kind"].AsText() == "bin" ? (DreamValue)System.Text.Encoding.ASCII.GetBytes(text) : text;
                var hex = Encoded(value);
                var head = c["head"].AsText();
                Check("long " + head, hex.StartsWith(head, StringComparison.Ordinal));
                Check("size of " + head, hex.Length == 2 * text.Length + head.Length);
                Check("back " + head, Same(MsgpackReader.Decode(Out.Unhex(hex)), value));
            }
            foreach (var item in v["bad"].AsArray()!)
            {
                var bytes = Out.Unhex(item.AsMap()!["bytes"].AsText());
                Check("refuse " + item.AsMap()!["name"].AsText(), Refuses(() => MsgpackReader.Decode(bytes)));
                Check("refuse to skip " + item.AsMap()!["name"].AsText(), Refuses(() =>
                {
                    var reader = new MsgpackReader(bytes, 0, bytes.Length);
                    reader.Skip();
                    reader.AtEnd();
                }));
                Check("refuse a message of " + item.AsMap()!["name"].AsText(), Refuses(() => new Incoming().Take(bytes, 0, bytes.Length)));
            }
            // What it promises is not allocated: the bad ones above together took less than a megabyte.
            Check("floats as bytes", Encoded(new[] { 1.5f, -2f }) == "c408" + "0000c03f" + "000000c0", Encoded(new[] { 1.5f, -2f }));
            var deep = new DreamMap();
            for (var i = 0; i < Messages.MaxDepth; i++)
                deep = new DreamMap { ["a"] = deep };
            Check("refuse to write it too deep", Refuses(() => Encoded(deep)));
        }

        static bool Refuses(Action action)
        {
            try
            {
                action();
                return false;
            }
            catch (MsgpackException)
            {
                return true;
            }
        }

        static string Bytes(Action<ByteQueue> write)
        {
            var queue = new ByteQueue();
            write(queue);
            return Out.Hex(queue.Data, queue.End);
        }

        static void ZmtpFrames(DreamMap v)
        {
            void Equal(string title, string found) => Check(title, found == v[title].AsText(), found);
            Equal("greeting", Bytes(Zmtp.Greeting));
            Equal("hello", Bytes(q => Zmtp.Hello(q, "dreambridge", "key")));
            Equal("initiate", Bytes(Zmtp.Initiate));
            Equal("short", Bytes(q => Zmtp.Frame(q, 0, new[] { (byte)'h', (byte)'i' }, 0, 2)));
            Equal("long_head", Bytes(q => Zmtp.Frame(q, 0, new byte[300], 0, 300)).Substring(0, 18));
            // A peer fed byte by byte: a server's greeting, WELCOME, READY, one message, a PING with a context.
            var server = v["greeting"].AsText().Substring(0, 24) + v["greeting"].AsText().Substring(24)
                + "0408" + "0757454c434f4d45" + "0406" + "055245414459" + v["short"].AsText() + "0409" + "0450494e47" + "000a" + "6162";
            var peer = new ZmtpPeer("dreambridge", "key");
            var messages = 0;
            foreach (var b in Out.Unhex(server))
            {
                peer.In.Append(b);
                while (peer.Next(out var at, out var size))
                {
                    messages++;
                    Check("the message", size == 2 && peer.In.Data[at] == 'h');
                }
            }
            var sent = Out.Hex(peer.Out.Data, peer.Out.End);
            Check("one message", messages == 1 && peer.State == ZmtpState.Live);
            Check("handshake", sent == v["greeting"].AsText() + v["hello"].AsText() + v["initiate"].AsText() + "0407" + "04504f4e47" + "6162", sent);
            // And one that promises a frame of 2^40 bytes.
            peer.In.Append(Out.Unhex("020000010000000000"), 0, 9);
            Check("too large a frame ends it", !peer.Next(out _, out _) && peer.State == ZmtpState.Ended && peer.Reason == "protocol");
        }

        static void Depth(DreamMap v)
        {
            foreach (var item in v["cases"].AsArray()!)
            {
                var c = item.AsMap()!;
                var bytes = c["bytes"].AsText();
                var packed = DreamDepth.Pack(c["depth"].AsNumber());
                Check("depth " + bytes, packed.ToString("x6") == bytes, packed.ToString("x6"));
                Check("back from " + bytes, (float)DreamDepth.Unpack(packed) == (float)c["unpacked"].AsNumber(), DreamDepth.Unpack(packed).ToString("R"));
            }
            var pixels = new byte[8];
            DreamDepth.Pack(new[] { 0.5f, float.NaN }, pixels);
            Check("depths as pixels", Out.Hex(pixels, 8) == "800000ffffffffff", Out.Hex(pixels, 8));
        }

        static void Layers(DreamMap v)
        {
            double Number(DreamValue n) => n.IsNil ? double.NaN : n.AsNumber();
            double[] Numbers(DreamMap c, string of) => c[of].IsNil ? new[] { double.NaN, double.NaN } : Array.ConvertAll(c[of].AsArray()!, Number);
            bool Same(double a, double b) => double.IsNaN(a) ? double.IsNaN(b) : (float)a == (float)b;
            foreach (var item in v["normal"].AsArray()!)
            {
                var (c, n) = (item.AsMap()!, Numbers(item.AsMap()!, "normal"));
                var (packed, bytes, back) = (ViewLayers.PackNormal(n[0], n[1], n[2]), c["bytes"].AsText(), Numbers(c, "unpacked"));
                var (x, y, z) = ViewLayers.UnpackNormal(packed);
                Check("normal " + bytes, packed.ToString("x6") == bytes, packed.ToString("x6"));
                Check("back from normal " + bytes, Same(x, back[0]) && Same(y, back[1]) && Same(z, back[2]), x + " " + y + " " + z);
            }
            foreach (var item in v["motion"].AsArray()!)
            {
                var (c, n) = (item.AsMap()!, Numbers(item.AsMap()!, "motion"));
                var (packed, bytes, back) = (ViewLayers.PackMotion(n[0], n[1]), c["bytes"].AsText(), Numbers(c, "unpacked"));
                var (right, down) = ViewLayers.UnpackMotion(packed);
                Check("motion " + bytes, packed.ToString("x6") == bytes, packed.ToString("x6"));
                Check("back from motion " + bytes, Same(right, back[0]) && Same(down, back[1]), right + " " + down);
            }
        }

        static void Ring(DreamMap v)
        {
            var path = Path.GetTempFileName();
            var bytes = new byte[v["size"].AsInt()];
            var blocks = v["blocks_of_512"].AsMap()!;
            for (var i = 0; i < blocks.Count; i++)
            {
                var block = Out.Unhex(blocks.ValueAt(i).AsText());
                Buffer.BlockCopy(block, 0, bytes, int.Parse(blocks.KeyAt(i)), block.Length);
            }
            File.WriteAllBytes(path, bytes);
            var pixels = v["pixels"].AsText();
            var into = new byte[pixels.Length / 2];
            var pin = GCHandle.Alloc(into, GCHandleType.Pinned);
            using (var reader = new RingReader())
            {
                bool Read() => reader.TryRead(pin.AddrOfPinnedObject(), into.Length);
                Check("open", reader.Open(path), reader.Error);
                // A slot of two frames: the first one at once, the second one when its time has come.
                Check("first of two", Read() && Out.Hex(into, into.Length) != pixels);
                Check("its index", reader.Frame.Index == v["index"].AsInt() - 1);
                Check("its time", reader.Frame.Time.Equals(v["time"].AsNumber()));
                Check("not yet", !Read());
                Thread.Sleep((int)(1000 / v["fps"].AsNumber()) + 2);
                Check("pixels", Read() && Out.Hex(into, into.Length) == pixels);
                Check("the second one's time", Math.Abs(reader.Frame.Time - v["time"].AsNumber() - 1 / v["fps"].AsNumber()) < 1e-9);
                Check("width", reader.Width == v["width"].AsInt() && reader.Height == v["height"].AsInt());
                Check("frames", reader.FramesPerSlot == v["frames_per_slot"].AsInt() && reader.Frame.Index == v["index"].AsInt());
                Check("revision", reader.Frame.Revision == v["revision"].AsInt() && reader.Frame.Dropped == v["dropped"].AsInt());
                Check("step", reader.Frame.StepMs.Equals(v["step_ms"].AsNumber()) && reader.Fps.Equals(v["fps"].AsNumber()));
                Check("view", reader.Frame.View == v["view"].AsInt() && reader.Frame.ViewTime.Equals(v["view_time"].AsNumber()));
                Check("epoch", reader.Epoch == long.Parse(v["epoch"].AsText()));
                Check("publication", reader.Shown == v["publication"].AsInt());
                Check("nothing new", !Read());
                // A control: a slot that is being written is not read.
                bytes[4096 + 2 * 4096] = 5;
                File.WriteAllBytes(path, bytes);
                Check("open again", reader.Open(path), reader.Error);
                Check("half written", !Read());
                bytes[30] ^= 1;
                File.WriteAllBytes(path, bytes);
                Check("damaged", !reader.Open(path) && reader.Error.Contains("CRC"), reader.Error);
                bytes[30] ^= 1;
                Array.Resize(ref bytes, bytes.Length - 4096);
                File.WriteAllBytes(path, bytes);
                Check("cut short", !reader.Open(path) && reader.Error.Contains("bytes where"), reader.Error);
                File.WriteAllBytes(path, new byte[100]);
                Check("too small", !reader.Open(path), reader.Error);
                Check("no file", !reader.Open(path + ".none") && !Read(), reader.Error);
            }
            pin.Free();
            File.Delete(path);
        }
    }
}
