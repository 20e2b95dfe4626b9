namespace UnityEditor.TestTools
{
    public static class Nothing { }
}
