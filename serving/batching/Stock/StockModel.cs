using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Transforms.Onnx;
using MnistAdder.OnnxBatching.Columns;
using MnistAdder.OnnxBatching.Inference;
using MnistAdder.OnnxBatching.Rows;

namespace MnistAdder.OnnxBatching.Stock;

/// <summary>
/// A model as stock ML.NET has it: made only to be saved, since that takes a second session of ONNX Runtime and all of its memory.
/// </summary>
internal sealed class StockModel
{
    private readonly TransformsCatalog _catalog;
    private readonly ModelSource _source;
    private readonly OnnxBinding _binding;
    private readonly IReadOnlyDictionary<string, int[]> _shapes;
    private readonly bool _hasExternalData;
    private readonly (long Length, DateTime Written)? _file;

    /// <summary>Remembers what to save.</summary>
    /// <param name="catalog">Stock ML.NET's transforms.</param>
    /// <param name="source">The model.</param>
    /// <param name="binding">Its tensors.</param>
    /// <param name="shapes">Sizes for open dimensions, by tensor name.</param>
    /// <param name="hasExternalData">Whether numbers of it lie in other files.</param>
    public StockModel(TransformsCatalog catalog, ModelSource source, OnnxBinding binding, IReadOnlyDictionary<string, int[]> shapes, bool hasExternalData)
    {
        _catalog = catalog;
        _source = source;
        _binding = binding;
        _shapes = shapes;
        _hasExternalData = hasExternalData;
        _file = Stamp();
    }

    /// <summary>Saves the model as a stock transformer.</summary>
    /// <exception cref="NotSupportedException">Nobody could load what was saved.</exception>
    /// <exception cref="IOException">The model's file isn't the one that was loaded any more.</exception>
    public void Save(ModelSaveContext context)
    {
        if (_hasExternalData)
            throw new NotSupportedException($"The model '{_source.Label}' can't be saved as an ML.NET model: it keeps weights in other files, which a saved one has no place for. Keep the ONNX file with them.");
        TensorSignature? half = _binding.Inputs.Concat(_binding.Outputs.Select(output => output.Tensor)).FirstOrDefault(tensor => tensor.ElementType == typeof(Float16));
        if (half is not null)
            throw new NotSupportedException($"The model '{_source.Label}' can't be saved as an ML.NET model: stock ML.NET couldn't read its floats of 16 bits ('{half.Name}', {half}). Keep the ONNX file.");
        if (Stamp() != _file)
            throw new IOException($"The model '{_source.Label}' has changed since it was loaded; load it again to save it.");
        using ModelFile file = _source.ToFile(MLContextSettings.Of(_catalog).TempFilePath);
        using OnnxTransformer stock = Create(file.Path);
        ((ICanSaveModel)stock).Save(context);
    }

    private OnnxTransformer Create(string path)
    {
        var builder = new DataViewSchema.Builder();
        foreach (TensorSignature input in _binding.Inputs)
            builder.AddColumn(input.Name, new VectorDataViewType((PrimitiveDataViewType)ElementKind.Of(input)!.ItemType));
        try
        {
            return MLContextSettings.OnProcessor(_catalog, () => _catalog.ApplyOnnxModel(new OnnxOptions
            {
                ModelFile = path,
                InputColumns = [.. _binding.Inputs.Select(input => input.Name)],
                OutputColumns = [.. _binding.Outputs.Select(output => output.Tensor.Name)],
                ShapeDictionary = _shapes.ToDictionary(),
                InterOpNumThreads = 1,
                IntraOpNumThreads = 1,
            }).Fit(new EmptyView(builder.ToSchema())));
        }
#pragma warning disable CA1031 // Stock ML.NET has no one exception for a model that it can't read: whatever it throws here says so.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            throw new NotSupportedException(
                $"The model '{_source.Label}' can't be saved as an ML.NET model, since stock ML.NET couldn't read it: {exception.Message.ReplaceLineEndings(" ").Trim().TrimEnd('.')}. Keep the ONNX file.", exception);
        }
    }

    private (long Length, DateTime Written)? Stamp() =>
        _source is ModelSource.InFile { Path: var path } && new FileInfo(path) is { Exists: true } file ? (file.Length, file.LastWriteTimeUtc) : null;
}
