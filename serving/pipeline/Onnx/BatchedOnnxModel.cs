using Microsoft.ML;
using Microsoft.ML.Transforms.Onnx;
using MnistAdder.Serving.Onnx;
using MnistAdder.Serving.Zip;

namespace MnistAdder.Serving;

/// <summary>Saved ML.NET models whose ONNX steps score in batches once they are loaded here, whoever saved them.</summary>
public static class BatchedOnnxModel
{
    /// <summary>Loads a model saved by <c>mlContext.Model.Save</c> and puts a batched transformer in the place of every ONNX one.</summary>
    /// <param name="mlContext">The context.</param>
    /// <param name="path">The zip file.</param>
    /// <param name="inference">Provider, batch size and threads of every ONNX step.</param>
    /// <returns>The model; disposable where it is a chain or an ONNX step.</returns>
    /// <exception cref="FileNotFoundException">The file doesn't exist.</exception>
    /// <exception cref="InvalidDataException">The file isn't a saved ML.NET model.</exception>
    /// <exception cref="InvalidOperationException">CUDA was asked for and can't be had.</exception>
    public static ITransformer Load(MLContext mlContext, string path, InferenceOptions? inference = null) =>
        Load(mlContext, path, out _, inference);

    /// <summary>Loads a model saved by <c>mlContext.Model.Save</c> and puts a batched transformer in the place of every ONNX one.</summary>
    /// <param name="mlContext">The context.</param>
    /// <param name="path">The zip file.</param>
    /// <param name="inputSchema">The schema that the model was saved with.</param>
    /// <param name="inference">Provider, batch size and threads of every ONNX step.</param>
    /// <returns>The model; disposable where it is a chain or an ONNX step.</returns>
    /// <exception cref="FileNotFoundException">The file doesn't exist.</exception>
    /// <exception cref="InvalidDataException">The file isn't a saved ML.NET model.</exception>
    /// <exception cref="InvalidOperationException">CUDA was asked for and can't be had.</exception>
    public static ITransformer Load(MLContext mlContext, string path, out DataViewSchema? inputSchema, InferenceOptions? inference = null)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentException.ThrowIfNullOrEmpty(path);
        InferenceOptions options = inference ?? InferenceOptions.Default;
        using ModelZip zip = ModelZip.Open(mlContext, path);
        inputSchema = zip.InputSchema;
        return zip.Rebuild((step, folder) => step is OnnxTransformer onnx ? Batch(onnx, zip.ReadOnnx(folder), path, options) : null);
    }

    internal static BatchedOnnxTransformer Batch(OnnxTransformer stock, byte[] model, string name, InferenceOptions options)
    {
        var session = BatchSession.FromBytes(model, name, options);
        // Sizes that the saved step gave to open dimensions are in its own record alone: such inputs run row by row where their shape
        // doesn't follow from the row's length.
        return new BatchedOnnxTransformer(stock, session, new BatchSignature(session, new Dictionary<string, int[]>()), options.BatchSize == 1);
    }
}
