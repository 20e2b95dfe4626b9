#nullable enable
using UnityEditor;
using UnityEngine;
using UnityEngine.Rendering;
using UnityEngine.UI;

namespace Dreambridge.Editors
{
    /// <summary>GameObject > Dreambridge: a stream that shows its picture, in one step, with undo.</summary>
    internal static class DreamMenu
    {
        private const string Menu = "GameObject/Dreambridge/";

        /// <summary>In a canvas that fills the screen, which is made when the scene has none.</summary>
        [MenuItem(Menu + "Stream on a Raw Image", false, 10)]
        internal static void StreamOnARawImage(MenuCommand command)
        {
            var above = command.context as GameObject;
            var canvas = above ? above!.GetComponentInParent<Canvas>() : null;
            if (!canvas) canvas = CanvasOfTheScene();
            var go = new GameObject("Dream Stream", typeof(RectTransform));
            GameObjectUtility.SetParentAndAlign(go, above && above!.GetComponentInParent<Canvas>() ? above : canvas!.gameObject);
            var place = (RectTransform)go.transform;
            (place.anchorMin, place.anchorMax, place.offsetMin, place.offsetMax) = (Vector2.zero, Vector2.one, Vector2.zero, Vector2.zero);
            var image = go.AddComponent<RawImage>();
            go.AddComponent<DreamStream>().targetImage = image;
            Made(go);
        }

        /// <summary>On a square of two metres, with the default material of the project's render pipeline.</summary>
        [MenuItem(Menu + "Stream on a Quad", false, 11)]
        internal static void StreamOnAQuad(MenuCommand command)
        {
            var go = GameObject.CreatePrimitive(PrimitiveType.Quad);
            go.name = "Dream Stream";
            GameObjectUtility.SetParentAndAlign(go, command.context as GameObject);
            go.transform.localScale = new Vector3(2, 2, 1);
            var renderer = go.GetComponent<Renderer>()!;
            var pipeline = GraphicsSettings.currentRenderPipeline;
            if (pipeline && pipeline!.defaultMaterial) renderer.sharedMaterial = pipeline.defaultMaterial;
            go.AddComponent<DreamStream>().targetRenderer = renderer;
            Made(go);
        }

        /// <summary>A stream on the whole screen that paints over what the main camera sees.</summary>
        [MenuItem(Menu + "Stream That Paints Over the Scene", false, 12)]
        internal static void StreamOverTheScene(MenuCommand command)
        {
            StreamOnARawImage(command);
            Selection.activeGameObject!.AddComponent<DreamView>();
        }

        private static Canvas CanvasOfTheScene()
        {
#if UNITY_2023_1_OR_NEWER
            var all = UnityEngine.Object.FindObjectsByType<Canvas>(FindObjectsSortMode.None);
#else
            var all = UnityEngine.Object.FindObjectsOfType<Canvas>();
#endif
            if (all.Length > 0) return all[0];
            var go = new GameObject("Canvas", typeof(Canvas), typeof(CanvasScaler), typeof(GraphicRaycaster));
            var canvas = go.GetComponent<Canvas>()!;
            canvas.renderMode = RenderMode.ScreenSpaceOverlay;
            Undo.RegisterCreatedObjectUndo(go, "Create Canvas");
            return canvas;
        }

        private static void Made(GameObject go)
        {
            Undo.RegisterCreatedObjectUndo(go, "Create " + go.name);
            Selection.activeGameObject = go;
        }
    }
}
