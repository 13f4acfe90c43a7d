using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using ModuleDefinition = Mono.Cecil.ModuleDefinition;
using TypeDefinition = Mono.Cecil.TypeDefinition;

namespace MnistAdder.EndToEnd.Tests.Architecture;

/// <summary>The folder that each type of an assembly is written in, as its portable PDB knows.</summary>
/// <remarks>
/// A type is where the sequence points of its methods are. One without them, such as an interface or an enum, has its documents
/// listed apart (<see href="https://github.com/dotnet/runtime/blob/main/docs/design/specs/PortablePdb-Metadata.md">Portable PDB</see>,
/// "Type Definition Documents").
/// </remarks>
internal sealed class SourceFolders
{
    private static readonly Guid s_typeDefinitionDocuments = new("932E74BC-DBA9-4478-8D46-0F32A7BAB3D3");

    private readonly Dictionary<int, string> _folders = [];

    private SourceFolders(MetadataReader assembly, MetadataReader symbols)
    {
        foreach (TypeDefinitionHandle type in assembly.TypeDefinitions.Where(type => !assembly.GetTypeDefinition(type).IsNested))
        {
            string name = assembly.GetString(assembly.GetTypeDefinition(type).Name);
            string[] documents = [.. DocumentsOf(type, assembly, symbols).Distinct()];
            if (documents.Length == 0 && !name.StartsWith('<'))
                throw new InvalidDataException($"The symbols don't say where {name} is written.");
            string[] folders = [.. documents.Select(FolderOf).OfType<string>().Distinct()];
            if (folders.Length > 1)
                throw new InvalidDataException($"{name} is spread over {string.Join(" and ", folders)}: an arrow to it would have two ends.");
            if (folders.Length == 1)
                _folders.Add(MetadataTokens.GetToken(type), folders[0]);
        }
    }

    /// <summary>The folder below the solution's, or null for a type that no one wrote.</summary>
    /// <param name="type">The type; a nested one is where its outermost is.</param>
    public string? this[TypeDefinition type]
    {
        get
        {
            while (type.DeclaringType is { } outer)
                type = outer;
            return _folders.GetValueOrDefault(type.MetadataToken.ToInt32());
        }
    }

    /// <summary>Reads the symbols beside an assembly.</summary>
    public static SourceFolders Read(ModuleDefinition module)
    {
        using var assembly = new PEReader(File.OpenRead(module.FileName));
        using var symbols = MetadataReaderProvider.FromPortablePdbStream(File.OpenRead(Path.ChangeExtension(module.FileName, ".pdb")));
        return new SourceFolders(assembly.GetMetadataReader(), symbols.GetMetadataReader());
    }

    private static IEnumerable<string> DocumentsOf(TypeDefinitionHandle type, MetadataReader assembly, MetadataReader symbols)
    {
        IEnumerable<DocumentHandle> ofMethods =
            from method in assembly.GetTypeDefinition(type).GetMethods()
            let information = symbols.GetMethodDebugInformation(method)
            from document in information.GetSequencePoints().Select(point => point.Document).Append(information.Document)
            select document;
        IEnumerable<DocumentHandle> ofType =
            from handle in symbols.GetCustomDebugInformation(type)
            let information = symbols.GetCustomDebugInformation(handle)
            where symbols.GetGuid(information.Kind) == s_typeDefinitionDocuments
            from document in DocumentList(symbols.GetBlobReader(information.Value))
            select document;
        // The code of an iterator or of an asynchronous method is in a nested type.
        IEnumerable<string> ofNested = assembly.GetTypeDefinition(type).GetNestedTypes()
            .SelectMany(nested => DocumentsOf(nested, assembly, symbols));
        return ofMethods.Concat(ofType).Where(document => !document.IsNil)
            .Select(document => symbols.GetString(symbols.GetDocument(document).Name))
            .Concat(ofNested);
    }

    private static List<DocumentHandle> DocumentList(BlobReader rows)
    {
        var documents = new List<DocumentHandle>();
        while (rows.RemainingBytes > 0)
            documents.Add(MetadataTokens.DocumentHandle(rows.ReadCompressedInteger()));
        return documents;
    }

    // What a generator wrote is below obj, or below no folder of ours at all.
    private static string? FolderOf(string document)
    {
        string path = Path.GetRelativePath(Repository.Root, document).Replace('\\', '/');
        string[] folders = path.Split('/')[..^1];
        return Path.IsPathFullyQualified(document) && !Path.IsPathFullyQualified(path) && !folders.Contains("..") && !folders.Contains("obj")
            ? string.Join('/', folders)
            : null;
    }
}
