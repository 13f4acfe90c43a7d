using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace MnistAdder.OnnxExport.Tracing;

/// <summary>Finds the lines of source that places in compiled code come from, where the assembly's symbols (portable PDB) are to be had.</summary>
internal static class SourcePlaces
{
    /// <summary>Says where a call stands: the innermost place that isn't in TorchSharp.</summary>
    /// <param name="places">The places from the inside out.</param>
    public static string Describe(IReadOnlyList<CodePlace> places)
    {
        CodePlace place = places.FirstOrDefault(place => !CodeFacts.IsTorch(place.Method)) ?? places[^1];
        string method = $"in {NameOf(place.Method)}";
        return LineOf(place) is { } line ? $"{method} ({line})" : method;
    }

    // Local functions, lambdas and iterators have names of the compiler's making, with the method's in angle brackets.
    private static string NameOf(MethodBase method)
    {
        Type? type = method.DeclaringType;
        string name = method.Name;
        while (type is not null && type.Name.StartsWith('<') && type.DeclaringType is not null)
        {
            if (type.Name.IndexOf('>', StringComparison.Ordinal) is > 1 and var end)
                name = type.Name[1..end];
            type = type.DeclaringType;
        }

        if (name.StartsWith('<') && name.IndexOf('>', StringComparison.Ordinal) is > 1 and var last)
            name = name[1..last];
        return $"{type?.Name}.{name}";
    }

    private static string? LineOf(CodePlace place)
    {
        try
        {
            string path = place.Method.Module.FullyQualifiedName;
            if (!File.Exists(path))
                return null;
            using var assembly = new PEReader(File.OpenRead(path));
            if (!assembly.TryOpenAssociatedPortablePdb(path, OpenIfThere, out MetadataReaderProvider? symbols, out _) || symbols is null)
                return null;
            using (symbols)
                return LineOf(symbols.GetMetadataReader(), place);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or BadImageFormatException or InvalidOperationException)
        {
            return null;
        }
    }

    private static FileStream? OpenIfThere(string path) => File.Exists(path) ? File.OpenRead(path) : null;

    private static string? LineOf(MetadataReader symbols, CodePlace place)
    {
        var handle = (MethodDefinitionHandle)MetadataTokens.EntityHandle(place.Method.MetadataToken);
        SequencePoint? last = null;
        foreach (SequencePoint point in symbols.GetMethodDebugInformation(handle).GetSequencePoints())
        {
            if (!point.IsHidden && point.Offset <= place.Offset)
                last = point;
        }

        return last is { } found
            ? $"{Path.GetFileName(symbols.GetString(symbols.GetDocument(found.Document).Name))}:{found.StartLine}"
            : null;
    }
}
