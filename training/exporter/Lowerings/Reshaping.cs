using MnistAdder.OnnxExport.Tracing;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Values of other shapes, whose sizes may follow those of the inputs.</summary>
internal static class Reshaping
{
    /// <summary>Gives a value the shape of a result.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="value">The value.</param>
    /// <param name="from">The value's own shape, or the first of its sizes.</param>
    /// <param name="shape">The shape that it gets.</param>
    public static OnnxValue ReshapeTo(this Operation operation, OnnxValue value, IReadOnlyList<TracedSize?> from, IReadOnlyList<TracedSize?> shape)
    {
        // A size that is open is written as the input's at the same place (0), and the one that nothing before tells, or one alone, as what is left (−1).
        int[] open =
        [
            .. Enumerable.Range(0, shape.Count).Where(i =>
                shape[i] is not { IsConstant: true } && !(shape[i] is { } size && i < from.Count && size.Equals(from[i]))),
        ];
        int[] untold = [.. open.Where(i => shape[i] is not { } size || !operation.IsKnown(size))];
        if (untold.Length > 1)
        {
            throw operation.NotSupported(
                $"{untold.Length} sizes that {operation.MethodName} gives follow the size of an input otherwise than as a·size + b, and no tensor before it has them",
                "Give all but one of them so that they follow from the shapes of tensors");
        }

        int rest = untold is [var only] ? only : open is [var alone] ? alone : -1;
        if (open.All(i => i == rest) && !shape.Any(size => size is { IsConstant: true, Constant: 0 }))
            return operation.Graph.Reshape(value, [.. shape.Select((size, i) => i == rest ? -1 : size is { IsConstant: true } ? size.Constant : 0)]);
        return operation.Graph.Reshape(value, operation.ShapeValue([.. shape.Select((size, i) => i == rest ? operation.Fixed(-1) : size)]), shape.Count);
    }
}
