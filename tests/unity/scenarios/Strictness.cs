using System;
using System.Linq;
using System.Threading;
using FakeUnity;
using Unity.Collections;
using Unity.Collections.LowLevel.Unsafe;
using UnityEngine;

namespace Dreambridge.EngineScenarios
{
    /// <summary>Controls: the fake engine finds what it is there to find.</summary>
    public static class Strictness
    {
        public static unsafe string StrictEngine(string input)
        {
            var t = new Texture2D(4, 4, TextureFormat.RGBA32, false, false);
            Exception? off = null;
            var thread = new Thread(() => { try { t.Apply(false); } catch (Exception e) { off = e; } });
            thread.Start();
            thread.Join();
            Stage.Require(off is EngineError, "an engine call off the main thread was let pass");

            var memory = t.GetRawTextureData<byte>();
            t.Apply(false);
            Stage.Throws<ObjectDisposedException>(() => Touch(memory), "a texture's memory after Apply");
            memory = t.GetRawTextureData<byte>();
            ((byte*)memory.GetUnsafePtr())[64] = 1;
            Stage.Throws<EngineError>(() => t.Apply(false), "a byte behind the texture's end");
            ((byte*)t.GetRawTextureData<byte>().GetUnsafePtr())[64] = 0xA5;

            Stage.Require(Engine.Leaks().Count == 1, "a texture that nobody destroyed was not found");
            Stage.Throws<EngineError>(() => UnityEngine.Object.Destroy(t), "Destroy in edit mode");
            UnityEngine.Object.DestroyImmediate(t);
            Stage.Throws<MissingReferenceException>(() => t.Apply(false), "a texture after its end");
            Stage.Require(t == null, "a destroyed object does not equal null");

            var native = new NativeArray<byte>(16, Allocator.Persistent);
            Stage.Require(Engine.Leaks().Single().Contains("NativeArray"), "a native array that nobody disposed was not found");
            native.Dispose();

            var rt = new RenderTexture(4, 4, 0, RenderTextureFormat.ARGB32, RenderTextureReadWrite.sRGB);
            RenderTexture.active = rt;
            Stage.Throws<EngineError>(() => UnityEngine.Object.DestroyImmediate(rt), "the end of an active RenderTexture");
            RenderTexture.active = null;
            UnityEngine.Object.DestroyImmediate(rt);

            var source = new GameObject("speaker").AddComponent<AudioSource>();
            Stage.Throws<EngineError>(() => source.timeSamples = 1, "a position without a clip");
            source.clip = Engine.Asset(new AudioClip(1, 48000));
            Stage.Throws<EngineError>(() => source.timeSamples = 48000, "a position behind the end");
            source.enabled = false;
            source.Play();
            Stage.Require(!source.isPlaying && Engine.Log.Last().level == "warning", "a disabled AudioSource plays");
            source.enabled = true;
            source.timeSamples = 24000;
            source.Play();
            Stage.Require(source.isPlaying && source.Heard >= 0.5, "it does not begin where it was put");
            source.Pause();
            var at = source.Heard;
            Thread.Sleep(30);
            Stage.Require(!source.isPlaying && source.Heard == at, "a paused sound moves");
            source.Play();
            Thread.Sleep(30);
            Stage.Require(source.Heard > at + 0.02, "a paused sound does not go on");
            source.timeSamples = 47999;
            Thread.Sleep(5);
            Stage.Require(!source.isPlaying, "it plays behind its end");
            return "strict";
        }

        private static unsafe void Touch(NativeArray<byte> memory) => ((byte*)memory.GetUnsafePtr())[0] = 1;

        /// <summary>What a package that forgets colour space or row order would show: the same eyes must see it.</summary>
        public static string WrongPictures(string input)
        {
            Engine.Playing = true;
            var s = Stage.Stream();
            Stage.UntilShown(s);
            var right = Stage.Seen(s.texture!);
            Stage.Require(Stage.Wrong(right, 1), "the right picture");
            Stage.Require(Stage.Wrong(Wrongly(right, linear: true, turned: false), 1).Length > 0, "a texture marked linear in a linear project was not noticed");
            Stage.Require(Stage.Wrong(Wrongly(right, linear: false, turned: true), 1).Length > 0, "a picture upside down was not noticed");
            Engine.ColorSpace = ColorSpace.Gamma;
            Stage.Require(Stage.Wrong(Wrongly(right, linear: true, turned: false), 1), "in a gamma project the mark means nothing");
            return "seen";
        }

        private static unsafe byte[] Wrongly(byte[] topFirst, bool linear, bool turned)
        {
            var t = new Texture2D(Stage.Size, Stage.Size, TextureFormat.RGBA32, false, linear);
            var p = (byte*)t.GetRawTextureData<byte>().GetUnsafePtr();
            var row = Stage.Size * 4;
            for (var y = 0; y < Stage.Size; y++)
            for (var x = 0; x < row; x++) p[(turned ? y : Stage.Size - 1 - y) * row + x] = topFirst[y * row + x];
            t.Apply(false);
            var seen = Stage.Seen(t);
            UnityEngine.Object.DestroyImmediate(t);
            return seen;
        }
    }
}
