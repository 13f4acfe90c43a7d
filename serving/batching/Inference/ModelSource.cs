using MnistAdder.OnnxBatching.Graphs;
using MnistAdder.OnnxBatching.Models;

namespace MnistAdder.OnnxBatching.Inference;

/// <summary>Where a model's bytes are.</summary>
internal abstract record ModelSource
{
    private ModelSource()
    {
    }

    /// <summary>What messages call it.</summary>
    public abstract string Label { get; }

    /// <summary>Takes the one of two that is given.</summary>
    /// <exception cref="ArgumentException">None or both are given.</exception>
    public static ModelSource From(string? file, byte[]? bytes) => (file, bytes) switch
    {
        (not null, null) => new InFile(file),
        (null, not null) => new InMemory(bytes, "model"),
        _ => throw new ArgumentException("A model is given either as a file or as bytes."),
    };

    /// <summary>Reads the model and rewrites it into what ONNX Runtime is to load.</summary>
    /// <param name="options">What may be rewritten, and how the model is run.</param>
    /// <param name="outline">What the model's file says, without its weights.</param>
    /// <exception cref="FileNotFoundException">The file doesn't exist.</exception>
    /// <exception cref="InvalidDataException">It is nested beyond reason, or keeps weights in other files where that isn't allowed.</exception>
    public LoadableModel Prepare(InferenceOptions options, out ModelOutline outline)
    {
        byte[]? bytes = Read(out outline);
        if (this is not InFile || !options.AllowsExternalData)
            outline.RefuseExternalData(Label);
        if (bytes is null || outline.HasExternalData)
            return new LoadableModel(Label, null, options);

        bytes = OpenBatchDimension.In(bytes, outline);
        bool isRewritten = options.OptimizesGraph && GraphOptimizer.IsWorthwhile(bytes.Length, outline);
        return new LoadableModel(Label, isRewritten ? GraphOptimizer.Optimize(bytes) : bytes, options);
    }

    /// <summary>The model as a file, for code that takes nothing else; one that had to be made goes with the answer's disposal.</summary>
    /// <param name="folder">Where one is made.</param>
    public abstract ModelFile ToFile(string folder);

    // The outline, and the bytes where they may be rewritten: a file that ONNX Runtime loads itself isn't held here as well.
    private byte[]? Read(out ModelOutline outline)
    {
        try
        {
            return ReadModel(out outline);
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"The model '{Label}' can't be loaded: {exception.Message}", exception);
        }
    }

    private protected abstract byte[]? ReadModel(out ModelOutline outline);

    /// <summary>A file of the user's.</summary>
    public sealed record InFile(string Path) : ModelSource
    {
        /// <inheritdoc/>
        public override string Label => Path;

        /// <inheritdoc/>
        public override ModelFile ToFile(string folder) => new(Path, isTemporary: false);

        private protected override byte[]? ReadModel(out ModelOutline outline)
        {
            if (!File.Exists(Path))
                throw new FileNotFoundException($"The model '{Path}' {(Directory.Exists(Path) ? "is a folder; it must be a file" : "doesn't exist")}.", Path);
            // Not only empty files have no length, but pipes, sockets and devices, too, and to open one may take for ever.
            if (new FileInfo(Path).Length == 0)
                throw new InvalidDataException("it is not a model that ONNX Runtime can load, but an empty file, a pipe, a socket or a device.");
            using var stream = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            outline = ModelOutline.Read(stream);
            if (!GraphOptimizer.IsWorthwhile(stream.Length, outline) && !OpenBatchDimension.IsNeeded(outline))
                return null;
            stream.Position = 0;
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
    }

    /// <summary>Bytes in memory, and what messages call them.</summary>
    public sealed record InMemory(byte[] Bytes, string Name) : ModelSource
    {
        /// <inheritdoc/>
        public override string Label => Name;

        /// <inheritdoc/>
        public override ModelFile ToFile(string folder) => ModelFile.CreateTemporary(Bytes, folder);

        private protected override byte[]? ReadModel(out ModelOutline outline)
        {
            outline = ModelOutline.Of(Bytes);
            return Bytes;
        }
    }
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
