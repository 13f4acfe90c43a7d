using MnistAdder.OnnxExport.Tracing;
using TorchSharp;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Adds elements around a tensor, or takes them away.</summary>
internal static class PaddingOperations
{
    [Lowering("pad")]
    private static OnnxValue Pad(Operation operation)
    {
        (long[] before, long[] after) = Pads(operation);
        PaddingModes mode = operation.Argument("mode") is PaddingModes given ? given : PaddingModes.Constant;
        if (mode is not (PaddingModes.Constant or PaddingModes.Zeros) && before.Concat(after).Any(pad => pad < 0))
            throw operation.NotSupported("a padding is negative in another mode than constant", "Take the elements away between brackets");
        return mode switch
        {
            PaddingModes.Circular => Circular(operation, before, after),
            PaddingModes.Reflect => Padded(operation, "reflect", before, after, null),
            PaddingModes.Replicate => Padded(operation, "edge", before, after, null),
            _ => Padded(operation, "constant", before, after, operation.Number("value") ?? 0),
        };
    }

    private static OnnxValue Padded(Operation operation, string mode, long[] before, long[] after, double? value) => operation.Graph.AddNode(
        "Pad",
        [operation.Self, operation.Graph.Int64s("pads", [.. before, .. after]), value is { } number ? operation.Constant(operation.OutputType, number, "value") : null],
        [OnnxAttribute.String("mode", mode)],
        rank: operation.Rank);

    // Opset 17 has no such mode.
    private static OnnxValue Circular(Operation operation, long[] before, long[] after)
    {
        OnnxValue value = operation.Self;
        TracedSize end = operation.Fixed(long.MaxValue);
        for (int axis = 0; axis < before.Length; axis++)
        {
            var parts = new List<OnnxValue> { value };
            if (before[axis] > 0)
                parts.Insert(0, Slicing.Part(operation, value, axis, operation.Fixed(-before[axis]), end));
            if (after[axis] > 0)
                parts.Add(Slicing.Part(operation, value, axis, operation.Fixed(0), operation.Fixed(after[axis])));
            if (parts.Count > 1)
                value = operation.Graph.Concat(axis, [.. parts]);
        }

        return value;
    }

    // TorchSharp counts from the last dimension; one number alone is for each side of every one.
    private static (long[] Before, long[] After) Pads(Operation operation)
    {
        var before = new long[operation.Rank];
        var after = new long[operation.Rank];
        long[] given = operation.Integers("pad")!;
        if (operation.Argument("pad") is long one)
            given = [.. Enumerable.Repeat(one, 2 * operation.Rank)];
        for (int i = 0; i < given.Length / 2; i++)
            (before[^(i + 1)], after[^(i + 1)]) = (given[2 * i], given[(2 * i) + 1]);
        return (before, after);
    }
}
