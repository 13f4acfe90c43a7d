using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.OnnxBatching;
using MnistAdder.OnnxBatching.Inference;
using MnistAdder.OnnxBatching.Rows;
using MnistAdder.Serving.DigitSums;

namespace MnistAdder.Serving;

/// <summary>Reads the digit in an image and adds a number to it. See <see cref="DigitSumEstimator"/>.</summary>
/// <remarks>
/// <c>mlContext.Model.Save</c> writes the stock pipeline that comes closest, which any ML.NET program loads and which promises the
/// same answers for images with MNIST's own statistics: 28×28, grey, light on dark, full ink, centred by mass, the longer side 19 or 20
/// pixels. <see cref="DigitSumModel.Save"/> adds what brings this transformer back.
/// </remarks>
public sealed class DigitSumTransformer : ITransformer, IDisposable
{
    private readonly TransformsCatalog _catalog;
    private readonly ModelSource _source;

    internal DigitSumTransformer(TransformsCatalog catalog, DigitSumOptions options, ModelSource source, BatchSession session)
    {
        _catalog = catalog;
        _source = source;
        Options = options;
        Session = session;
    }

    /// <summary>The columns, and how images are prepared.</summary>
    public DigitSumOptions Options { get; }

    /// <summary>The model that is run: says on which provider, and why not on CUDA.</summary>
    public BatchSession Session { get; }

    /// <summary>True: every row's results depend on that row alone.</summary>
    public bool IsRowToRowMapper => true;

    // The types of the columns in the data that the transform was fitted to: what a saved stock pipeline has to begin with.
    internal DataViewSchema? FittedSchema { get; init; }

    // The stock pipeline that the transform was loaded from: it is saved as that again.
    internal ITransformer? LoadedFrom { get; init; }

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return Scorer(inputSchema).OutputSchema;
    }

    /// <inheritdoc/>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new ScoredDataView(input, Scorer(input.Schema));
    }

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new ScoredRowMapper(Scorer(inputSchema));
    }

    /// <inheritdoc/>
    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        if (LoadedFrom is not null)
        {
            ((ICanSaveModel)LoadedFrom).Save(ctx);
            return;
        }

        using StockDigitSumPipeline stock = StockDigitSumPipeline.Create(_catalog, Options, _source, FittedSchema);
        ((ICanSaveModel)stock.Transformer).Save(ctx);
    }

    /// <summary>Releases the model. Data views made by <see cref="Transform"/> can't be read any more.</summary>
    public void Dispose()
    {
        Session.Dispose();
        (LoadedFrom as IDisposable)?.Dispose();
    }

    private DigitSumScorer Scorer(DataViewSchema inputSchema) => new(Session, Options, inputSchema);
}
