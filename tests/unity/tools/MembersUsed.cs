using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

/// <summary>Prints what the assemblies given as arguments use of others whose name is given by -of=NAME: one "assembly type member" a line.</summary>
public static class MembersUsed
{
    public static int Main(string[] args)
    {
        var of = args.Where(a => a.StartsWith("-of=", StringComparison.Ordinal)).Select(a => a.Substring(4)).ToHashSet();
        var used = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var path in args.Where(a => !a.StartsWith("-of=", StringComparison.Ordinal)))
        {
            using var pe = new PEReader(File.OpenRead(path));
            var m = pe.GetMetadataReader();
            foreach (var handle in m.TypeReferences)
            {
                var (assembly, type) = Name(m, handle);
                if (of.Contains(assembly)) used.Add(assembly + "\t" + type + "\t");
            }
            foreach (var handle in m.MemberReferences)
            {
                var member = m.GetMemberReference(handle);
                var parent = member.Parent;
                if (parent.Kind == HandleKind.TypeSpecification) parent = Generic(m, (TypeSpecificationHandle)parent);
                if (parent.Kind != HandleKind.TypeReference) continue;
                var (assembly, type) = Name(m, (TypeReferenceHandle)parent);
                if (of.Contains(assembly)) used.Add(assembly + "\t" + type + "\t" + m.GetString(member.Name));
            }
        }
        foreach (var line in used) Console.WriteLine(line);
        return 0;
    }

    private static EntityHandle Generic(MetadataReader m, TypeSpecificationHandle handle)
    {
        // GENERICINST (0x15), CLASS or VALUETYPE, then the type.
        var blob = m.GetBlobReader(m.GetTypeSpecification(handle).Signature);
        if (blob.ReadByte() != 0x15) return default(TypeDefinitionHandle);
        blob.ReadByte();
        return blob.ReadTypeHandle();
    }

    private static (string assembly, string type) Name(MetadataReader m, TypeReferenceHandle handle)
    {
        var t = m.GetTypeReference(handle);
        var name = m.GetString(t.Name);
        if (t.ResolutionScope.Kind == HandleKind.TypeReference)
        {
            var (assembly, outer) = Name(m, (TypeReferenceHandle)t.ResolutionScope);
            return (assembly, outer + "." + name);
        }
        var space = m.GetString(t.Namespace);
        var scope = t.ResolutionScope.Kind == HandleKind.AssemblyReference ? m.GetString(m.GetAssemblyReference((AssemblyReferenceHandle)t.ResolutionScope).Name) : "";
        return (scope, space.Length > 0 ? space + "." + name : name);
    }
}
