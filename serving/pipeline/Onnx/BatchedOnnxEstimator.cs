using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Onnx;
using MnistAdder.Serving.Inference;
using MnistAdder.Serving.Onnx;
using MnistAdder.Serving.Onnx.Columns;

namespace MnistAdder.Serving;

/// <summary>
/// Scores an ONNX model whose first dimension is the batch, many rows in each run, where ML.NET's own <c>ApplyOnnxModel</c> runs it
/// once for every row.
/// </summary>
/// <remarks>
/// <para>
/// Columns, types and values are those of stock ML.NET; a model that can't be batched (a sequence or map among its outputs, a first
/// dimension of fixed size, several open dimensions without given sizes) runs row by row in the stock transformer. Rows must stand
/// for themselves in the model, as they do in nearly every network that is exported for inference.
/// </para>
/// <para>Gaps of stock ML.NET that this closes:</para>
/// <list type="bullet">
/// <item>one row per run, whatever the model's batch dimension (dotnet/machinelearning#5928, closed without plans; #5293);</item>
/// <item>an input of the batch alone, [batch], takes a scalar column (stock feeds two dimensions and fails);</item>
/// <item>an open dimension takes its size from a vector of known length too;</item>
/// <item>a CPU build that is asked for a GPU with a fallback falls back instead of failing with EntryPointNotFoundException.</item>
/// </list>
/// </remarks>
public sealed class BatchedOnnxEstimator : IEstimator<BatchedOnnxTransformer>
{
    private readonly OnnxScoringEstimator _stock;
    private readonly BatchSignature _signature;
    private readonly Lock _gate = new();
    private readonly BatchSession _session;
    private readonly ModelFile _file;
    private readonly string[] _inputs;
    private readonly bool _rowByRow;
    private BatchedOnnxTransformer? _transformer;

    internal BatchedOnnxEstimator(TransformsCatalog catalog, BatchedOnnxOptions options)
    {
        var source = ModelSource.From(options.ModelFile, options.ModelBytes);
        _session = source.Open(options.Inference);
        ModelFile? file = null;
        try
        {
            _signature = new BatchSignature(_session, options.Shapes);
            _inputs = Names(options.Inputs, _session.Inputs);
            string[] outputs = Names(options.Outputs, _session.Outputs);
            CheckOutputs(outputs);
            _rowByRow = options.Inference.BatchSize == 1 || !_signature.CanBatch(_inputs, outputs);

            file = source.ToFile();
            _stock = catalog.ApplyOnnxModel(new OnnxOptions
            {
                ModelFile = file.Path,
                InputColumns = _inputs,
                OutputColumns = outputs,
                ShapeDictionary = options.Shapes.ToDictionary(),
                GpuDeviceId = _rowByRow && _session.Provider == ExecutionProvider.Cuda ? options.Inference.DeviceId : null,
                IntraOpNumThreads = options.Inference.IntraOpThreads,
                InterOpNumThreads = 1,
            });
            _file = file;
        }
        catch
        {
            _session.Dispose();
            file?.Dispose();
            throw;
        }
    }

    /// <summary>Checks the data's schema and gives the transformer, the same one each time.</summary>
    /// <param name="input">The data; its rows aren't read.</param>
    /// <returns>The transformer, which the caller disposes of.</returns>
    /// <exception cref="ArgumentException">A column is missing or has another type or length than the model's input.</exception>
    public BatchedOnnxTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        foreach (string name in _inputs)
        {
            DataViewSchema.Column column = input.Schema.GetColumnOrNull(name) ?? throw Missing(name);
            CheckType(name, column.Type is VectorDataViewType vector ? vector.ItemType : column.Type);
        }

        OnnxTransformer stock = _stock.Fit(input);
        lock (_gate)
            _transformer ??= new BatchedOnnxTransformer(stock, _session, _signature, _rowByRow, _file);
        _transformer.GetOutputSchema(input.Schema);
        return _transformer;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A column is missing or has another type than the model's input.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        foreach (string name in _inputs)
        {
            SchemaShape.Column column = inputSchema.FirstOrDefault(column => column.Name == name);
            if (column.Name is null)
                throw Missing(name);
            CheckType(name, column.ItemType);
            if (column.Kind == SchemaShape.Column.VectorKind.Scalar && _signature.Input(name)?.RowLength is > 1)
                throw new ArgumentException($"Column '{name}' is a scalar; the model's input takes {_signature.Input(name)}.");
        }

        return _stock.GetOutputSchema(inputSchema);
    }

    private static string[] Names(IReadOnlyList<TensorColumn> wanted, IReadOnlyList<TensorSignature> all) =>
        wanted.Count > 0 ? [.. wanted.Select(pair => pair.Tensor)] : [.. all.Select(tensor => tensor.Name)];

    private void CheckOutputs(string[] outputs)
    {
        foreach (string name in outputs)
        {
            if (_session.Outputs.All(output => output.Name != name))
            {
                string known = string.Join(", ", _session.Outputs.Select(output => $"'{output.Name}'"));
                throw new ArgumentException($"The model '{_session.Name}' has no output '{name}'; it has {known}.");
            }
        }
    }

    private ArgumentException Missing(string name) =>
        new($"Column '{name}' is missing; the model's input of that name takes {_signature.Input(name)}.");

    // A key column feeds a tensor of its raw type, as it does in stock ML.NET.
    private void CheckType(string name, DataViewType itemType)
    {
        if (_signature.Input(name) is { } tensor && ElementKind.Of(tensor) is { } kind && itemType.RawType != kind.ItemType.RawType)
            throw new ArgumentException($"Column '{name}' holds {itemType}; the model's input takes {kind.ItemType} ({tensor}).");
    }
}
