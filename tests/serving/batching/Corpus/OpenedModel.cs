using Google.Protobuf;
using MnistAdder.Onnx;

namespace MnistAdder.OnnxBatching.Tests.Corpus;

/// <summary>A model of the backend tests that was made one of any number of rows, and rows for it that differ.</summary>
/// <remarks>
/// Nothing says that the rows of such a model stand for themselves: those that do, those that don't and those that don't run at all
/// are what the transform has to tell apart.
/// </remarks>
internal sealed class OpenedModel
{
    private OpenedModel(ModelProto opened, IReadOnlyList<CorpusTensor> inputs)
    {
        Bytes = opened.ToByteArray();
        Rows = DifferentRows(inputs);
    }

    public byte[] Bytes { get; }

    /// <summary>Inputs of one row each: their first dimension is 1.</summary>
    public IReadOnlyList<CorpusTensor[]> Rows { get; }

    /// <summary>Opens all inputs and outputs; <see langword="null"/> where one of them has no first dimension of a fixed size.</summary>
    public static OpenedModel? TryOpen(CorpusModel model) =>
        CanOpen(model, model.Inputs) ? new(Open(model, model.Inputs), model.DataSets().First().Inputs) : null;

    /// <summary>
    /// Opens one input and all outputs, and makes the other inputs constants of the values that the test has for them, as weights are;
    /// <see langword="null"/> where one of those to be opened has no first dimension of a fixed size.
    /// </summary>
    public static OpenedModel? TryOpen(CorpusModel model, ValueInfoProto input)
    {
        if (!CanOpen(model, [input]))
            return null;
        ModelProto opened = Open(model, [input]);
        foreach (TensorProto constant in model.InputFiles().Where(tensor => tensor.Name != input.Name))
        {
            opened.Graph.Input.Remove(opened.Graph.Input.Single(value => value.Name == constant.Name));
            opened.Graph.Initializer.Add(constant);
        }

        return new(opened, [model.DataSets().First().Inputs.Single(tensor => tensor.Name == input.Name)]);
    }

    private static bool CanOpen(CorpusModel model, IReadOnlyList<ValueInfoProto> inputs) =>
        inputs.Count > 0 && model.WithoutColumn() is null && inputs.Concat(model.Outputs).All(HasFixedFirst);

    private static bool HasFixedFirst(ValueInfoProto value) => value.Type.TensorType?.Shape is { Dim: [{ DimValue: > 0 }, ..] };

    private static ModelProto Open(CorpusModel model, IEnumerable<ValueInfoProto> inputs)
    {
        ModelProto opened = model.Model.Clone();
        // Shapes of what is in between are those of the fixed size.
        opened.Graph.ValueInfo.Clear();
        var names = inputs.Concat(model.Outputs).Select(value => value.Name).ToHashSet();
        foreach (ValueInfoProto value in opened.Graph.Input.Concat(opened.Graph.Output).Where(value => names.Contains(value.Name)))
            value.Type.TensorType.Shape.Dim[0] = new TensorShapeProto.Types.Dimension { DimParam = "batch" };
        return opened;
    }

    // The test's own rows over and over, each time in another disguise. Integers keep their values, which may be indices.
    private static List<CorpusTensor[]> DifferentRows(IReadOnlyList<CorpusTensor> tensors)
    {
        var random = new Random(1);
        Func<Array, Array>[] disguises =
        [
            values => values,
            values => Reordered(values, i => (i + 1) % values.Length),
            values => Scaled(values, 0.5),
            values =>
            {
                int[] order = [.. Enumerable.Range(0, values.Length)];
                random.Shuffle(order);
                return Reordered(values, i => order[i]);
            },
            values => Scaled(Reordered(values, i => values.Length - 1 - i), -1.5),
        ];
        return [.. disguises.Select((disguise, row) => tensors.Select(tensor => tensor with
        {
            Dimensions = [1, .. tensor.Dimensions.Skip(1)],
            Values = disguise(Row(tensor, row)),
        }).ToArray())];
    }

    private static Array Row(CorpusTensor tensor, int row)
    {
        int count = (int)tensor.Dimensions[0];
        int length = tensor.Values.Length / count;
        Array values = Array.CreateInstance(tensor.Values.GetType().GetElementType()!, length);
        Array.Copy(tensor.Values, row % count * length, values, 0, length);
        return values;
    }

    private static Array Reordered(Array values, Func<int, int> source)
    {
        var reordered = (Array)values.Clone();
        for (int i = 0; i < values.Length; i++)
            reordered.SetValue(values.GetValue(source(i)), i);
        return reordered;
    }

    private static Array Scaled(Array values, double factor) => values switch
    {
        // A float16 tensor's values have to stay such.
        float[] singles => Array.ConvertAll(singles, value => (float)(Half)(value * factor)),
        double[] doubles => Array.ConvertAll(doubles, value => value * factor),
        _ => values,
    };
}
