using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;

namespace MnistAdder.OnnxQuantization;

/// <summary>Inputs that are typical of a model's: what its values are on them decides what 8 bits stand for.</summary>
/// <remarks>A few hundred to a few thousand rows do. Batches are as large as those that the model is to be fast for.</remarks>
public sealed class CalibrationData
{
    private readonly Func<IReadOnlyDictionary<string, NodeMetadata>, IEnumerable<IReadOnlyCollection<NamedOnnxValue>>> _batches;

    private CalibrationData(Func<IReadOnlyDictionary<string, NodeMetadata>, IEnumerable<IReadOnlyCollection<NamedOnnxValue>>> batches) => _batches = batches;

    /// <summary>Takes batches of tensors.</summary>
    /// <param name="batches">For each run of the model a tensor for every input; enumerated several times.</param>
    public static CalibrationData FromTensors(IEnumerable<IReadOnlyCollection<NamedOnnxValue>> batches)
    {
        ArgumentNullException.ThrowIfNull(batches);
        return new CalibrationData(_ => batches);
    }

    /// <summary>Takes the rows of a data view.</summary>
    /// <param name="rows">Its columns are scalars or vectors of the inputs' types, a row of each input's first dimension; enumerated several times.</param>
    /// <param name="batchSize">Rows of a run of the model, at least 1; a model whose first dimension is fixed takes as many as that says.</param>
    /// <param name="columns">The column of each input that isn't called as the input is.</param>
    /// <exception cref="ArgumentException">When it is used: an input has no column, or one of another type or size; the message names both.</exception>
    public static CalibrationData FromDataView(IDataView rows, int batchSize = 64, IReadOnlyDictionary<string, string>? columns = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        return new CalibrationData(inputs => DataViewBatches.Read(rows, batchSize, columns, inputs));
    }

    internal IEnumerable<IReadOnlyCollection<NamedOnnxValue>> Batches(InferenceSession session) => _batches(session.InputMetadata);
}
