using System;
using System.Collections;

namespace NUnit.Framework
{
    [AttributeUsage(AttributeTargets.Method)] public class TestAttribute : Attribute { }
    [AttributeUsage(AttributeTargets.Method)] public class TearDownAttribute : Attribute { }

    public class Assert
    {
        public static void IsTrue(bool condition, string message, params object[] args) { if (!condition) throw new Exception(message); }
        public static void AreEqual(object expected, object actual) { if (!Equals(expected, actual)) throw new Exception(expected + " was wanted, " + actual + " is there"); }
        public static void IsNotNull(object? anObject) { if (anObject == null) throw new Exception("is null"); }
        public static void IsNull(object? anObject) { if (anObject != null) throw new Exception("is not null"); }
        public static void Ignore(string message) => throw new NotSupportedException(message);
    }
}
