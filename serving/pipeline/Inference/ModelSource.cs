namespace MnistAdder.Serving.Inference;

/// <summary>Where a model's bytes are.</summary>
internal abstract record ModelSource
{
    /// <summary>A file of the user's.</summary>
    public sealed record InFile(string Path) : ModelSource;

    /// <summary>Bytes in memory, and what messages call them.</summary>
    public sealed record InMemory(byte[] Bytes, string Name) : ModelSource;

    /// <summary>Takes the one of two that is given.</summary>
    /// <exception cref="ArgumentException">None or both are given.</exception>
    public static ModelSource From(string? file, byte[]? bytes) => (file, bytes) switch
    {
        (not null, null) => new InFile(file),
        (null, not null) => new InMemory(bytes, "model"),
        _ => throw new ArgumentException("A model is given either as a file or as bytes."),
    };

    /// <summary>Opens a session; see <see cref="BatchSession.FromFile"/> and <see cref="BatchSession.FromBytes"/>.</summary>
    public BatchSession Open(InferenceOptions options) => this switch
    {
        InFile file => BatchSession.FromFile(file.Path, options),
        InMemory memory => BatchSession.FromBytes(memory.Bytes, memory.Name, options),
        _ => throw new NotSupportedException(),
    };

    /// <summary>The model as a file, for code that takes nothing else; one that had to be made goes with the answer's disposal.</summary>
    public ModelFile ToFile() => this switch
    {
        InFile file => new ModelFile(file.Path, isTemporary: false),
        InMemory memory => ModelFile.CreateTemporary(memory.Bytes),
        _ => throw new NotSupportedException(),
    };
}

/// <summary>A model's file, deleted on disposal where it is temporary.</summary>
internal sealed class ModelFile(string path, bool isTemporary) : IDisposable
{
    /// <summary>Its path.</summary>
    public string Path { get; } = path;

    /// <summary>Writes bytes to a temporary file.</summary>
    public static ModelFile CreateTemporary(byte[] bytes)
    {
        string path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), System.IO.Path.GetRandomFileName() + ".onnx");
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
