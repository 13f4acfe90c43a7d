using MnistAdder.Serving.Onnx.Columns;

namespace MnistAdder.Serving.Onnx;

/// <summary>A model's tensors as this transform sees them, with the sizes that the user gave to open dimensions.</summary>
internal sealed class BatchSignature
{
    private readonly Dictionary<string, TensorSignature> _inputs;
    private readonly Dictionary<string, TensorSignature> _outputs;

    /// <summary>Reads a session's tensors.</summary>
    /// <param name="session">The model.</param>
    /// <param name="shapes">Sizes for open dimensions, by tensor name.</param>
    /// <exception cref="ArgumentException">A shape doesn't fit the tensor's.</exception>
    public BatchSignature(BatchSession session, IReadOnlyDictionary<string, int[]> shapes)
    {
        TensorSignature Sized(TensorSignature tensor) => shapes.TryGetValue(tensor.Name, out int[]? shape) ? tensor.WithShape(shape) : tensor;
        _inputs = session.Inputs.Select(Sized).ToDictionary(tensor => tensor.Name);
        _outputs = session.Outputs.Select(Sized).ToDictionary(tensor => tensor.Name);
    }

    /// <summary>An input by its name.</summary>
    public TensorSignature? Input(string name) => _inputs.GetValueOrDefault(name);

    /// <summary>
    /// The output that a column of stock ML.NET belongs to: it takes the suffix <c>.output</c>, which ML.NET's own exporter gives to
    /// tensors, off a column's name.
    /// </summary>
    public TensorSignature? OutputOfColumn(string column) => _outputs.Values.FirstOrDefault(tensor => ColumnOf(tensor.Name) == column);

    /// <summary>The name that stock ML.NET gives to the column of an output.</summary>
    public static string ColumnOf(string tensor)
    {
        const string Suffix = ".output";
        return tensor.EndsWith(Suffix, StringComparison.Ordinal) ? tensor.Replace(Suffix, "", StringComparison.Ordinal) : tensor;
    }

    /// <summary>Whether rows can be stacked.</summary>
    /// <param name="inputs">Names of inputs.</param>
    /// <param name="outputs">Names of outputs.</param>
    public bool CanBatch(IEnumerable<string> inputs, IEnumerable<string> outputs) =>
        CanBatch(inputs.Select(Input), outputs.Select(_outputs.GetValueOrDefault));

    /// <summary>
    /// Whether rows can be stacked: every tensor's first dimension is open, and an input's row shape follows from the row's length.
    /// </summary>
    public static bool CanBatch(IEnumerable<TensorSignature?> inputs, IEnumerable<TensorSignature?> outputs) =>
        inputs.All(input => input is { IsBatched: true, OpenDimensions: <= 1 } && ElementKind.Of(input) is not null)
        && outputs.All(output => output is { IsBatched: true } && ElementKind.Of(output) is not null);
}
