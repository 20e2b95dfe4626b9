#nullable enable
using UnityEngine;
using UnityEngine.Rendering;

namespace Dreambridge.Samples
{
    /// <summary>Hangs a living painting on a wall: the stream on a quad in a frame; it looks along as the camera walks past.</summary>
    [RequireComponent(typeof(DreamStream))]
    public sealed class PaintingOnAWall : MonoBehaviour
    {
        [SerializeField, Tooltip("Width and height of the painting, metres.")] private float _size = 2;
        [SerializeField, Tooltip("The painting's view moves by so many of its screens a metre that the camera walks.")] private float _parallax = 0.25f;
        [SerializeField, Tooltip("Material of wall, frame and picture. Empty: the default material of the project's render pipeline.")] private Material? _material = null;
        private GameObject? _wall;
        private Material? _made;

        private void OnEnable()
        {
            _wall = new GameObject("Wall with painting");
            _wall.transform.SetParent(transform, false);
            Box("Wall", new Vector3(0, 0, 0.15f), new Vector3(_size * 4, _size * 2, 0.1f));
            Box("Frame", new Vector3(0, 0, 0.06f), new Vector3(_size * 1.1f, _size * 1.1f, 0.06f));
            var picture = GameObject.CreatePrimitive(PrimitiveType.Quad);
            picture.name = "Picture";
            Put(picture, Vector3.zero, new Vector3(_size, _size, 1));
            var stream = GetComponent<DreamStream>();
            if (stream == null) return;
            stream.targetRenderer = picture.GetComponent<Renderer>();
            var sender = gameObject.GetComponent<DreamCamera>();
            if (sender == null) sender = gameObject.AddComponent<DreamCamera>();
            sender.condition = "camera_x";
            sender.source = DreamCamera.Source.PositionX;
            sender.scale = _parallax;
        }

        private void OnDisable()
        {
            var stream = GetComponent<DreamStream>();
            if (stream != null) stream.targetRenderer = null;
            if (_wall) Destroy(_wall);
            if (_made) Destroy(_made);
        }

        private void Box(string name, Vector3 at, Vector3 size)
        {
            var box = GameObject.CreatePrimitive(PrimitiveType.Cube);
            box.name = name;
            Put(box, at, size);
        }

        // A primitive comes with the material of the Built-in pipeline, which URP and HDRP draw in pink. Their own default material is
        // known in the editor only; in a player it is made of their default shader. If a player has not even that (nothing in the build uses
        // it), set Material.
        private Material? Fitting()
        {
            if (_material) return _material;
            if (_made) return _made;
            var pipeline = GraphicsSettings.currentRenderPipeline;
            if (!pipeline) return null;
            if (pipeline!.defaultMaterial) return pipeline.defaultMaterial;
            return pipeline.defaultShader ? _made = new Material(pipeline.defaultShader!) : null;
        }

        private void Put(GameObject thing, Vector3 at, Vector3 size)
        {
            if (Fitting() is { } material && thing.GetComponent<Renderer>() is { } renderer) renderer.sharedMaterial = material;
            thing.transform.SetParent(_wall!.transform, false);
            thing.transform.localPosition = at;
            thing.transform.localScale = size;
        }
    }
}
