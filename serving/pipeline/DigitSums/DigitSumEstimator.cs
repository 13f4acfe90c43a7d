using Microsoft.ML;
using MnistAdder.OnnxBatching;
using MnistAdder.OnnxBatching.Inference;
using MnistAdder.OnnxBatching.Stock;
using MnistAdder.Serving.DigitSums;

namespace MnistAdder.Serving;

/// <summary>
/// Reads the digit in an image, adds a number to it, and says how sure it is: image and number columns in, the columns of
/// <see cref="DigitSumColumns"/> out.
/// </summary>
/// <remarks>
/// <para>
/// A row that can't be scored (missing file, not an image, number outside 0…9) says why in its error column, has digit and sum −1
/// and probabilities NaN, and doesn't disturb its neighbours. An exception ends the enumeration only where the input itself throws.
/// </para>
/// <para>Files are read and decoded on all cores while other batches are in the model; rows keep their order.</para>
/// </remarks>
public sealed class DigitSumEstimator : IEstimator<DigitSumTransformer>
{
    private readonly TransformsCatalog _catalog;
    private readonly DigitSumOptions _options;
    private readonly ModelSource _source;
    private readonly BatchSession _session;

    internal DigitSumEstimator(TransformsCatalog catalog, DigitSumOptions options)
    {
        _catalog = catalog;
        _options = options;
        _source = ModelSource.From(options.ModelFile, options.ModelBytes);
        var settings = MLContextSettings.Of(catalog);
        _session = DigitSumSession.Open(_source, settings.Apply(options.Inference), settings.Warn);
    }

    /// <summary>Checks the data's schema and gives a transformer; all of them share the estimator's model.</summary>
    /// <param name="input">The data; its rows aren't read.</param>
    /// <returns>The transformer, which the caller disposes of.</returns>
    /// <exception cref="ArgumentException">A column is missing or has a type that doesn't fit.</exception>
    public DigitSumTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var transformer = new DigitSumTransformer(_catalog, _options, _source, _session) { FittedSchema = input.Schema };
        transformer.GetOutputSchema(input.Schema);
        return transformer;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A column is missing or has a type that doesn't fit.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return DigitSumSchema.Extend(_catalog, _options, inputSchema);
    }
}
