namespace MnistAdder.OnnxExport;

/// <summary>ONNX operators as methods: those that change shapes and join tensors.</summary>
/// <remarks>Semantics are those of the ONNX operator specification, opset 17.</remarks>
public static class OnnxShapeOperators
{
    /// <summary>Joins tensors along one axis.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="axis">The axis; negative counts from the end.</param>
    /// <param name="values">At least one tensor; all of one element type.</param>
    /// <returns>The joined tensor.</returns>
    /// <exception cref="ArgumentException">There is no tensor, or they differ in type.</exception>
    public static OnnxValue Concat(this OnnxGraph graph, long axis, params ReadOnlySpan<OnnxValue> values)
    {
        ArgumentNullException.ThrowIfNull(graph);
        if (values.IsEmpty)
            throw new ArgumentException("Concat needs a tensor.", nameof(values));
        int? rank = null;
        foreach (OnnxValue value in values)
        {
            ArgumentNullException.ThrowIfNull(value, nameof(values));
            rank ??= value.Rank;
            if (value.ElementType != values[0].ElementType)
            {
                throw new ArgumentException(
                    $"Concat needs tensors of one type, not {values[0].ElementType} ('{values[0].Name}') "
                    + $"and {value.ElementType} ('{value.Name}').",
                    nameof(values));
            }
        }

        return graph.AddNode("Concat", values, [OnnxAttribute.Int("axis", axis)], rank: rank);
    }

    /// <summary>Joins all dimensions before an axis into one, and all others into another.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="value">The input.</param>
    /// <param name="axis">The first dimension of the second group; negative counts from the end.</param>
    /// <returns>A tensor of two dimensions.</returns>
    public static OnnxValue Flatten(this OnnxGraph graph, OnnxValue value, long axis = 1)
    {
        OnnxOperators.Check(graph, value);
        return graph.AddNode("Flatten", [value], [OnnxAttribute.Int("axis", axis)], rank: 2);
    }

    /// <summary>Gives the elements another shape.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="value">The input.</param>
    /// <param name="shape">The new sizes: 0 is the input's size at the same place, and one −1 is what is left over.</param>
    /// <returns>The reshaped tensor.</returns>
    public static OnnxValue Reshape(this OnnxGraph graph, OnnxValue value, params ReadOnlySpan<long> shape)
    {
        OnnxOperators.Check(graph, value);
        return graph.AddNode("Reshape", [value, graph.Int64s("shape", shape)], rank: shape.Length);
    }

    /// <summary>Gives the elements a shape that is computed.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="value">The input.</param>
    /// <param name="shape">The new sizes, int64 [rank], read as by the other overload.</param>
    /// <param name="rank">The number of sizes, or null where it isn't known.</param>
    /// <returns>The reshaped tensor.</returns>
    public static OnnxValue Reshape(this OnnxGraph graph, OnnxValue value, OnnxValue shape, int? rank = null)
    {
        OnnxOperators.Check(graph, value);
        return graph.AddNode("Reshape", [value, shape], rank: rank);
    }

    /// <summary>The sizes of some of a tensor's dimensions.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="value">The input.</param>
    /// <param name="start">The first dimension; negative counts from the end.</param>
    /// <param name="end">The dimension after the last; negative counts from the end; null for all that follow.</param>
    /// <returns>The sizes, int64, one dimension.</returns>
    public static OnnxValue Shape(this OnnxGraph graph, OnnxValue value, long start = 0, long? end = null)
    {
        OnnxOperators.Check(graph, value);
        return graph.AddNode(
            "Shape",
            [value],
            end is { } last ? [OnnxAttribute.Int("start", start), OnnxAttribute.Int("end", last)] : [OnnxAttribute.Int("start", start)],
            OnnxElementType.Int64,
            1);
    }

    /// <summary>Removes dimensions of size 1.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="value">The input.</param>
    /// <param name="axes">The dimensions, at least one; negative ones count from the end.</param>
    /// <returns>The tensor without them.</returns>
    public static OnnxValue Squeeze(this OnnxGraph graph, OnnxValue value, params ReadOnlySpan<long> axes)
    {
        OnnxOperators.Check(graph, value);
        ArgumentOutOfRangeException.ThrowIfZero(axes.Length, nameof(axes));
        return graph.AddNode("Squeeze", [value, graph.Int64s("axes", axes)], rank: value.Rank - axes.Length);
    }

    /// <summary>Inserts dimensions of size 1.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="value">The input.</param>
    /// <param name="axes">Their places in the new shape, at least one; negative ones count from the end.</param>
    /// <returns>The tensor with them.</returns>
    public static OnnxValue Unsqueeze(this OnnxGraph graph, OnnxValue value, params ReadOnlySpan<long> axes)
    {
        OnnxOperators.Check(graph, value);
        ArgumentOutOfRangeException.ThrowIfZero(axes.Length, nameof(axes));
        return graph.AddNode("Unsqueeze", [value, graph.Int64s("axes", axes)], rank: value.Rank + axes.Length);
    }

    /// <summary>Reorders dimensions.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="value">The input.</param>
    /// <param name="permutation">For each new dimension the old one.</param>
    /// <returns>The transposed tensor.</returns>
    public static OnnxValue Transpose(this OnnxGraph graph, OnnxValue value, params ReadOnlySpan<long> permutation)
    {
        OnnxOperators.Check(graph, value);
        return graph.AddNode("Transpose", [value], [OnnxAttribute.Ints("perm", permutation)], rank: permutation.Length);
    }

    /// <summary>Takes slices of a table by their numbers.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="table">The table.</param>
    /// <param name="indices">The numbers, int32 or int64.</param>
    /// <param name="axis">The axis along which the table is numbered.</param>
    /// <returns>The slices, in place of the axis.</returns>
    public static OnnxValue Gather(this OnnxGraph graph, OnnxValue table, OnnxValue indices, long axis = 0)
    {
        OnnxOperators.Check(graph, table);
        return graph.AddNode(
            "Gather", [table, indices], [OnnxAttribute.Int("axis", axis)], rank: table.Rank - 1 + indices?.Rank);
    }

    internal static OnnxValue Int64s(this OnnxGraph graph, string name, ReadOnlySpan<long> values) =>
        graph.Constant(OnnxTensor.Of(values, values.Length), name);
}
