using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.OnnxBatching.Columns;
using MnistAdder.OnnxBatching.Rows;
using MnistAdder.OnnxBatching.Stock;

namespace MnistAdder.OnnxBatching;

/// <summary>Applies an ONNX model to a data view, a batch of rows in each run. See <see cref="BatchedOnnxEstimator"/>.</summary>
/// <remarks>
/// Saved by <c>mlContext.Model.Save</c>, it is a stock ONNX transformer, which any ML.NET program loads;
/// <see cref="BatchedOnnxModel"/> brings this one back. A model that stock ML.NET couldn't read isn't saved: that is a
/// <see cref="NotSupportedException"/>.
/// </remarks>
public sealed class BatchedOnnxTransformer : ITransformer, IDisposable
{
    private readonly OnnxBinding _binding;
    private readonly StockModel _stock;

    internal BatchedOnnxTransformer(BatchSession session, OnnxBinding binding, StockModel stock)
    {
        Session = session;
        _binding = binding;
        _stock = stock;
    }

    /// <summary>The model that is run: says on which provider, and why not on CUDA.</summary>
    public BatchSession Session { get; }

    /// <summary>
    /// Why the model runs once for every row, as in stock ML.NET, a clause; <see langword="null"/> where it runs on batches. Where rows are
    /// checked, it may change while they are read.
    /// </summary>
    public string? RowByRowReason => Session.Rows.Alone;

    /// <summary>True: every row's results depend on that row alone.</summary>
    public bool IsRowToRowMapper => true;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Scorer(inputSchema).OutputSchema;

    /// <inheritdoc/>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new ScoredDataView(input, Scorer(input.Schema));
    }

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => new ScoredRowMapper(Scorer(inputSchema));

    /// <inheritdoc/>
    void ICanSaveModel.Save(ModelSaveContext ctx) => _stock.Save(ctx);

    /// <summary>Releases the model. Data views made by <see cref="Transform"/> can't be read any more.</summary>
    public void Dispose() => Session.Dispose();

    private OnnxColumnScorer Scorer(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new OnnxColumnScorer(Session, _binding, inputSchema);
    }
}
