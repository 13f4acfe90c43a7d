using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Onnx;
using MnistAdder.Serving.Inference;
using MnistAdder.Serving.Onnx.Columns;
using MnistAdder.Serving.Rows;

namespace MnistAdder.Serving.Onnx;

/// <summary>A model's outputs as columns, under exactly the schema that stock ML.NET gives them.</summary>
internal sealed class OnnxColumnScorer : IColumnScorer
{
    // A guess at the length of a row with an open dimension, for the choice of a batch size.
    private const int OpenRowLength = 1024;

    private readonly BatchSession _session;
    private readonly (TensorSignature Tensor, DataViewSchema.Column Column)[] _inputs;
    private readonly TensorSignature[] _outputs;

    private OnnxColumnScorer(
        BatchSession session,
        DataViewSchema inputSchema,
        DataViewSchema outputSchema,
        (TensorSignature Tensor, DataViewSchema.Column Column)[] inputs,
        TensorSignature[] outputs)
    {
        _session = session;
        _inputs = inputs;
        _outputs = outputs;
        InputSchema = inputSchema;
        OutputSchema = outputSchema;
        Dependencies = [.. inputs.Select(input => input.Column.Index)];
        BlockRows = session.BatchSize(inputs.Select(input => input.Tensor).Concat(outputs).Sum(RowBytes));
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

    /// <summary>Binds a model to a schema.</summary>
    /// <param name="stock">Stock ML.NET's transformer of the same model: it knows the columns and checks their types.</param>
    /// <param name="session">The model.</param>
    /// <param name="signature">The model's tensors.</param>
    /// <param name="inputSchema">The schema.</param>
    /// <returns>The scorer, or <see langword="null"/> where this model has to run row by row.</returns>
    /// <exception cref="ArgumentException">A column is missing or has another type or length than the model's input.</exception>
    public static OnnxColumnScorer? TryCreate(OnnxTransformer stock, BatchSession session, BatchSignature signature, DataViewSchema inputSchema)
    {
        IRowToRowMapper mapper = ((ITransformer)stock).GetRowToRowMapper(inputSchema);
        DataViewSchema outputSchema = mapper.OutputSchema;
        DataViewSchema.Column[] added = [.. outputSchema.Skip(inputSchema.Count)];
        DataViewSchema.Column[] needed = [.. mapper.GetDependencies(added)];

        TensorSignature?[] inputs = [.. needed.Select(column => signature.Input(column.Name))];
        TensorSignature?[] outputs = [.. added.Select(column => signature.OutputOfColumn(column.Name))];
        if (!BatchSignature.CanBatch(inputs, outputs))
            return null;

        for (int i = 0; i < needed.Length; i++)
            CheckLength(needed[i], inputs[i]!);
        return new OnnxColumnScorer(session, inputSchema, outputSchema, [.. inputs.Zip(needed, (tensor, column) => (tensor!, column))], outputs!);
    }

    /// <inheritdoc/>
    public IScoringBlock CreateBlock(DataViewRow input, IReadOnlyList<int> outputs, int capacity) => new Block(
        _session,
        [.. _inputs.Select(source => ElementKind.Of(source.Tensor)!.CreateInput(source.Tensor, input, source.Column, capacity))],
        outputs.ToDictionary(output => output, output => ElementKind.Of(_outputs[output])!.CreateOutput(_outputs[output], capacity)));

    private static long RowBytes(TensorSignature tensor) => (long)ElementKind.Of(tensor)!.Size * (tensor.RowLength ?? OpenRowLength);

    private static void CheckLength(DataViewSchema.Column column, TensorSignature tensor)
    {
        int length = column.Type is VectorDataViewType vector ? vector.Size : 1;
        if (length > 0 && tensor.RowLength is { } expected && length != expected)
            throw new ArgumentException($"Column '{column.Name}' has {length} values in a row; the model's input takes {expected} ({tensor}).");
    }

    private sealed class Block(BatchSession session, ModelInput[] inputs, Dictionary<int, Inference.Tensors.OutputTensor> outputs) : IScoringBlock
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
