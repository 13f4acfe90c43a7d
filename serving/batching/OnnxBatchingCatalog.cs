using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.OnnxBatching.Columns;

namespace MnistAdder.OnnxBatching;

/// <summary>Batched ONNX scoring among <c>mlContext.Transforms</c>.</summary>
public static class OnnxBatchingCatalog
{
    /// <summary>Scores all outputs of a model over columns that are named as its inputs, many rows in each run.</summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="modelFile">The path of an ONNX file.</param>
    /// <returns>The estimator; see <see cref="BatchedOnnxEstimator"/>.</returns>
    /// <exception cref="FileNotFoundException">The file doesn't exist.</exception>
    /// <exception cref="InvalidDataException">The file is no model that ONNX Runtime can load.</exception>
    /// <example>
    /// Reads what a model gives for every row of a table, whose columns are named as the model's inputs:
    /// <code>
    /// var mlContext = new MLContext();
    /// using BatchedOnnxTransformer model = mlContext.Transforms.ApplyOnnxModelBatched("model.onnx").Fit(table);
    /// foreach (float[] scores in model.Transform(table).GetColumn&lt;float[]&gt;("scores"))
    ///     Console.WriteLine(scores.Max());
    /// </code>
    /// </example>
    public static BatchedOnnxEstimator ApplyOnnxModelBatched(this TransformsCatalog catalog, string modelFile) =>
        ApplyOnnxModelBatched(catalog, modelFile, InferenceOptions.Default);

    /// <summary>Scores all outputs of a model over columns that are named as its inputs, many rows in each run.</summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="modelFile">The path of an ONNX file.</param>
    /// <param name="inference">Provider, batch size and threads.</param>
    /// <returns>The estimator; see <see cref="BatchedOnnxEstimator"/>.</returns>
    /// <exception cref="FileNotFoundException">The file doesn't exist.</exception>
    /// <exception cref="InvalidDataException">The file is no model that ONNX Runtime can load.</exception>
    /// <exception cref="InvalidOperationException">CUDA was asked for and can't be had.</exception>
    /// <example>
    /// On the first CUDA device, or an error that says what is missing, 256 rows in a run:
    /// <code>
    /// var inference = new InferenceOptions { Provider = ExecutionProvider.Cuda, BatchSize = 256 };
    /// var pipeline = mlContext.Transforms.ApplyOnnxModelBatched("model.onnx", inference);
    /// </code>
    /// </example>
    public static BatchedOnnxEstimator ApplyOnnxModelBatched(this TransformsCatalog catalog, string modelFile, InferenceOptions inference)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(inference);
        return new(catalog, new BatchedOnnxOptions { ModelFile = modelFile, Inference = inference });
    }

    /// <summary>Scores some outputs of a model, many rows in each run; names are the model's, as with <c>ApplyOnnxModel</c>.</summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="outputColumnNames">The outputs that are wanted.</param>
    /// <param name="inputColumnNames">The model's inputs.</param>
    /// <param name="modelFile">The path of an ONNX file.</param>
    /// <returns>The estimator; see <see cref="BatchedOnnxEstimator"/>.</returns>
    /// <exception cref="FileNotFoundException">The file doesn't exist.</exception>
    /// <exception cref="InvalidDataException">The file is no model that ONNX Runtime can load.</exception>
    /// <example>
    /// In the place of stock's method of the same arguments:
    /// <code>
    /// var pipeline = mlContext.Transforms.ApplyOnnxModelBatched(["scores"], ["image"], "model.onnx");
    /// </code>
    /// </example>
    public static BatchedOnnxEstimator ApplyOnnxModelBatched(
        this TransformsCatalog catalog, IEnumerable<string> outputColumnNames, IEnumerable<string> inputColumnNames, string modelFile)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(outputColumnNames);
        ArgumentNullException.ThrowIfNull(inputColumnNames);
        return new(catalog, new BatchedOnnxOptions
        {
            ModelFile = modelFile,
            Inputs = [.. inputColumnNames.Select(TensorColumn.FromString)],
            Outputs = [.. outputColumnNames.Select(TensorColumn.FromString)],
        });
    }

    /// <summary>
    /// Scores a model, many rows in each run. Columns that are named otherwise than their tensors are copied by stock transforms before
    /// and after it, so that the columns under the tensors' names are there as well.
    /// </summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="options">The model, its columns and how it is run.</param>
    /// <returns>The estimator; see <see cref="BatchedOnnxEstimator"/>.</returns>
    /// <exception cref="ArgumentException">The options don't fit each other or the model.</exception>
    /// <exception cref="FileNotFoundException">The file doesn't exist.</exception>
    /// <exception cref="InvalidDataException">The file is no model that ONNX Runtime can load.</exception>
    /// <exception cref="InvalidOperationException">CUDA was asked for and can't be had.</exception>
    /// <example>
    /// A model from memory, over a column that has another name than the model's input:
    /// <code>
    /// var pipeline = mlContext.Transforms.ApplyOnnxModelBatched(new BatchedOnnxOptions
    /// {
    ///     ModelBytes = File.ReadAllBytes("model.onnx"),
    ///     Inputs = [new TensorColumn("image", "Pixels")],
    ///     Outputs = ["scores"],
    /// });
    /// </code>
    /// </example>
    public static IEstimator<ITransformer> ApplyOnnxModelBatched(this TransformsCatalog catalog, BatchedOnnxOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        var model = new BatchedOnnxEstimator(catalog, options);
        var inputs = options.Inputs.Where(pair => pair.Column != pair.Tensor).ToList();
        var outputs = options.Outputs.Where(pair => pair.Column != pair.Tensor && pair.Column != OnnxBinding.ColumnOf(pair.Tensor)).ToList();
        if (inputs.Count + outputs.Count == 0)
            return model;

        var chain = new EstimatorChain<ITransformer>();
        foreach (TensorColumn pair in inputs)
            chain = chain.Append<ITransformer>(catalog.CopyColumns(pair.Tensor, pair.Column));
        chain = chain.Append<ITransformer>(model);
        foreach (TensorColumn pair in outputs)
            chain = chain.Append<ITransformer>(catalog.CopyColumns(pair.Column, OnnxBinding.ColumnOf(pair.Tensor)));
        return chain;
    }
}
