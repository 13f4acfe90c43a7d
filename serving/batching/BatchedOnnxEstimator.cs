using Microsoft.ML;
using MnistAdder.OnnxBatching.Columns;
using MnistAdder.OnnxBatching.Inference;
using MnistAdder.OnnxBatching.Models;
using MnistAdder.OnnxBatching.Stock;

namespace MnistAdder.OnnxBatching;

/// <summary>
/// Scores any ONNX model, many rows in each run where that gives what each row gives alone, where ML.NET's own <c>ApplyOnnxModel</c> runs
/// it once for every row.
/// </summary>
/// <remarks>
/// <para>
/// The rule: an answer is the one that stock ML.NET gives for that row, but for the rounding of sums of floats, or it is an error; and
/// getting it never takes much longer. Columns and their types are stock's.
/// </para>
/// <para>
/// Whether rows may be run together is followed through the model's graph, from the first dimension of its inputs to that of its
/// outputs. Where every operator on the way is known to pass each row by itself, rows are run together. Where rows are known to meet (a
/// softmax, a mean or batch normalization over the batch, detections of all rows in one list, a first dimension that is time or tokens,
/// or of a fixed size), and where numbers are drawn at random, every row is run alone, as stock does; <see
/// cref="BatchedOnnxTransformer.RowByRowReason"/> and <c>MLContext.Log</c> say why. Where it can't be told, <see
/// cref="InferenceOptions.RowCheck"/> says what is done: rows are compared as they come, which is a check and not a proof.
/// </para>
/// <para>Gaps of stock ML.NET that this closes:</para>
/// <list type="bullet">
/// <item>one row per run, whatever the model's batch dimension (dotnet/machinelearning#5928, closed without plans; #5293);</item>
/// <item>an input of the batch alone, [batch], takes a scalar column (stock feeds two dimensions and fails);</item>
/// <item>open dimensions take their sizes from the type of a vector column too;</item>
/// <item>floats of 16 bits, as Single columns; outputs without dimensions, as scalar columns; outputs without a declared type;</item>
/// <item>a first dimension that is declared 0 is the batch;</item>
/// <item>a CPU build that is asked for a GPU with a fallback falls back instead of failing with EntryPointNotFoundException.</item>
/// </list>
/// <para>
/// Faults that are ML.NET's own stay: a <c>PredictionEngine</c> serves one thread (one that several share gives wrong answers), and
/// <c>BinaryClassification.Evaluate</c> takes no vector column [N, 1].
/// </para>
/// </remarks>
public sealed class BatchedOnnxEstimator : IEstimator<BatchedOnnxTransformer>
{
    private readonly TransformsCatalog _catalog;
    private readonly OnnxBinding _binding;
    private readonly BatchedOnnxTransformer _transformer;

    internal BatchedOnnxEstimator(TransformsCatalog catalog, BatchedOnnxOptions options)
    {
        _catalog = catalog;
        (_transformer, _binding) = Create(catalog, ModelSource.From(options.ModelFile, options.ModelBytes), options);
    }

    /// <summary>Checks the data's schema and gives the transformer, the same one each time.</summary>
    /// <param name="input">The data; its rows aren't read.</param>
    /// <returns>The transformer, which the caller disposes of.</returns>
    /// <exception cref="ArgumentException">A column is missing or has another type or length than the model's input.</exception>
    public BatchedOnnxTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _transformer.GetOutputSchema(input.Schema);
        return _transformer;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A column is missing or has another type than the model's input.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        foreach (TensorSignature input in _binding.Inputs)
        {
            SchemaShape.Column column = inputSchema.FirstOrDefault(column => column.Name == input.Name);
            if (column.Name is null)
                throw OnnxColumnScorer.Missing(input);
            OnnxColumnScorer.CheckType(input, column.ItemType);
            if (column.Kind == SchemaShape.Column.VectorKind.Scalar && input.RowLength is > 1)
                throw new ArgumentException($"Column '{input.Name}' is a scalar; the model's input takes {input}.");
        }

        Dictionary<string, SchemaShape.Column> columns = inputSchema.ToDictionary(column => column.Name);
        foreach (OnnxOutput output in _binding.Outputs)
            columns[output.Column] = ElementKind.Of(output.Tensor)!.Describe(_catalog, output.Column, output.Type);
        return new SchemaShape(columns.Values);
    }

    /// <summary>Loads a model.</summary>
    internal static (BatchedOnnxTransformer Transformer, OnnxBinding Binding) Create(TransformsCatalog catalog, ModelSource source, BatchedOnnxOptions options)
    {
        var settings = MLContextSettings.Of(catalog);
        BatchSession session = BatchSession.Open(source, settings.Apply(options.Inference), out ModelOutline outline);
        try
        {
            if (session.Fallback is { } fallback && settings.GpuDeviceId is not null)
                settings.Warn(fallback);
            var binding = OnnxBinding.Create(
                session, outline, [.. options.Inputs.Select(pair => pair.Tensor)], [.. options.Outputs.Select(pair => pair.Tensor)], options.Shapes);
            var rows = RowIndependence.Of(session, outline, binding.Inputs, [.. binding.Outputs.Select(output => output.Tensor)], settings.Warn);
            session.SetRows(() => rows);
            if (rows.Alone is { } reason)
                settings.Inform($"The model '{session.Name}' runs row by row: {reason}.");
            return (new BatchedOnnxTransformer(session, binding, new StockModel(catalog, source, binding, options.Shapes, outline.HasExternalData)), binding);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }
}
