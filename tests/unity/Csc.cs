using System;
using System.IO;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

/// <summary>
/// csc's command line on top of the compiler's library: each word is a response file and makes one assembly, in this order. Exit code 1
/// when one is refused; those after it are not made.
/// </summary>
static class Csc
{
    static int Main(string[] files) => files.All(Made) ? 0 : 1;

    static bool Made(string file)
    {
        var words = new[] { "@" + file };
        var given = CSharpCommandLineParser.Default.Parse(words, Directory.GetCurrentDirectory(), null);
        var failed = false;
        void Say(Diagnostic d)
        {
            if (d.Severity < DiagnosticSeverity.Warning || d.IsSuppressed)
                return;
            failed |= d.Severity == DiagnosticSeverity.Error;
            Console.WriteLine(d.ToString());
        }
        foreach (var d in given.Errors)
            Say(d);
        if (failed)
            return false;
        var trees = given.SourceFiles.Select(f => CSharpSyntaxTree.ParseText(File.ReadAllText(f.Path), given.ParseOptions, f.Path));
        var references = given.MetadataReferences.Select(r => MetadataReference.CreateFromFile(Path.GetFullPath(r.Reference), r.Properties));
        var name = Path.GetFileNameWithoutExtension(given.OutputFileName);
        using var image = new MemoryStream();
        foreach (var d in CSharpCompilation.Create(name, trees, references, given.CompilationOptions).Emit(image).Diagnostics)
            Say(d);
        if (failed)
            return false;
        File.WriteAllBytes(Path.Combine(given.OutputDirectory, given.OutputFileName!), image.ToArray());
        return true;
    }
}
