using System;

namespace UnityEngine
{
    [AttributeUsage(AttributeTargets.Class)] public sealed class ExecuteAlways : Attribute { }

    [AttributeUsage(AttributeTargets.Field)] public sealed class SerializeField : Attribute { }

    [AttributeUsage(AttributeTargets.Field)] public sealed class HideInInspector : Attribute { }

    [AttributeUsage(AttributeTargets.Class)] public sealed class DisallowMultipleComponent : Attribute { }

    [AttributeUsage(AttributeTargets.Method | AttributeTargets.Class)]
    public sealed class AddComponentMenu : Attribute
    {
        public AddComponentMenu(string menuName) => componentMenu = menuName;
        public string componentMenu { get; }
    }

    [AttributeUsage(AttributeTargets.Class)]
    public sealed class CreateAssetMenuAttribute : Attribute
    {
        public string menuName { get; set; } = "";
        public string fileName { get; set; } = "";
    }

    [AttributeUsage(AttributeTargets.Class)]
    public sealed class HelpURLAttribute : Attribute
    {
        public HelpURLAttribute(string url) => URL = url;
        public string URL { get; }
    }

    [AttributeUsage(AttributeTargets.Class)]
    public class DefaultExecutionOrder : Attribute
    {
        public DefaultExecutionOrder(int order) => this.order = order;
        public int order { get; }
    }

    [AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
    public sealed class RequireComponent : Attribute
    {
        internal readonly Type[] Types;
        public RequireComponent(Type requiredComponent) => Types = new[] { requiredComponent };
        public RequireComponent(Type requiredComponent, Type requiredComponent2) => Types = new[] { requiredComponent, requiredComponent2 };
    }

    [AttributeUsage(AttributeTargets.Field)] public abstract class PropertyAttribute : Attribute { }

    public class TooltipAttribute : PropertyAttribute
    {
        public TooltipAttribute(string tooltip) => this.tooltip = tooltip;
        public readonly string tooltip;
    }

    public class HeaderAttribute : PropertyAttribute
    {
        public HeaderAttribute(string header) => this.header = header;
        public readonly string header;
    }

    public class MinAttribute : PropertyAttribute
    {
        public MinAttribute(float min) => this.min = min;
        public readonly float min;
    }

    public sealed class RangeAttribute : PropertyAttribute
    {
        public RangeAttribute(float min, float max) { this.min = min; this.max = max; }
        public readonly float min;
        public readonly float max;
    }

    public sealed class TextAreaAttribute : PropertyAttribute { }

    public enum RuntimeInitializeLoadType { AfterSceneLoad, BeforeSceneLoad, AfterAssembliesLoaded, BeforeSplashScreen, SubsystemRegistration }

    [AttributeUsage(AttributeTargets.Method)]
    public class RuntimeInitializeOnLoadMethodAttribute : Attribute
    {
        public RuntimeInitializeOnLoadMethodAttribute(RuntimeInitializeLoadType loadType) => this.loadType = loadType;
        public RuntimeInitializeLoadType loadType { get; }
    }
}

namespace UnityEngine.Serialization
{
    [AttributeUsage(AttributeTargets.Field, AllowMultiple = true)]
    public class FormerlySerializedAsAttribute : Attribute
    {
        public FormerlySerializedAsAttribute(string oldName) => this.oldName = oldName;
        public string oldName { get; }
    }
}
