#nullable enable
using UnityEngine;
using UnityEngine.UIElements;

namespace Dreambridge.Samples
{
    /// <summary>Shows the stream in UI Toolkit: an Image that fills the root of a UI Document.</summary>
    [RequireComponent(typeof(DreamStream), typeof(UIDocument))]
    public sealed class StreamInUiToolkit : MonoBehaviour
    {
        private DreamStream? _stream;
        private Image? _image;
        private PanelSettings? _made;

        private void OnEnable()
        {
            _stream = GetComponent<DreamStream>();
            var document = GetComponent<UIDocument>()!;
            // A document needs panel settings; a project makes an asset of them, for its theme and scale.
            if (document.panelSettings == null) document.panelSettings = _made = ScriptableObject.CreateInstance<PanelSettings>();
            _image = new Image { scaleMode = ScaleMode.ScaleToFit };
            _image.style.flexGrow = 1;
            document.rootVisualElement.Add(_image);
        }

        // The texture is another one when the stream opens, and its content changes with each frame.
        private void Update()
        {
            if (_image != null && _stream) _image.image = _stream!.texture;
        }

        private void OnDisable()
        {
            _image?.RemoveFromHierarchy();
            _image = null;
            if (!_made) return;
            GetComponent<UIDocument>()!.panelSettings = null;
            Destroy(_made);
        }
    }
}
