using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.OnnxBatching.Models;

namespace MnistAdder.OnnxBatching.Stock;

/// <summary>
/// A saved ML.NET model, loaded by stock ML.NET, with a way to the ONNX files inside it. A chain's steps are folders
/// <c>Transform_000</c>, <c>Transform_001</c> … of the chain's own, and an ONNX step keeps its file as <c>OnnxModel</c>: an int32 that
/// is the file's length, then the file.
/// </summary>
internal sealed class ModelZip : IDisposable
{
    /// <summary>The folder of the model itself.</summary>
    public const string Root = "TransformerChain";

    private const string OnnxFile = "OnnxModel";

    // In characters; what is read as text is a page or two.
    private const int LongestText = 1 << 20;

    // No deflated data become longer than this many times their length (zlib's "Technical Details"), by far.
    private const long MostExpansion = 2_000;

    private readonly ZipArchive _archive;

    private ModelZip(ZipArchive archive, ITransformer stock, DataViewSchema? inputSchema)
    {
        _archive = archive;
        Stock = stock;
        InputSchema = inputSchema;
    }

    /// <summary>The model as stock ML.NET loads it.</summary>
    public ITransformer Stock { get; }

    /// <summary>The schema that it was saved with.</summary>
    public DataViewSchema? InputSchema { get; }

    /// <summary>Loads a file.</summary>
    /// <exception cref="FileNotFoundException">The file doesn't exist.</exception>
    /// <exception cref="InvalidDataException">The file isn't a saved ML.NET model.</exception>
    public static ModelZip Open(MLContext context, string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"The model '{path}' doesn't exist.", path);
        // Not only empty files have no length, but pipes, sockets and devices, too, and to open one may take for ever.
        if (new FileInfo(path).Length == 0)
            throw new InvalidDataException($"'{path}' is not a saved ML.NET model, but an empty file, a pipe, a socket or a device.");

        // Read whole: the archive goes on being read while the stock loader closes what it is given.
        byte[] bytes = File.ReadAllBytes(path);
        ZipArchive? archive = null;
        try
        {
            archive = new ZipArchive(new MemoryStream(bytes, writable: false));
            CheckEntries(archive, bytes.Length);
            DataViewSchema? schema = null;
            ITransformer stock = MLContextSettings.OnProcessor(context.Transforms, () => context.Model.Load(new MemoryStream(bytes, writable: false), out schema));
            return new ModelZip(archive, stock, schema);
        }
        catch (Exception exception) when (!IsOfTheInstallation(exception.GetBaseException()))
        {
            // The stock loader calls the constructors that the file names: any exception may come out of one that is given nonsense.
            archive?.Dispose();
            throw new InvalidDataException($"'{path}' is not a saved ML.NET model: {exception.GetBaseException().Message.ReplaceLineEndings(" ")}", exception);
        }
    }

    /// <summary>Rebuilds the model with some of its steps replaced.</summary>
    /// <param name="replace">Gets a step and its folder, and gives another one in its place or <see langword="null"/>.</param>
    /// <returns>The model; the stock one where nothing was replaced.</returns>
    public ITransformer Rebuild(Func<ITransformer, string, ITransformer?> replace) => Rebuild(Stock, Root, replace);

    /// <summary>A text file beside the model's own files.</summary>
    /// <returns>Its text; <see langword="null"/> where there is none.</returns>
    /// <exception cref="InvalidDataException">It is damaged, or of more than a million characters.</exception>
    public string? ReadText(string name)
    {
        if (_archive.GetEntry(name) is not { } entry)
            return null;
        using var reader = new StreamReader(entry.Open());
        char[] text = new char[LongestText + 1];
        int length = reader.ReadBlock(text);
        return length <= LongestText ? new string(text, 0, length) : throw new InvalidDataException($"The model's entry '{name}' has more than {LongestText} characters.");
    }

    /// <summary>The ONNX file of a step.</summary>
    /// <param name="folder">The step's folder.</param>
    /// <exception cref="InvalidDataException">The step has no such file, or a cut one.</exception>
    public byte[] ReadOnnx(string folder)
    {
        string name = $"{folder}/{OnnxFile}";
        ZipArchiveEntry entry = _archive.Entries.FirstOrDefault(entry => Slashes(entry) == name)
            ?? throw new InvalidDataException($"The model has no entry '{name}'.");
        using var reader = new BinaryReader(entry.Open());
        try
        {
            int length = reader.ReadInt32();
            byte[] bytes = reader.ReadBytes(length);
            return bytes.Length == length ? bytes : throw new EndOfStreamException();
        }
        catch (Exception exception) when (exception is EndOfStreamException or ArgumentOutOfRangeException)
        {
            throw new InvalidDataException($"The model's entry '{name}' is cut short.", exception);
        }
    }

    /// <summary>The steps of a chain and their folders; nothing for any other transformer.</summary>
    public static IEnumerable<(ITransformer Step, string Folder)> Steps(ITransformer transformer, string folder) =>
        transformer is IEnumerable<ITransformer> chain
            ? chain.Select((step, index) => (step, $"{folder}/Transform_{index:000}"))
            : [];

    /// <inheritdoc/>
    public void Dispose() => _archive.Dispose();

    // .NET compares no check sums, and stock ML.NET makes room for as many bytes as the number before an ONNX file claims.
    private static void CheckEntries(ZipArchive archive, int fileLength)
    {
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            if (entry.CompressedLength > fileLength || entry.Length / MostExpansion > entry.CompressedLength || entry.Length > Array.MaxLength)
                throw new InvalidDataException($"its entry '{entry.FullName}' isn't as long as it claims.");
            byte[] content = new byte[entry.Length];
            using Stream stream = entry.Open();
            int length = stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            if (length < content.Length || Crc32.HashToUInt32(content) != entry.Crc32)
                throw new InvalidDataException($"its entry '{entry.FullName}' is damaged.");
            if (Path.GetFileName(Slashes(entry)) != OnnxFile)
                continue;
            if (length < sizeof(int) || BinaryPrimitives.ReadInt32LittleEndian(content) != length - sizeof(int))
                throw new InvalidDataException($"its entry '{entry.FullName}' isn't as long as it claims.");
            ModelOutline.Of(content[sizeof(int)..]).RefuseExternalData(entry.FullName);
        }
    }

    private static string Slashes(ZipArchiveEntry entry) => entry.FullName.Replace('\\', '/');

    private static bool IsOfTheInstallation(Exception exception) => exception is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException;

    private static ITransformer Rebuild(ITransformer transformer, string folder, Func<ITransformer, string, ITransformer?> replace)
    {
        if (replace(transformer, folder) is { } replacement)
            return replacement;

        (ITransformer Step, string Folder)[] steps = [.. Steps(transformer, folder)];
        ITransformer[] rebuilt = [.. steps.Select(step => Rebuild(step.Step, step.Folder, replace))];
        return steps.Select(step => step.Step).SequenceEqual(rebuilt) ? transformer : new TransformerChain<ITransformer>(rebuilt);
    }
}
