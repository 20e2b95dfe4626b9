using FakeUnity;

namespace UnityEngine.UI
{
    public class Graphic : MonoBehaviour
    {
        public virtual Texture? mainTexture => null;
        public void SetAllDirty() => Engine.Use(this, nameof(SetAllDirty));
    }

    public class CanvasScaler : MonoBehaviour { }

    public class GraphicRaycaster : MonoBehaviour { }

    public class MaskableGraphic : Graphic { }

    public class RawImage : MaskableGraphic
    {
        [SerializeField] private Texture? _texture;
        private Rect _uv = new Rect(0, 0, 1, 1);
        public Texture? texture { get { Engine.Use(this, nameof(texture)); return _texture; } set { Engine.Use(this, nameof(texture)); _texture = value; } }
        public Rect uvRect { get { Engine.Use(this, nameof(uvRect)); return _uv; } set { Engine.Use(this, nameof(uvRect)); _uv = value; } }
    }
}
