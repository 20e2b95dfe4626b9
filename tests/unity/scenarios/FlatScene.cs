using System.Linq;
using FakeUnity;
using UnityEngine;

namespace Dreambridge.EngineScenarios
{
    public static partial class Labelling
    {
        /// <summary>Without depth, orthographic; the main camera; no camera; a bundle's palette that lacks the background.</summary>
        public static string LabelsInTwoDimensions(string input)
        {
            Engine.Playing = true;
            var s = Stage.Stream();
            Stage.UntilShown(s);
            var p = s.info!.View!.Palette;
            var v = View(s, null!, x => { x.sendDepth = false; x.background = "no such"; });
            Engine.Until(() => v.lastError != null, "no camera");
            Stage.Require(v.lastError!.Message.Contains("no camera") && v.lastError.Hint.Contains("MainCamera"), v.lastError.Message);
            var eye = Eye();
            eye.orthographic = true;
            Box("tile", new Vector3(1, 6.5f, 0), 1, p[2].Name);
            Engine.Until(() => v.published > 0 && s.frame.View > 0, "the main camera's picture; " + v.lastError);
            Engine.Tick();
            Stage.Require(v.lastError == null, "it still complains: " + v.lastError);
            var seen = new Seen(s, v);
            seen.Is(0.5, 0.05, p[2], -1, "the tile at the upper edge");
            Stage.Require(Engine.Log.Count(l => l.text.Contains("no such")) == 1, "a background that the palette lacks is told of once");
            return "flat";
        }
    }
}
