using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.OnnxBatching.Columns;
using MnistAdder.OnnxBatching.Options;

namespace MnistAdder.OnnxBatching;

/// <summary>Batched ONNX scoring among <c>mlContext.Transforms</c>.</summary>
public static class OnnxBatchingCatalog
{
    /// <summary>Scores all outputs of a model over columns that are named as its inputs, many rows in each run.</summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="modelFile">The path of an ONNX file.</param>
    /// <param name="inference">Provider, batch size and threads.</param>
    /// <returns>The estimator; see <see cref="BatchedOnnxEstimator"/>.</returns>
    /// <exception cref="FileNotFoundException">The file doesn't exist.</exception>
    /// <exception cref="InvalidDataException">The file is no model that ONNX Runtime can load.</exception>
    /// <exception cref="InvalidOperationException">CUDA was asked for and can't be had.</exception>
    public static BatchedOnnxEstimator ApplyOnnxModelBatched(this TransformsCatalog catalog, string modelFile, InferenceOptions? inference = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new(catalog, new BatchedOnnxOptions { ModelFile = modelFile, Inference = inference ?? InferenceOptions.Default });
    }

    /// <summary>Scores some outputs of a model, many rows in each run; names are the model's, as with <c>ApplyOnnxModel</c>.</summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="outputColumnNames">The outputs that are wanted.</param>
    /// <param name="inputColumnNames">The model's inputs.</param>
    /// <param name="modelFile">The path of an ONNX file.</param>
    /// <param name="inference">Provider, batch size and threads.</param>
    /// <returns>The estimator; see <see cref="BatchedOnnxEstimator"/>.</returns>
    /// <exception cref="FileNotFoundException">The file doesn't exist.</exception>
    /// <exception cref="InvalidDataException">The file is no model that ONNX Runtime can load.</exception>
    /// <exception cref="InvalidOperationException">CUDA was asked for and can't be had.</exception>
    public static BatchedOnnxEstimator ApplyOnnxModelBatched(
        this TransformsCatalog catalog,
        IEnumerable<string> outputColumnNames,
        IEnumerable<string> inputColumnNames,
        string modelFile,
        InferenceOptions? inference = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(outputColumnNames);
        ArgumentNullException.ThrowIfNull(inputColumnNames);
        return new(catalog, new BatchedOnnxOptions
        {
            ModelFile = modelFile,
            Inputs = [.. inputColumnNames.Select(TensorColumn.FromString)],
            Outputs = [.. outputColumnNames.Select(TensorColumn.FromString)],
            Inference = inference ?? InferenceOptions.Default,
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
