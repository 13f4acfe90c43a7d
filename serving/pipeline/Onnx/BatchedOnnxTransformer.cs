using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Onnx;
using MnistAdder.Serving.Inference;
using MnistAdder.Serving.Onnx;
using MnistAdder.Serving.Rows;

namespace MnistAdder.Serving;

/// <summary>Applies an ONNX model to a data view, a batch of rows in each run. See <see cref="BatchedOnnxEstimator"/>.</summary>
/// <remarks>
/// Saved by <c>mlContext.Model.Save</c>, it is a stock ONNX transformer, which any ML.NET program loads;
/// <see cref="BatchedOnnxModel"/> brings this one back.
/// </remarks>
public sealed class BatchedOnnxTransformer : ITransformer, IDisposable
{
    private readonly OnnxTransformer _stock;
    private readonly BatchSignature _signature;
    private readonly bool _rowByRow;
    private readonly ModelFile? _stockFile;

    internal BatchedOnnxTransformer(
        OnnxTransformer stock, BatchSession session, BatchSignature signature, bool rowByRow, ModelFile? stockFile = null)
    {
        _stock = stock;
        _signature = signature;
        _rowByRow = rowByRow;
        _stockFile = stockFile;
        Session = session;
    }

    /// <summary>The model that is run: says on which provider, and why not on CUDA.</summary>
    public BatchSession Session { get; }

    /// <summary>True: every row's results depend on that row alone.</summary>
    public bool IsRowToRowMapper => true;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return Scorer(inputSchema)?.OutputSchema ?? _stock.GetOutputSchema(inputSchema);
    }

    /// <inheritdoc/>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Scorer(input.Schema) is { } scorer ? new ScoredDataView(input, scorer) : _stock.Transform(input);
    }

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return Scorer(inputSchema) is { } scorer ? new ScoredRowMapper(scorer) : ((ITransformer)_stock).GetRowToRowMapper(inputSchema);
    }

    /// <inheritdoc/>
    void ICanSaveModel.Save(ModelSaveContext ctx) => ((ICanSaveModel)_stock).Save(ctx);

    /// <summary>Releases the model. Data views made by <see cref="Transform"/> can't be read any more.</summary>
    public void Dispose()
    {
        Session.Dispose();
        _stock.Dispose();
        _stockFile?.Dispose();
    }

    private OnnxColumnScorer? Scorer(DataViewSchema inputSchema) =>
        _rowByRow ? null : OnnxColumnScorer.TryCreate(_stock, Session, _signature, inputSchema);
}
