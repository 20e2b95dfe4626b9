using System;
using System.Threading;
using FakeUnity;
using UnityEngine;

namespace Dreambridge.EngineScenarios
{
    public static partial class Labelling
    {
        /// <summary>A terrain's shape is read once, and again after a change; many renderers are looked at a few at a time.</summary>
        public static string LabelsOfALargeScene(string input)
        {
            Engine.Playing = true;
            var s = Stage.Stream();
            Stage.UntilShown(s);
            var p = s.info!.View!.Palette;
            var eye = Eye();
            GameObject.Tags.Add("Late");
            var v = View(s, eye, x => { x.background = p[0].Name; x.rules.Add(new DreamLabelRule { tag = "Late", label = p[1].Name }); });
            var ground = new GameObject("ground");
            ground.transform.position = new Vector3(-49, 0, -20);
            var terrain = ground.AddComponent<Terrain>();
            var data = terrain.terrainData = new TerrainData { Height = (x, z) => z > 0.7f ? 12 : 0 };
            var label = ground.AddComponent<DreamLabel>();
            label.label = p[3].Name;
            for (var i = 0; i < 600; i++) Box("far", new Vector3(0, 0, -1000), 1);
            After(s, v).Is(0.5, 0.45, p[3], -1, "a hill");
            var reads = data.Reads;
            Stage.Require(reads > 0, "its heights were not read");
            // Paint is no height: it is not looked at.
            data.Height = (x, z) => 0;
            TerrainCallbacks.Change(terrain, "alphamap");
            var most = 0;
            var before = Renderer.LookedAt;
            var searches = UnityEngine.Object.Searches;
            for (var end = Engine.RealTime + 2.5; Engine.RealTime < end; Thread.Sleep(2))
            {
                var had = Renderer.LookedAt;
                Engine.Tick();
                most = Math.Max(most, Renderer.LookedAt - had);
            }
            Stage.Require(Renderer.LookedAt - before >= 600 && most <= 300, (Renderer.LookedAt - before) + " were looked at, at most " + most + " in a tick");
            Stage.Require(UnityEngine.Object.Searches == searches, "all objects of the scene were searched in one go");
            Stage.Require(data.Reads == reads, "the heights were read again, though nothing changed");
            label.label = p[4].Name;
            After(s, v).Is(0.5, 0.45, p[4], -1, "its other label");
            Stage.Require(data.Reads == reads, "the heights were read again for a label");

            // Objects with labels come and go all the time: only they are looked at.
            most = 0;
            for (var i = 0; i < 40; i++)
            {
                var bullet = Box("bullet", new Vector3(0, 0, -1000), 1, p[2].Name);
                var had = Renderer.LookedAt;
                Engine.Tick();
                most = Math.Max(most, Renderer.LookedAt - had);
                Thread.Sleep(5);
                UnityEngine.Object.DestroyImmediate(bullet);
            }
            Stage.Require(most <= 300, "for one new label " + most + " renderers were looked at in a tick");
            var (asked, since) = (Terrain.Asked, Engine.RealTime);
            for (var i = 0; i < 20; i++)
            {
                var bullet = Box("bullet", new Vector3(0, 0, -1000), 1, p[2].Name);
                var captured = v.Captured;
                Engine.Until(() => v.Captured > captured, "a picture with a new label", 20);
                UnityEngine.Object.DestroyImmediate(bullet);
            }
            // Once a second with the search of the whole scene.
            var (collected, seconds) = (Terrain.Asked - asked, Engine.RealTime - since);
            Stage.Require(collected <= 2 + seconds, "for labels that are no terrain's, the terrains were collected " + collected + " times in " + seconds + " s");

            void Changed(string texture)
            {
                reads = data.Reads;
                TerrainCallbacks.Change(terrain, texture);
                Engine.Until(() => data.Reads > reads, "its shape is read again", 20);
            }
            Changed("");
            After(s, v).Is(0.5, 0.45, p[0], 1, "the hill is gone");
            data.Hole = (x, z) => true;
            Changed(TerrainData.HolesTextureName);
            After(s, v).Is(0.3, 0.8, p[0], 1, "one great hole");
            data.Hole = (x, z) => false;
            v.Relabel();
            After(s, v).Is(0.3, 0.8, p[4], -1, "asked to read it again");
            Box("late", new Vector3(1, 2, 0), 4).tag = "Late";
            Engine.Until(() => v.labelled == 2, "the object is found", 20);
            After(s, v).Is(0.5, 0.5, p[1], -1, "an object that came later, without a label of its own");
            UnityEngine.Object.DestroyImmediate(ground);
            After(s, v).Is(0.3, 0.8, p[0], 1, "no ground");
            // In the scene of what is kept from one scene to the next, three objects deep; and under one that is off.
            Transform? above = null;
            foreach (var name in new[] { "kept", "arm", "hand" })
            {
                var go = new GameObject(name);
                if (above) go.transform.SetParent(above!, true);
                else UnityEngine.Object.DontDestroyOnLoad(go);
                above = go.transform;
            }
            var held = Box("held", new Vector3(-1, 4, 0), 2);
            held.tag = "Late";
            held.transform.SetParent(above!, true);
            Engine.Until(() => v.labelled == 2, "the object deep down is found", 20);
            above!.parent!.gameObject.SetActive(false);
            Engine.Until(() => v.labelled == 1, "under one that is off it is not in the view", 20);
            Engine.Clear();
            Stage.Require(TerrainCallbacks.Listeners == 0, "it still listens to terrains");
            Engine.NoLeaks("a large scene");
            return "large";
        }
    }
}
