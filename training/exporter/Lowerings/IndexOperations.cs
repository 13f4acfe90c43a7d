using MnistAdder.OnnxExport.Tracing;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Operations between brackets: ranges, places, new axes, and tensors of places.</summary>
internal static class IndexOperations
{
    /// <summary>What stands between brackets says.</summary>
    [Lowering("index")]
    public static OnnxValue Index(Operation operation)
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
        OnnxValue value = operation.InputOrNull("value") ?? operation.NumberValue(operation.OutputType, "value")!;
        value = operation.As(value, operation.OutputType);
        if (!operation.Has("indices"))
            return Slicing.Of(operation, 0)!.Write(operation, operation.Self, Expanded(operation, value, Slicing.Of(operation, 0)!.Shape));
        var indices = new Indices(operation);
        bool adds = operation.Flag(false, "accumulate");
        if (indices.Tensors.Count > 0)
            return IsMask(operation, indices.Tensors[0].Tensor) ? PutWhere(operation, indices, value, adds) : Scatter(operation, indices, value, adds);
        if (indices.NewAxes.Count > 0)
            value = operation.Graph.Squeeze(value, [.. indices.NewAxes]);
        value = Expanded(operation, value, indices.Slicing.Shape);
        return indices.Slicing.Write(operation, operation.Self, adds ? operation.Graph.Add(indices.Slicing.Read(operation, operation.Self), value) : value);
    }

    /// <summary>What ranges and places were taken of, with a new value of them in it.</summary>
    public static OnnxValue Back(Operation operation, OnnxValue old, OnnxValue value)
    {
        var indices = new Indices(operation);
        return indices.Slicing.Write(operation, old, indices.NewAxes.Count > 0 ? operation.Graph.Squeeze(value, [.. indices.NewAxes]) : value);
    }

    private static OnnxValue Expanded(Operation operation, OnnxValue value, IReadOnlyList<TracedSize?> shape) =>
        operation.Graph.Expand(value, operation.ShapeValue(shape), shape.Count);

    private static bool IsMask(Operation operation, Tensor tensor) => operation.TypeOf(tensor) is ScalarType.Bool or ScalarType.Byte;

    // With one tensor of places, its dimensions stand where its axis was; with several side by side, their common ones do; else in front.
    private static OnnxValue Gather(Operation operation, Indices indices, OnnxValue value)
    {
        if (indices.Tensors.Any(tensor => IsMask(operation, tensor.Tensor)))
            throw operation.NotSupported("a tensor is indexed by truth values, so that the result's size depends on what is in them", "Use where or masked_fill");
        if (indices.Tensors is [var (axis, only)])
            return operation.Graph.Gather(value, operation.ValueOf(only), axis);
        var places = new Places(operation, indices, value.Rank!.Value);
        OnnxValue gathered = operation.Graph.AddNode("GatherND", [operation.Graph.Transpose(value, places.Front), places.Value], rank: places.Order.Length);
        return operation.Graph.Transpose(gathered, places.Order);
    }

    private static OnnxValue Scatter(Operation operation, Indices indices, OnnxValue value, bool adds)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue part = indices.Slicing.Read(operation, operation.Self);
        var places = new Places(operation, indices, part.Rank!.Value);
        IReadOnlyList<TracedSize?> shape = indices.Slicing.Shape;
        TracedSize?[] sizes = [.. places.Shape, .. places.Front.Skip(indices.Tensors.Count).Select(axis => shape[(int)axis])]; // before the order
        OnnxValue updates = Expanded(operation, value, [.. places.Order.Select(axis => sizes[axis])]);
        OnnxValue written = graph.AddNode(
            "ScatterND",
            [graph.Transpose(part, places.Front), places.Value, graph.Transpose(updates, Inverse(places.Order))],
            adds ? [OnnxAttribute.String("reduction", "add")] : [],
            rank: part.Rank);
        return indices.Slicing.Write(operation, operation.Self, graph.Transpose(written, Inverse(places.Front)));
    }

    // One value, or one for each place behind the mask's axes, is chosen where the mask is true.
    private static OnnxValue PutWhere(Operation operation, Indices indices, OnnxValue value, bool adds)
    {
        OnnxGraph graph = operation.Graph;
        (int axis, Tensor tensor) = indices.Tensors[0];
        OnnxValue mask = operation.As(operation.ValueOf(tensor), OnnxElementType.Bool);
        int behind = operation.Rank - mask.Rank!.Value;
        if (indices.Tensors.Count > 1 || axis > 0 || indices.NewAxes.Count > 0 || !indices.Slicing.IsWhole || value.Rank > behind || adds)
            throw operation.NotSupported("as many values are written as elements of a mask are true", "Write one value, or use where or masked_scatter");
        if (behind > 0)
            mask = graph.Unsqueeze(mask, [.. Enumerable.Range(mask.Rank.Value, behind).Select(at => (long)at)]);
        return graph.Where(mask, value, operation.Self);
    }

    private static long[] Inverse(long[] permutation) => [.. Enumerable.Range(0, permutation.Length).Select(axis => (long)Array.IndexOf(permutation, axis))];

    // Several tensors of places as one, for operators that take places of the first axes.
    private sealed class Places
    {
        public Places(Operation operation, Indices indices, int rank)
        {
            int[] axes = [.. indices.Tensors.Select(tensor => tensor.Axis)];
            int count = axes.Length, first = axes[^1] - axes[0] == count - 1 ? axes[0] : 0;
            if (indices.NewAxes.Count > 0 || indices.Tensors.Any(tensor => IsMask(operation, tensor.Tensor)))
                throw operation.NotSupported("new axes or truth values stand beside tensors of places", "Use unsqueeze, where or masked_fill");
            Front = [.. axes.Select(axis => (long)axis), .. Enumerable.Range(0, rank).Except(axes).Select(axis => (long)axis)];
            Shape = Broadcast(operation, [.. indices.Tensors.Select(tensor => operation.ShapeOf(tensor.Tensor))]);
            OnnxGraph graph = operation.Graph;
            Value = graph.Concat(Shape.Length, [.. indices.Tensors.Select(tensor => graph.Unsqueeze(
                Expanded(operation, operation.As(operation.ValueOf(tensor.Tensor), OnnxElementType.Int64), Shape), Shape.Length))]);
            IEnumerable<long> rest = Enumerable.Range(Shape.Length, rank - count).Select(axis => (long)axis);
            Order = [.. rest.Take(first), .. Enumerable.Range(0, Shape.Length).Select(axis => (long)axis), .. rest.Skip(first)];
        }

        /// <summary>The axes that are taken, and behind them the others.</summary>
        public long[] Front { get; }

        /// <summary>The common shape of the tensors.</summary>
        public TracedSize?[] Shape { get; }

        /// <summary>The places, along a new last axis.</summary>
        public OnnxValue Value { get; }

        /// <summary>For each dimension of the result that dimension where the places' own are in front.</summary>
        public long[] Order { get; }

        private static TracedSize?[] Broadcast(Operation operation, IReadOnlyList<TracedSize?>[] shapes)
        {
            var common = new TracedSize?[shapes.Max(shape => shape.Count)];
            for (int i = 0; i < common.Length; i++)
            {
                int fromEnd = common.Length - i;
                TracedSize?[] sizes = [.. shapes.Where(shape => shape.Count >= fromEnd).Select(shape => shape[^fromEnd])];
                common[i] = sizes.FirstOrDefault(size => size is not { IsConstant: true, Constant: 1 }, operation.Fixed(1));
            }

            return common;
        }
    }

    // Indices by the axes that they mean, with the ellipsis resolved.
    private sealed class Indices
    {
        public Indices(Operation operation)
        {
            var given = ((System.Collections.IEnumerable)operation.Argument("indices")!).Cast<TensorIndex>().ToArray();
            IReadOnlyList<TracedSize?> numbers = operation.Sizes("indices")!;
            IndexPart[] parts = [.. given.Select((index, i) => IndexParts.Of(index, [.. numbers.Skip(4 * i).Take(4)]))];
            int axes = parts.Sum(part => AxesOf(operation, part));
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
                        kept += IsMask(operation, part.Tensor!) ? 1 : operation.ShapeOf(part.Tensor!).Count;
                        axis += AxesOf(operation, part);
                        break;
                    default:
                        byAxis.Add((axis++, part));
                        kept += part.Kind == IndexKind.Range ? 1 : 0;
                        break;
                }
            }

            Slicing = Slicing.Of(operation, byAxis);
        }

        private static int AxesOf(Operation operation, IndexPart part) => part.Kind switch
        {
            IndexKind.Place or IndexKind.Range => 1,
            IndexKind.Tensor => IsMask(operation, part.Tensor!) ? operation.ShapeOf(part.Tensor!).Count : 1,
            _ => 0,
        };

        public Slicing Slicing { get; }

        public List<long> NewAxes { get; } = [];

        /// <summary>Tensors of places, with the axis that they have once places took theirs away.</summary>
        public List<(int Axis, Tensor Tensor)> Tensors { get; } = [];
    }
}
