using Microsoft.ML;
using Microsoft.ML.Transforms.Onnx;
using MnistAdder.OnnxBatching.Inference;
using MnistAdder.OnnxBatching.Stock;

namespace MnistAdder.OnnxBatching;

/// <summary>Saved ML.NET models whose ONNX steps score in batches once they are loaded here, whoever saved them.</summary>
public static class BatchedOnnxModel
{
    /// <summary>Loads a model saved by <c>mlContext.Model.Save</c> and puts a batched transformer in the place of every ONNX one.</summary>
    /// <param name="mlContext">The context.</param>
    /// <param name="zipFile">The path of a zip file.</param>
    /// <returns>The model; disposable where it is a chain or an ONNX step.</returns>
    /// <exception cref="FileNotFoundException">The file doesn't exist.</exception>
    /// <exception cref="InvalidDataException">The file isn't a saved ML.NET model.</exception>
    /// <example>
    /// <code>
    /// ITransformer model = BatchedOnnxModel.Load(mlContext, "model.zip");
    /// IDataView scored = model.Transform(table);
    /// </code>
    /// </example>
    public static ITransformer Load(MLContext mlContext, string zipFile) => Load(mlContext, zipFile, InferenceOptions.Default, out _);

    /// <summary>Loads a model saved by <c>mlContext.Model.Save</c> and puts a batched transformer in the place of every ONNX one.</summary>
    /// <param name="mlContext">The context.</param>
    /// <param name="zipFile">The path of a zip file.</param>
    /// <param name="inference">Provider, batch size and threads of every ONNX step.</param>
    /// <returns>The model; disposable where it is a chain or an ONNX step.</returns>
    /// <exception cref="FileNotFoundException">The file doesn't exist.</exception>
    /// <exception cref="InvalidDataException">The file isn't a saved ML.NET model.</exception>
    /// <exception cref="InvalidOperationException">CUDA was asked for and can't be had.</exception>
    public static ITransformer Load(MLContext mlContext, string zipFile, InferenceOptions inference) => Load(mlContext, zipFile, inference, out _);

    /// <summary>Loads a model saved by <c>mlContext.Model.Save</c> and puts a batched transformer in the place of every ONNX one.</summary>
    /// <param name="mlContext">The context.</param>
    /// <param name="zipFile">The path of a zip file.</param>
    /// <param name="inference">Provider, batch size and threads of every ONNX step.</param>
    /// <param name="inputSchema">The schema that the model was saved with.</param>
    /// <returns>The model; disposable where it is a chain or an ONNX step.</returns>
    /// <exception cref="FileNotFoundException">The file doesn't exist.</exception>
    /// <exception cref="InvalidDataException">The file isn't a saved ML.NET model.</exception>
    /// <exception cref="InvalidOperationException">CUDA was asked for and can't be had.</exception>
    public static ITransformer Load(MLContext mlContext, string zipFile, InferenceOptions inference, out DataViewSchema? inputSchema)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentException.ThrowIfNullOrEmpty(zipFile);
        ArgumentNullException.ThrowIfNull(inference);
        using ModelZip zip = ModelZip.Open(mlContext, zipFile);
        inputSchema = zip.InputSchema;
        return zip.Rebuild((step, folder) => step is OnnxTransformer onnx ? Batch(mlContext, onnx, zip.ReadOnnx(folder), zipFile, inference) : null);
    }

    // The stock transformer has done its service: it knows what was saved with it.
    internal static BatchedOnnxTransformer Batch(MLContext mlContext, OnnxTransformer stock, byte[] model, string name, InferenceOptions inference)
    {
        (string[] inputs, string[] outputs, Dictionary<string, int[]> shapes) = MLContextSettings.Of(stock);
        stock.Dispose();
        var options = new BatchedOnnxOptions { Inputs = [.. inputs.Select(TensorColumn.FromString)], Outputs = [.. outputs.Select(TensorColumn.FromString)], Shapes = shapes, Inference = inference };
        return BatchedOnnxEstimator.Create(mlContext.Transforms, new ModelSource.InMemory(model, name), options).Transformer;
    }
}
