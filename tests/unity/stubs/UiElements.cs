using System.Collections.Generic;
using FakeUnity;

namespace UnityEngine.UIElements
{
    public class VisualElement
    {
        private readonly List<VisualElement> _children = new List<VisualElement>();
        private VisualElement? _parent;
        public IStyle style { get; } = new IStyle();
        public void Add(VisualElement child) { Engine.Check("VisualElement.Add"); child.RemoveFromHierarchy(); child._parent = this; _children.Add(child); }
        public void RemoveFromHierarchy() { Engine.Check("RemoveFromHierarchy"); _parent?._children.Remove(this); _parent = null; }
        public IEnumerable<VisualElement> Children() => _children;
    }

    public class IStyle { public StyleFloat flexGrow { get; set; } }

    public struct StyleFloat { public static implicit operator StyleFloat(float v) => default; }

    public class Image : VisualElement
    {
        public Texture? image { get; set; }
        public ScaleMode scaleMode { get; set; }
    }

    public class PanelSettings : ScriptableObject { public PanelSettings() => Engine.Made(this); }

    /// <summary>Without panel settings it has no root.</summary>
    public sealed class UIDocument : MonoBehaviour
    {
        private readonly VisualElement _root = new VisualElement();
        public PanelSettings? panelSettings { get; set; }
        public VisualElement rootVisualElement => panelSettings ? _root : null!;
    }
}
