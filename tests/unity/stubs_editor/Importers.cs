using System;
using System.Collections.Generic;
using UnityEngine;
using Object = UnityEngine.Object;

namespace UnityEditor
{
    public class AssetImporter : Object { }
}

namespace UnityEditor.AssetImporters
{
    [AttributeUsage(AttributeTargets.Class, Inherited = false)]
    public class ScriptedImporterAttribute : Attribute
    {
        public ScriptedImporterAttribute(int version, string ext) { this.version = version; fileExtensions = new[] { ext }; }
        public int version { get; }
        public string[] fileExtensions { get; }
    }

    public abstract class ScriptedImporter : AssetImporter
    {
        public abstract void OnImportAsset(AssetImportContext ctx);
    }

    public class AssetImportContext
    {
        internal readonly List<Object> Objects = new List<Object>();
        public readonly List<string> Dependencies = new List<string>();
        public AssetImportContext(string path) => assetPath = path;
        public string assetPath { get; }
        public Object? mainObject { get; private set; }
        public void AddObjectToAsset(string identifier, Object obj) => Objects.Add(obj);
        public void SetMainObject(Object obj) => mainObject = Objects.Contains(obj) ? obj : throw new FakeUnity.EngineError("the main object was not added");
        public void DependsOnSourceAsset(string path) => Dependencies.Add(path);
    }
}
