using MnistAdder.OnnxExport.Tracing;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Operations between brackets: ranges, places, new axes, and tensors of places.</summary>
internal static class IndexOperations
{
    [Lowering("index")]
    private static OnnxValue Index(Operation operation)
    {
        var indices = new Indices(operation);
        OnnxValue value = indices.Slicing.Read(operation, operation.Self);
        if (indices.Tensors.Count > 0)
            value = Gather(operation, indices, value);
        return indices.NewAxes.Count > 0 ? operation.Graph.Unsqueeze(value, [.. indices.NewAxes]) : value;
    }

    [Lowering("index_put", "set_TensorItems")]
    private static OnnxValue Put(Operation operation)
    {
        OnnxValue value = operation.InputOrNull("value") ?? operation.Constant(operation.OutputType, operation.Number("value")!.Value, "value");
        value = operation.As(value, operation.OutputType);
        if (!operation.Has("indices"))
            return Slicing.Of(operation, 0)!.Write(operation, operation.Self, Expanded(operation, value, Slicing.Of(operation, 0)!.Shape));
        var indices = new Indices(operation);
        if (indices.Tensors.Count > 0)
            throw operation.NotSupported("something is written at places that a tensor has", "Use scatter or where");
        if (indices.NewAxes.Count > 0)
            value = operation.Graph.Squeeze(value, [.. indices.NewAxes]);
        return indices.Slicing.Write(operation, operation.Self, Expanded(operation, value, indices.Slicing.Shape));
    }

    /// <summary>The whole with a new value of what is between the brackets, which ranges, places and new axes give.</summary>
    public static OnnxValue Write(Operation operation, OnnxValue old, OnnxValue value)
    {
        var indices = new Indices(operation);
        if (indices.NewAxes.Count > 0)
            value = operation.Graph.Squeeze(value, [.. indices.NewAxes]);
        return indices.Slicing.Write(operation, old, value);
    }

    private static OnnxValue Expanded(Operation operation, OnnxValue value, IReadOnlyList<TracedSize?> shape) =>
        operation.Graph.AddNode("Expand", [value, operation.ShapeValue(shape)], rank: shape.Count);

    // With one tensor of places, its dimensions stand where its axis was; with several side by side, their common ones do.
    private static OnnxValue Gather(Operation operation, Indices indices, OnnxValue value)
    {
        OnnxGraph graph = operation.Graph;
        foreach ((_, Tensor tensor) in indices.Tensors)
        {
            if (operation.TypeOf(tensor) is ScalarType.Bool or ScalarType.Byte)
                throw operation.NotSupported("a tensor is indexed by truth values, so that the result's size depends on what is in them", "Use where or masked_fill");
        }

        if (indices.Tensors is [var (axis, only)])
            return graph.Gather(value, operation.ValueOf(only), axis);
        int first = indices.Tensors[0].Axis, count = indices.Tensors.Count;
        if (indices.Tensors[^1].Axis - first != count - 1)
            throw operation.NotSupported("tensors of places stand apart between the brackets", "Put them side by side");
        int rank = value.Rank!.Value;
        long[] front = [.. Enumerable.Range(first, count).Concat(Enumerable.Range(0, rank).Where(other => other < first || other >= first + count)).Select(at => (long)at)];
        if (first > 0)
            throw operation.NotSupported("several tensors of places follow other indices", "Put them first");
        int places = indices.Tensors.Max(tensor => operation.ShapeOf(tensor.Tensor).Count);
        IReadOnlyList<TracedSize?> shape = [.. operation.OutputShape.Take(places)];
        OnnxValue[] columns =
        [
            .. indices.Tensors.Select(tensor => graph.Unsqueeze(Expanded(operation, operation.As(operation.ValueOf(tensor.Tensor), OnnxElementType.Int64), shape), places)),
        ];
        return graph.AddNode("GatherND", [value, graph.Concat(places, columns)], rank: front.Length - count + places);
    }

    // Indices by the axes that they mean, with the ellipsis resolved.
    private sealed class Indices
    {
        public Indices(Operation operation)
        {
            var given = ((System.Collections.IEnumerable)operation.Argument("indices")!).Cast<TensorIndex>().ToArray();
            IReadOnlyList<TracedSize?> numbers = operation.Sizes("indices")!;
            IndexPart[] parts = [.. given.Select((index, i) => IndexParts.Of(index, [.. numbers.Skip(4 * i).Take(4)]))];
            int axes = parts.Count(part => part.Kind is IndexKind.Place or IndexKind.Range or IndexKind.Tensor);
            var byAxis = new List<(int, IndexPart)>();
            int axis = 0, kept = 0;
            foreach (IndexPart part in parts)
            {
                switch (part.Kind)
                {
                    case IndexKind.Flag:
                        throw operation.NotSupported("a truth value stands between the brackets", "Leave it out");
                    case IndexKind.NewAxis:
                        NewAxes.Add(kept++);
                        break;
                    case IndexKind.Ellipsis:
                        kept += operation.Rank - axes;
                        axis += operation.Rank - axes;
                        break;
                    case IndexKind.Tensor:
                        Tensors.Add((axis - byAxis.Count(other => other.Item2.Kind == IndexKind.Place), part.Tensor!));
                        kept += operation.ShapeOf(part.Tensor!).Count;
                        axis++;
                        break;
                    default:
                        byAxis.Add((axis++, part));
                        kept += part.Kind == IndexKind.Range ? 1 : 0;
                        break;
                }
            }

            Slicing = Slicing.Of(operation, byAxis);
        }

        public Slicing Slicing { get; }

        public List<long> NewAxes { get; } = [];

        /// <summary>Tensors of places, with the axis that they have once places took theirs away.</summary>
        public List<(int Axis, Tensor Tensor)> Tensors { get; } = [];
    }
}
