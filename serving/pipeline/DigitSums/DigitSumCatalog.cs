using Microsoft.ML;
using MnistAdder.OnnxBatching;

namespace MnistAdder.Serving;

/// <summary>The digit-sum transform among <c>mlContext.Transforms</c>.</summary>
public static class DigitSumCatalog
{
    /// <summary>Reads the digit in an image and adds a number to it.</summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="modelFile">The path of a <c>model.onnx</c>.</param>
    /// <param name="imageColumn">The column with the image; see <see cref="DigitSumOptions.ImageColumn"/>.</param>
    /// <param name="numberColumn">The column with the number; see <see cref="DigitSumOptions.NumberColumn"/>.</param>
    /// <param name="preparation">How images are brought to the model's geometry.</param>
    /// <param name="inference">Provider, batch size and threads.</param>
    /// <returns>The estimator; see <see cref="DigitSumEstimator"/>.</returns>
    /// <exception cref="FileNotFoundException">The file doesn't exist.</exception>
    /// <exception cref="InvalidDataException">The file is no digit-sum model.</exception>
    /// <exception cref="InvalidOperationException">CUDA was asked for and can't be had.</exception>
    /// <example>
    /// Images by their paths, as many at once as there are cores:
    /// <code>
    /// var mlContext = new MLContext();
    /// IDataView table = mlContext.Data.LoadFromTextFile&lt;Row&gt;("samples.csv", separatorChar: ',', hasHeader: true);
    /// using DigitSumTransformer model = mlContext.Transforms.ApplyDigitSumModel("model.onnx").Fit(table);
    /// foreach (long sum in model.Transform(table).GetColumn&lt;long&gt;("Sum"))
    ///     Console.WriteLine(sum);
    /// </code>
    /// </example>
    public static DigitSumEstimator ApplyDigitSumModel(
        this TransformsCatalog catalog,
        string modelFile,
        string imageColumn = "path",
        string numberColumn = ModelContract.Number,
        ImagePreparation preparation = ImagePreparation.Auto,
        InferenceOptions? inference = null) => ApplyDigitSumModel(catalog, new DigitSumOptions
        {
            ModelFile = modelFile,
            ImageColumn = imageColumn,
            NumberColumn = numberColumn,
            Preparation = preparation,
            Inference = inference ?? InferenceOptions.Default,
        });

    /// <summary>Reads the digit in an image and adds a number to it.</summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="options">The model, its columns and how it is run.</param>
    /// <returns>The estimator; see <see cref="DigitSumEstimator"/>.</returns>
    /// <exception cref="ArgumentException">Neither or both of file and bytes are given.</exception>
    /// <exception cref="FileNotFoundException">The file doesn't exist.</exception>
    /// <exception cref="InvalidDataException">The file is no digit-sum model.</exception>
    /// <exception cref="InvalidOperationException">CUDA was asked for and can't be had.</exception>
    /// <example>
    /// Encoded images from a database, with results under names of one's own:
    /// <code>
    /// var pipeline = mlContext.Transforms.ApplyDigitSumModel(new DigitSumOptions
    /// {
    ///     ModelFile = "model.onnx",
    ///     ImageColumn = "Scan",
    ///     NumberColumn = "Addend",
    ///     Columns = new DigitSumColumns { Sum = "Total" },
    /// });
    /// </code>
    /// </example>
    public static DigitSumEstimator ApplyDigitSumModel(this TransformsCatalog catalog, DigitSumOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new DigitSumEstimator(catalog, options);
    }
}
