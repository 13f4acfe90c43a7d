using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Transforms.Onnx;
using MnistAdder.OnnxBatching;
using MnistAdder.OnnxBatching.Inference;
using MnistAdder.OnnxBatching.Rows;
using MnistAdder.OnnxBatching.Stock;
using MnistAdder.Serving.DigitSums;

namespace MnistAdder.Serving;

/// <summary>
/// Digit-sum models as <c>model.zip</c>: a stock ML.NET pipeline that any ML.NET program loads, and beside it an entry that brings the
/// digit-sum transform back here.
/// </summary>
public static class DigitSumModel
{
    /// <summary>
    /// Writes the <c>model.zip</c> of a <c>model.onnx</c>: LoadImages → ResizeImages → ConvertToGrayscale → ExtractPixels →
    /// ApplyOnnxModel over a text column <c>path</c> and an Int64 column <c>number</c>. Loaded by stock ML.NET, it promises the
    /// digit-sum transform's answers for images with MNIST's own statistics: 28×28, grey, light on dark, full ink, centred by mass, the
    /// longer side 19 or 20 pixels.
    /// </summary>
    /// <param name="modelFile">The path of a <c>model.onnx</c>.</param>
    /// <param name="zipFile">The path of the zip file; it appears only when it is whole.</param>
    /// <param name="preparation">How the digit-sum transform prepares images once it is loaded.</param>
    /// <exception cref="FileNotFoundException">The ONNX file doesn't exist.</exception>
    /// <exception cref="InvalidDataException">The ONNX file is no digit-sum model.</exception>
    /// <exception cref="IOException">The zip file can't be written.</exception>
    public static void SaveZip(string modelFile, string zipFile, ImagePreparation preparation = ImagePreparation.Auto)
    {
        var mlContext = new MLContext();
        var options = new DigitSumOptions
        {
            ModelFile = modelFile,
            Preparation = preparation,
            Inference = new InferenceOptions { Provider = ExecutionProvider.Cpu },
        };
        DataViewSchema schema = StockDigitSumPipeline.DefaultSchema(options);
        using DigitSumTransformer transformer = mlContext.Transforms.ApplyDigitSumModel(options).Fit(new EmptyView(schema));
        Save(mlContext, transformer, schema, zipFile);
    }

    /// <summary>Saves a model with digit-sum transforms among its steps, or one that is nothing else.</summary>
    /// <param name="mlContext">The context.</param>
    /// <param name="model">The model.</param>
    /// <param name="inputSchema">The schema of its input.</param>
    /// <param name="zipFile">The path of the zip file; it appears only when it is whole.</param>
    /// <example>
    /// A digit-sum step and one of the program's own:
    /// <code>
    /// var pipeline = mlContext.Transforms.ApplyDigitSumModel("model.onnx").Append(mlContext.Transforms.CopyColumns("Total", "Sum"));
    /// using var model = pipeline.Fit(table);
    /// DigitSumModel.Save(mlContext, model, table.Schema, "mine.zip");
    /// </code>
    /// </example>
    /// <exception cref="NotSupportedException">An image column holds encoded files, which no stock transform decodes.</exception>
    /// <exception cref="IOException">The zip file can't be written.</exception>
    public static void Save(MLContext mlContext, ITransformer model, DataViewSchema inputSchema, string zipFile)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(zipFile);
        var entry = PreparationEntry.Of(DigitSums(model, ModelZip.Root));
        using var zip = new MemoryStream();
        mlContext.Model.Save(model, inputSchema, zip);
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Update, leaveOpen: true))
        using (var writer = new StreamWriter(archive.CreateEntry(PreparationEntry.Name).Open()))
            writer.Write(entry.ToText());
        AtomicFile.Write(zipFile, file => zip.WriteTo(file));
    }

    /// <summary>
    /// Loads a saved model: digit-sum transforms come back as they were saved by <see cref="Save"/> or <see cref="SaveZip"/>, and other
    /// ONNX steps score in batches, as <see cref="BatchedOnnxModel"/> loads them.
    /// </summary>
    /// <param name="mlContext">The context.</param>
    /// <param name="zipFile">The path of a zip file.</param>
    /// <param name="inference">Provider, batch size and threads of every model inside.</param>
    /// <returns>A <see cref="DigitSumTransformer"/> where the file is nothing else, or a chain with such steps; disposable either way.</returns>
    /// <exception cref="FileNotFoundException">The file doesn't exist.</exception>
    /// <exception cref="InvalidDataException">The file isn't a saved ML.NET model, or its entry can't be read.</exception>
    /// <exception cref="InvalidOperationException">CUDA was asked for and can't be had.</exception>
    public static ITransformer Load(MLContext mlContext, string zipFile, InferenceOptions? inference = null)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentException.ThrowIfNullOrEmpty(zipFile);
        InferenceOptions options = inference ?? InferenceOptions.Default;
        using ModelZip zip = ModelZip.Open(mlContext, zipFile);
        Dictionary<string, PreparationEntry.Transform> saved = zip.ReadText(PreparationEntry.Name) is { } text
            ? PreparationEntry.Parse(text, zipFile).Transforms.ToDictionary(transform => transform.Folder)
            : [];

        return zip.Rebuild((step, folder) =>
        {
            if (step is OnnxTransformer onnx)
                return BatchedOnnxModel.Batch(mlContext, onnx, zip.ReadOnnx(folder), zipFile, options);
            if (!saved.TryGetValue(folder, out PreparationEntry.Transform? transform))
                return null;

            // The pipeline's last step is the model.
            string last = ModelZip.Steps(step, folder).Select(inner => inner.Folder).LastOrDefault(folder);
            var source = new ModelSource.InMemory(zip.ReadOnnx(last), zipFile);
            var settings = MLContextSettings.Of(mlContext.Transforms);
            BatchSession session = DigitSumSession.Open(source, settings.Apply(options), settings.Warn);
            return new DigitSumTransformer(mlContext.Transforms, transform.ToOptions(options), source, session) { LoadedFrom = step };
        });
    }

    private static IEnumerable<(string Folder, DigitSumOptions Options)> DigitSums(ITransformer model, string folder) =>
        model is DigitSumTransformer transformer
            ? [(folder, transformer.Options)]
            : ModelZip.Steps(model, folder).SelectMany(step => DigitSums(step.Step, step.Folder));
}
