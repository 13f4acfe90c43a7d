using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.OnnxBatching.Inference;
using MnistAdder.OnnxBatching.Rows;
using MnistAdder.OnnxBatching.Tensors;

namespace MnistAdder.OnnxBatching.Columns;

/// <summary>A model's outputs as columns, under exactly the schema that stock ML.NET gives them.</summary>
internal sealed class OnnxColumnScorer : IColumnScorer
{
    // A guess at the length of a row with an open dimension, for the choice of a batch size.
    private const int OpenRowLength = 1024;

    private readonly BatchSession _session;
    private readonly (TensorSignature Tensor, DataViewSchema.Column Column)[] _inputs;
    private readonly IReadOnlyList<OnnxOutput> _outputs;

    /// <summary>Binds a model to a schema.</summary>
    /// <param name="session">The model.</param>
    /// <param name="binding">Its tensors.</param>
    /// <param name="inputSchema">The schema.</param>
    /// <exception cref="ArgumentException">A column is missing or has another type or length than the model's input.</exception>
    public OnnxColumnScorer(BatchSession session, OnnxBinding binding, DataViewSchema inputSchema)
    {
        _session = session;
        _inputs = [.. binding.Inputs.Select(tensor => Bind(tensor, inputSchema))];
        _outputs = binding.Outputs;
        InputSchema = inputSchema;
        OutputSchema = binding.Extend(inputSchema);
        Dependencies = [.. _inputs.Select(input => input.Column.Index)];
        BlockRows = session.BatchSize(_inputs.Select(input => input.Tensor).Concat(_outputs.Select(output => output.Tensor)).Sum(RowBytes));
    }

    /// <inheritdoc/>
    public DataViewSchema InputSchema { get; }

    /// <inheritdoc/>
    public DataViewSchema OutputSchema { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int> Dependencies { get; }

    /// <inheritdoc/>
    public int BlockRows { get; }

    /// <inheritdoc/>
    public int Workers => _session.Workers;

    /// <summary>What is wrong with a column for an input: it isn't there.</summary>
    public static ArgumentException Missing(TensorSignature tensor) => new($"Column '{tensor.Name}' is missing; the model's input of that name takes {tensor}.");

    /// <summary>Checks the type of a column's items.</summary>
    /// <exception cref="ArgumentException">The input takes another one.</exception>
    public static void CheckType(TensorSignature tensor, DataViewType itemType)
    {
        // A key column feeds a tensor of its raw type, as it does in stock ML.NET.
        DataViewType taken = ElementKind.Of(tensor)!.ItemType;
        if (itemType.RawType != taken.RawType)
            throw new ArgumentException($"Column '{tensor.Name}' holds {itemType}; the model's input takes {taken} ({tensor}).");
    }

    /// <inheritdoc/>
    public IScoringBlock CreateBlock(DataViewRow input, IReadOnlyList<int> outputs, int capacity) => new Block(
        _session,
        [.. _inputs.Select(source => ElementKind.Of(source.Tensor)!.CreateInput(source.Tensor, input, source.Column, capacity))],
        outputs.ToDictionary(output => output, output => CreateOutput(_outputs[output], capacity)));

    private OutputTensor CreateOutput(OnnxOutput output, int capacity) =>
        ElementKind.Of(output.Tensor)!.CreateOutput(output.Tensor, capacity, output.Type is not (VectorDataViewType or StructuredDataViewType), _session.Rows.IsCertain(output.Tensor.Name));

    private static long RowBytes(TensorSignature tensor) => (long)ElementKind.Of(tensor)!.Size * (tensor.ElementType is null ? 1 : tensor.RowLength ?? OpenRowLength);

    private static (TensorSignature Tensor, DataViewSchema.Column Column) Bind(TensorSignature tensor, DataViewSchema schema)
    {
        DataViewSchema.Column column = schema.GetColumnOrNull(tensor.Name) ?? throw Missing(tensor);
        CheckType(tensor, column.Type is VectorDataViewType { ItemType: var item } ? item : column.Type);
        TensorSignature sized = Sized(tensor, column.Type as VectorDataViewType);
        int length = column.Type is VectorDataViewType vector ? vector.Size : 1;
        if (length > 0 && sized.RowLength is { } expected && length != expected)
            throw new ArgumentException($"Column '{column.Name}' has {length} values in a row; the model's input takes {expected} ({tensor}).");
        return (sized, column);
    }

    // Open dimensions take the sizes of the column's type as far as it has them; one that is left takes what each row leaves for it.
    private static TensorSignature Sized(TensorSignature tensor, VectorDataViewType? vector)
    {
        if (tensor.OpenDimensions == 0)
            return tensor;
        int[] dimensions = vector is null ? [] : [.. vector.Dimensions];
        if (tensor.OpenDimensions == 1 && vector is { Size: > 0 })
        {
            long known = tensor.Dimensions.Skip(1).Where(size => size >= 0).Aggregate(1L, (product, size) => product * size) * Math.Max(1, tensor.Dimensions[0]);
            if (known == 0 || vector.Size % known != 0)
                throw new ArgumentException($"Column '{tensor.Name}' has {vector.Size} values in a row, which don't fit the model's input ({tensor}).");
            return tensor with { Dimensions = [.. tensor.Dimensions.Select((size, axis) => axis > 0 && size < 0 ? (int)(vector.Size / known) : size)] };
        }

        if (dimensions.Length == tensor.Dimensions.Count - 1)
            dimensions = [1, .. dimensions];
        bool fits = dimensions.Length == tensor.Dimensions.Count && !dimensions.Where((size, axis) => size > 0 && (tensor.Dimensions[axis] >= 0 || axis == 0) && size != Math.Abs(tensor.Dimensions[axis])).Any();
        TensorSignature sized = fits ? tensor with { Dimensions = [.. tensor.Dimensions.Select((size, axis) => axis > 0 && size < 0 && dimensions[axis] > 0 ? dimensions[axis] : size)] } : tensor;
        return sized.OpenDimensions <= 1 ? sized : throw new ArgumentException(
            $"The model leaves {tensor.OpenDimensions} dimensions of its input '{tensor.Name}' open ({tensor}), and the length of a row of column '{tensor.Name}' tells only one: "
            + $"give sizes by {nameof(BatchedOnnxOptions)}.{nameof(BatchedOnnxOptions.Shapes)}, or the column's type its dimensions.");
    }

    private sealed class Block(BatchSession session, ModelInput[] inputs, Dictionary<int, OutputTensor> outputs) : IScoringBlock
    {
        private readonly BatchRun _run = new(session, [.. inputs.Select(input => input.Rows)], [.. outputs.Values]);

        public void Read(int index)
        {
            foreach (ModelInput input in inputs)
                input.Read(index);
        }

        public void Score(int count) => _run.Run(count);

        public BlockColumn Column(int output) => outputs[output].Column;

        public void Dispose() => _run.Dispose();
    }
}
