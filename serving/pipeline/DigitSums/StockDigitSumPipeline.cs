using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Microsoft.ML.Transforms.Onnx;
using MnistAdder.OnnxBatching.Inference;
using MnistAdder.OnnxBatching.Rows;
using MnistAdder.OnnxBatching.Stock;

namespace MnistAdder.Serving.DigitSums;

/// <summary>
/// The pipeline of stock ML.NET transforms that comes closest to the digit-sum transform: the same answers for images with MNIST's own
/// statistics, see <see cref="ImagePreparation.Auto"/>, light on dark, in columns under the tensors' names. It prepares no others.
/// </summary>
internal sealed class StockDigitSumPipeline : IDisposable
{
    private const string Picture = "picture";

    private readonly ModelFile _file;

    private StockDigitSumPipeline(ITransformer transformer, ModelFile file)
    {
        Transformer = transformer;
        _file = file;
    }

    /// <summary>LoadImages → ResizeImages → ConvertToGrayscale → ExtractPixels → ApplyOnnxModel, as far as the image column needs them.</summary>
    public ITransformer Transformer { get; }

    /// <summary>Makes the pipeline.</summary>
    /// <param name="catalog">Stock ML.NET's transforms.</param>
    /// <param name="options">The columns.</param>
    /// <param name="source">The model.</param>
    /// <param name="schema">The data's schema; paths and integers where it isn't known.</param>
    /// <exception cref="NotSupportedException">The image column holds encoded files, which no stock transform decodes.</exception>
    public static StockDigitSumPipeline Create(TransformsCatalog catalog, DigitSumOptions options, ModelSource source, DataViewSchema? schema)
    {
        schema ??= DefaultSchema(options);
        ModelFile file = source.ToFile(MLContextSettings.Of(catalog).TempFilePath);
        try
        {
            var chain = new EstimatorChain<ITransformer>();
            chain = AppendImage(chain, catalog, options, DigitSumSchema.Image(options, schema));
            chain = AppendNumber(chain, catalog, DigitSumSchema.Number(options, schema));
            chain = chain.Append<ITransformer>(MLContextSettings.OnProcessor(catalog, () => catalog.ApplyOnnxModel(new OnnxOptions
            {
                ModelFile = file.Path,
                InputColumns = [ModelContract.Image, ModelContract.Number],
                OutputColumns = [ModelContract.Digit, ModelContract.DigitProbabilities, ModelContract.Sum, ModelContract.SumProbabilities],
                IntraOpNumThreads = 1,
                InterOpNumThreads = 1,
            })));
            return new StockDigitSumPipeline(chain.Fit(new EmptyView(schema)), file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>A text column with paths and an Int64 column with numbers.</summary>
    public static DataViewSchema DefaultSchema(DigitSumOptions options)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn(options.ImageColumn, TextDataViewType.Instance);
        builder.AddColumn(options.NumberColumn, NumberDataViewType.Int64);
        return builder.ToSchema();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        (Transformer as IDisposable)?.Dispose();
        _file.Dispose();
    }

    private static EstimatorChain<ITransformer> AppendImage(
        EstimatorChain<ITransformer> chain, TransformsCatalog catalog, DigitSumOptions options, DataViewSchema.Column column)
    {
        switch (column.Type)
        {
            case VectorDataViewType { Size: MnistGeometry.PixelCount }:
                return column.Name == ModelContract.Image ? chain : chain.Append<ITransformer>(catalog.CopyColumns(ModelContract.Image, column.Name));
            case VectorDataViewType:
                throw new NotSupportedException(
                    $"A pipeline over encoded images in column '{column.Name}' can't be saved: no stock ML.NET transform decodes them. "
                    + "Save one over file paths, or keep the ONNX file.");
            case ImageDataViewType:
                return AppendPixels(chain, catalog, column.Name);
            default:
                // A null folder leaves paths relative to the working directory of the program that loads the model.
                chain = chain.Append<ITransformer>(catalog.LoadImages(Picture, options.ImageFolder, column.Name));
                return AppendPixels(chain, catalog, Picture);
        }
    }

    private static EstimatorChain<ITransformer> AppendPixels(EstimatorChain<ITransformer> chain, TransformsCatalog catalog, string column) => chain
        .Append<ITransformer>(catalog.ResizeImages(Picture, MnistGeometry.Side, MnistGeometry.Side, column))
        .Append<ITransformer>(catalog.ConvertToGrayscale(Picture))
        .Append<ITransformer>(catalog.ExtractPixels(
            ModelContract.Image, Picture, ImagePixelExtractingEstimator.ColorBits.Red, outputAsFloatArray: false));

    private static EstimatorChain<ITransformer> AppendNumber(
        EstimatorChain<ITransformer> chain, TransformsCatalog catalog, DataViewSchema.Column column)
    {
        if (column.Name == ModelContract.Number && column.Type == NumberDataViewType.Int64)
            return chain;

        // Stock has no way from unsigned integers to signed ones but through text.
        string source = column.Name;
        if (column.Type == NumberDataViewType.Byte || column.Type == NumberDataViewType.UInt16
            || column.Type == NumberDataViewType.UInt32 || column.Type == NumberDataViewType.UInt64)
        {
            source = ModelContract.Number;
            chain = chain.Append<ITransformer>(catalog.Conversion.ConvertType(source, column.Name, DataKind.String));
        }

        return chain.Append<ITransformer>(catalog.Conversion.ConvertType(ModelContract.Number, source, DataKind.Int64));
    }
}
