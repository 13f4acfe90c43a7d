using Google.Protobuf;
using MnistAdder.Onnx;

namespace MnistAdder.OnnxExport;

/// <summary>A finished ONNX model. Equal graphs and options give equal bytes.</summary>
public sealed class OnnxModel
{
    private readonly ModelProto _model;

    internal OnnxModel(ModelProto model) => _model = model;

    /// <summary>The parts of what the module returns that the model doesn't give, since they are no tensors, by the names that outputs would have.</summary>
    public IReadOnlyList<string> LeftOut { get; internal set; } = [];

    /// <summary>For each operation and result of the trace that the model was made of, what it is called in the model.</summary>
    internal IReadOnlyList<(int Call, int Output, string Name)> Traced { get; init; } = [];

    /// <summary>How many operations the trace had.</summary>
    internal int OperationCount { get; init; }

    /// <summary>How many operators the graph has.</summary>
    internal int NodeCount => _model.Graph.Node.Count;

    /// <summary>The names of the outputs.</summary>
    internal IEnumerable<string> Outputs => _model.Graph.Output.Select(output => output.Name);

    /// <summary>The types of the outputs' elements.</summary>
    internal IEnumerable<OnnxElementType> OutputTypes => _model.Graph.Output.Select(output => (OnnxElementType)output.Type.TensorType.ElemType);

    /// <summary>The same model with more outputs.</summary>
    /// <param name="names">Values whose shapes the model says.</param>
    internal OnnxModel WithOutputs(IEnumerable<string> names)
    {
        ModelProto model = _model.Clone();
        HashSet<string> asked = [.. names];
        model.Graph.Output.AddRange(model.Graph.ValueInfo.Where(value => asked.Contains(value.Name)));
        return new OnnxModel(model);
    }

    /// <summary>Writes the model to a file that appears under its name only when it is whole; replaces one that is there.</summary>
    /// <param name="path">The file's path; its folder must exist.</param>
    /// <exception cref="DirectoryNotFoundException">The file's folder doesn't exist.</exception>
    /// <exception cref="IOException">The file can't be written (disk full, path is a folder …); an older file stays as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder or file must not be written.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string target = Path.GetFullPath(path);
        if (Directory.Exists(target))
            throw new IOException($"The model can't be written to '{target}', which is a folder; give a file's name.");
        if (!Directory.Exists(Path.GetDirectoryName(target)))
            throw new DirectoryNotFoundException($"The model can't be written to '{target}': its folder doesn't exist.");
        string temporary = $"{target}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                Save(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes the model to a stream, which stays open.</summary>
    /// <param name="stream">The stream.</param>
    /// <exception cref="IOException">The stream can't be written.</exception>
    public void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _model.WriteTo(stream);
    }

    /// <summary>The bytes of the model's file.</summary>
    /// <returns>A new array.</returns>
    public byte[] ToBytes() => _model.ToByteArray();
}
