using MnistAdder.OnnxBatching.Graphs;
using MnistAdder.OnnxBatching.Models;

namespace MnistAdder.OnnxBatching.Inference;

/// <summary>Where a model's bytes are.</summary>
internal abstract record ModelSource
{
    /// <summary>A file of the user's.</summary>
    public sealed record InFile(string Path) : ModelSource;

    /// <summary>Bytes in memory, and what messages call them.</summary>
    public sealed record InMemory(byte[] Bytes, string Name) : ModelSource;

    /// <summary>What messages call it.</summary>
    public string Label => this is InFile file ? file.Path : ((InMemory)this).Name;

    /// <summary>Takes the one of two that is given.</summary>
    /// <exception cref="ArgumentException">None or both are given.</exception>
    public static ModelSource From(string? file, byte[]? bytes) => (file, bytes) switch
    {
        (not null, null) => new InFile(file),
        (null, not null) => new InMemory(bytes, "model"),
        _ => throw new ArgumentException("A model is given either as a file or as bytes."),
    };

    /// <summary>Reads the model's outline, and its bytes where they may be rewritten.</summary>
    /// <param name="outline">The outline.</param>
    /// <returns>The bytes; null for a file that ONNX Runtime loads itself: to hold it here as well would be felt.</returns>
    /// <exception cref="FileNotFoundException">The file doesn't exist.</exception>
    /// <exception cref="InvalidDataException">It is nested beyond reason.</exception>
    public byte[]? Read(out ModelOutline outline)
    {
        byte[]? bytes = (this as InMemory)?.Bytes;
        try
        {
            if (this is not InFile file)
            {
                outline = ModelOutline.Of(bytes!);
                return bytes;
            }

            if (!File.Exists(file.Path))
                throw new FileNotFoundException($"The model '{file.Path}' doesn't exist.", file.Path);
            using var stream = new FileStream(file.Path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            outline = ModelOutline.Read(stream);
            if (!GraphOptimizer.IsWorthwhile(stream.Length, outline) && !OpenBatchDimension.IsNeeded(outline))
                return null;
            stream.Position = 0;
            bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"The model '{Label}' can't be loaded: {exception.Message}", exception);
        }
    }

    /// <summary>The model as a file, for code that takes nothing else; one that had to be made goes with the answer's disposal.</summary>
    /// <param name="folder">Where one is made.</param>
    public ModelFile ToFile(string folder) => this switch
    {
        InFile file => new ModelFile(file.Path, isTemporary: false),
        InMemory memory => ModelFile.CreateTemporary(memory.Bytes, folder),
        _ => throw new NotSupportedException(),
    };
}

/// <summary>A model's file, deleted on disposal where it is temporary.</summary>
internal sealed class ModelFile(string path, bool isTemporary) : IDisposable
{
    /// <summary>Its path.</summary>
    public string Path { get; } = path;

    /// <summary>Writes bytes to a temporary file.</summary>
    public static ModelFile CreateTemporary(byte[] bytes, string folder)
    {
        string path = System.IO.Path.Combine(folder, System.IO.Path.GetRandomFileName() + ".onnx");
        File.WriteAllBytes(path, bytes);
        return new ModelFile(path, isTemporary: true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (isTemporary)
            File.Delete(Path);
    }
}
