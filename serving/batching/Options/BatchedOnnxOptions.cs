namespace MnistAdder.OnnxBatching;

/// <summary>A model and how it is applied to a data view. One of <see cref="ModelFile"/> and <see cref="ModelBytes"/> is set.</summary>
public sealed record BatchedOnnxOptions
{
    /// <summary>The path of an ONNX file.</summary>
    public string? ModelFile { get; init; }

    /// <summary>The contents of an ONNX file.</summary>
    public byte[]? ModelBytes { get; init; }

    /// <summary>The model's inputs and their columns; all of the model's inputs under their own names where empty.</summary>
    public IReadOnlyList<TensorColumn> Inputs { get; init; } = [];

    /// <summary>The model's outputs that are wanted and their columns; all of them under their own names where empty.</summary>
    public IReadOnlyList<TensorColumn> Outputs { get; init; } = [];

    /// <summary>
    /// Sizes for dimensions that the model leaves open, by tensor name, the batch included as 1: stock ML.NET's
    /// <c>shapeDictionary</c>. Without it, one open dimension is taken from the length of each row.
    /// </summary>
    public IReadOnlyDictionary<string, int[]> Shapes { get; init; } = new Dictionary<string, int[]>();

    /// <summary>Provider, batch size and threads. Batch size 1 runs row by row, as stock ML.NET does.</summary>
    public InferenceOptions Inference { get; init; } = InferenceOptions.Default;
}

/// <summary>A model's tensor and the data view's column that belongs to it.</summary>
/// <param name="Tensor">The tensor's name in the model.</param>
/// <param name="Column">The column's name.</param>
public readonly record struct TensorColumn(string Tensor, string Column)
{
    /// <summary>A tensor and the column of the same name.</summary>
    /// <param name="name">Both names.</param>
    public static implicit operator TensorColumn(string name) => FromString(name);

    /// <summary>A tensor and the column of the same name.</summary>
    /// <param name="name">Both names.</param>
    /// <returns>The pair.</returns>
    public static TensorColumn FromString(string name) => new(name, name);
}
