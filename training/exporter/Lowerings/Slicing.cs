using System.Reflection;
using MnistAdder.OnnxExport.Tracing;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>A part of a tensor: for some axes a range, or one place, which takes the axis away.</summary>
internal sealed class Slicing : IEquatable<Slicing>
{
    private readonly List<Cut> _cuts = [];
    private readonly IReadOnlyList<TracedSize?> _shape;

    private Slicing(IReadOnlyList<TracedSize?> shape) => _shape = shape;

    /// <summary>The part that one result of an operation is; null where it is no such part.</summary>
    public static Slicing? Of(Operation operation, int output)
    {
        var slicing = new Slicing(operation.SelfShape);
        switch (operation.Name)
        {
            case "narrow":
            {
                TracedSize start = operation.Size(null, "start");
                slicing.Add(operation.Axis(null, "dim"), start, Sum(start, operation.Size(null, "length")), 1, removed: false);
                return slicing;
            }

            case "slice":
                slicing.Add(
                    operation.Axis(null, "dim"), operation.Size(0, "start"), operation.Size(long.MaxValue, "finish"), operation.Integer(1, "step"), removed: false);
                return slicing;
            case "select":
                slicing.Add(operation.Axis(null, "dim"), operation.Size(null, "index"));
                return slicing;
            case "unbind":
                slicing.Add(operation.Axis(0, "dimension", "dim"), operation.Fixed(output));
                return slicing;
            case "chunk" or "split" or "tensor_split" or "hsplit" or "vsplit" or "dsplit":
                return slicing.AddPart(operation, output) ? slicing : null;
            case "get_TensorItems" or "set_TensorItems":
                for (int axis = 0; axis < 6 && operation.Has($"i{axis + 1}"); axis++)
                    slicing.Add(axis, operation.Size(null, $"i{axis + 1}"));
                return slicing;
            default:
                return null;
        }
    }

    /// <summary>The part that indices mean; those that are no ranges or places aren't looked at.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="indices">The indices in each trace's own form, by axis.</param>
    public static Slicing Of(Operation operation, IEnumerable<(int Axis, IndexPart Part)> indices)
    {
        var slicing = new Slicing(operation.SelfShape);
        foreach ((int axis, IndexPart part) in indices)
        {
            if (part.Kind == IndexKind.Place)
                slicing.Add(axis, part.Start!);
            else if (part.Kind == IndexKind.Range && !part.IsWhole)
                slicing.Add(axis, part.Start ?? operation.Fixed(0), part.Stop ?? operation.Fixed(long.MaxValue), part.Step, removed: false);
        }

        return slicing;
    }

    /// <summary>A range of one axis.</summary>
    public static OnnxValue Part(Operation operation, OnnxValue value, int axis, TracedSize start, TracedSize stop, long step = 1) =>
        Cuts(operation, value, [new Cut(axis, start, stop, step, IsRemoved: false)]);

    /// <summary>Whether the part is all of it.</summary>
    public bool IsWhole => _cuts.Count == 0;

    /// <summary>The part's shape.</summary>
    public IReadOnlyList<TracedSize?> Shape
    {
        get
        {
            List<TracedSize?> shape = [.. _shape];
            foreach (Cut cut in _cuts)
                shape[cut.Axis] = cut.Length(_shape[cut.Axis]);
            return [.. shape.Where((_, axis) => !_cuts.Any(cut => cut.Axis == axis && cut.IsRemoved))];
        }
    }

    /// <summary>The part, with the axes that it keeps.</summary>
    public OnnxValue Read(Operation operation, OnnxValue value)
    {
        if (value.Part is var (place, written) && Equals(place))
            return written;
        OnnxGraph graph = operation.Graph;
        if (_cuts is [{ IsRemoved: true, Start: { IsConstant: true, Constant: var number } } only])
            return graph.Gather(value, graph.Constant(OnnxTensor.Scalar(OnnxElementType.Int64, number), "place"), only.Axis);
        OnnxValue part = Cuts(operation, value, _cuts);
        long[] removed = [.. _cuts.Where(cut => cut.IsRemoved).Select(cut => (long)cut.Axis)];
        return removed.Length == 0 ? part : graph.Squeeze(part, removed);
    }

    /// <summary>The whole with another part.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="old">The whole.</param>
    /// <param name="value">The part, of just its shape.</param>
    public OnnxValue Write(Operation operation, OnnxValue old, OnnxValue value)
    {
        long[] removed = [.. _cuts.Where(cut => cut.IsRemoved).Select(cut => (long)cut.Axis)];
        OnnxValue written = Write(operation, old, removed.Length > 0 ? operation.Graph.Unsqueeze(value, removed) : value, 0);
        if (!IsWhole)
            written.Part = (this, value);
        return written;
    }

    /// <inheritdoc/>
    public bool Equals(Slicing? other) => other is not null && _cuts.SequenceEqual(other._cuts);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Slicing);

    /// <inheritdoc/>
    public override int GetHashCode() => _cuts.Count;

    private static OnnxValue Cuts(Operation operation, OnnxValue value, IReadOnlyList<Cut> cuts)
    {
        if (cuts.Count == 0)
            return value;
        OnnxGraph graph = operation.Graph;
        return graph.AddNode(
            "Slice",
            [
                value,
                operation.ShapeValue([.. cuts.Select(cut => cut.Start)], "starts"),
                operation.ShapeValue([.. cuts.Select(cut => cut.Stop)], "ends"),
                graph.Constant(OnnxTensor.Of<long>([.. cuts.Select(cut => (long)cut.Axis)], cuts.Count), "axes"),
                cuts.All(cut => cut.Step == 1) ? null : graph.Constant(OnnxTensor.Of<long>([.. cuts.Select(cut => cut.Step)], cuts.Count), "steps"),
            ],
            rank: value.Rank);
    }

    private OnnxValue Write(Operation operation, OnnxValue old, OnnxValue value, int from)
    {
        if (from == _cuts.Count)
            return value;
        Cut cut = _cuts[from];
        OnnxValue part = from + 1 < _cuts.Count ? Write(operation, Cuts(operation, old, [cut]), value, from + 1) : value;
        if (cut.Step != 1)
            return Scatter(operation, old, part, cut);
        var pieces = new List<OnnxValue>();
        TracedSize end = operation.Fixed(long.MaxValue), begin = operation.Fixed(0);
        if (!cut.Start.Equals(begin))
            pieces.Add(Cuts(operation, old, [cut with { Start = begin, Stop = cut.Start }]));
        pieces.Add(part);
        if (!cut.Stop.Equals(end) && !cut.Stop.Equals(_shape[cut.Axis]))
            pieces.Add(Cuts(operation, old, [cut with { Start = cut.Stop, Stop = end }]));
        return pieces.Count == 1 ? pieces[0] : operation.Graph.Concat(cut.Axis, [.. pieces]);
    }

    // The places are numbered in a vector cut in the same way, and the axis is brought to the front for them.
    private OnnxValue Scatter(Operation operation, OnnxValue old, OnnxValue part, Cut cut)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue all = graph.Numbers(graph.Shape(old, cut.Axis, cut.Axis + 1));
        OnnxValue places = graph.Unsqueeze(Cuts(operation, all, [cut with { Axis = 0 }]), 1);
        long[] front = [cut.Axis, .. Enumerable.Range(0, _shape.Count).Where(axis => axis != cut.Axis)];
        long[] back = [.. Enumerable.Range(0, front.Length).Select(axis => (long)Array.IndexOf(front, axis))];
        OnnxValue moved = cut.Axis == 0 ? old : graph.Transpose(old, front), updates = cut.Axis == 0 ? part : graph.Transpose(part, front);
        OnnxValue written = graph.AddNode("ScatterND", [moved, places, updates], rank: old.Rank);
        return cut.Axis == 0 ? written : graph.Transpose(written, back);
    }

    private bool AddPart(Operation operation, int output)
    {
        if (operation.IsTensor("indices"))
            throw operation.NotSupported("a tensor says where tensor_split splits, so that the parts' sizes depend on what is in it", "Give the places as numbers");
        int axis = operation.Name switch { "hsplit" => operation.Rank > 1 ? 1 : 0, "vsplit" => 0, "dsplit" => 2, _ => operation.Axis(0, "dim") };
        TracedSize start = operation.Fixed(0);
        for (int i = 0; i <= output; i++)
        {
            if (operation.OutputShapeOf(i)[axis] is not { } size)
                return false;
            TracedSize stop = Sum(start, size);
            if (i == output)
                Add(axis, start, stop, 1, removed: false);
            start = stop;
        }

        return true;
    }

    private void Add(int axis, TracedSize place)
    {
        // −1 is the last place, and no range from −1 to 0.
        if (place.IsConstant && place.Constant < 0 && _shape[axis] is { } size)
            place = Sum(size, place);
        Add(axis, place, Sum(place, place with { Constant = 1, Coefficients = new long[place.Coefficients.Count] }), 1, removed: true);
    }

    private void Add(int axis, TracedSize start, TracedSize stop, long step, bool removed) =>
        _cuts.Add(new Cut(axis, FromFront(axis, start), FromFront(axis, stop), step, removed));

    private TracedSize FromFront(int axis, TracedSize place) =>
        place is { IsConstant: true, Constant: < 0 } && _shape[axis] is { IsConstant: true } size ? Sum(size, place) : place;

    private static TracedSize Sum(TracedSize one, TracedSize other) => one is { IsConstant: true, Constant: long.MaxValue } ? one : new(
        one.Constant + other.Constant, [.. one.Coefficients.Zip(other.Coefficients, (a, b) => a + b)]);

    private sealed record Cut(int Axis, TracedSize Start, TracedSize Stop, long Step, bool IsRemoved)
    {
        public TracedSize? Length(TracedSize? whole)
        {
            TracedSize? stop = Stop is { IsConstant: true } end && (whole is not { IsConstant: true } || end.Constant > whole.Constant) && end.Constant > int.MaxValue ? whole : Stop;
            if (stop is null)
                return null;
            TracedSize length = Sum(stop, Start with { Constant = -Start.Constant, Coefficients = [.. Start.Coefficients.Select(coefficient => -coefficient)] });
            return Step == 1 ? length : length.IsConstant ? length with { Constant = (length.Constant + Step - 1) / Step } : null;
        }
    }
}

/// <summary>What an index does to its axis.</summary>
internal enum IndexKind
{
    /// <summary>Keeps a range of it.</summary>
    Range,

    /// <summary>Takes one place of it.</summary>
    Place,

    /// <summary>Adds an axis of size 1 before it.</summary>
    NewAxis,

    /// <summary>Stands for all axes that no other index does.</summary>
    Ellipsis,

    /// <summary>Takes the places that a tensor has.</summary>
    Tensor,

    /// <summary>A truth value, which no graph says.</summary>
    Flag,
}

/// <summary>One of the indices between brackets.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Start">The place, or where the range begins; null for the beginning.</param>
/// <param name="Stop">Where the range ends; null for the end.</param>
/// <param name="Step">The range's step.</param>
/// <param name="Tensor">The places.</param>
internal sealed record IndexPart(IndexKind Kind, TracedSize? Start, TracedSize? Stop, long Step, Tensor? Tensor)
{
    /// <summary>Whether it leaves its axis as it is.</summary>
    public bool IsWhole => Kind == IndexKind.Range && Start is null or { IsConstant: true, Constant: 0 } && Stop is null && Step == 1;
}

/// <summary>Reads TorchSharp's indices, whose parts aren't public.</summary>
internal static class IndexParts
{
    private const BindingFlags Hidden = BindingFlags.Instance | BindingFlags.NonPublic;

    private static readonly FieldInfo s_kind = typeof(TensorIndex).GetField("kind", Hidden)!;
    private static readonly FieldInfo s_start = typeof(TensorIndex).GetField("startIndexOrBoolOrSingle", Hidden)!;
    private static readonly FieldInfo s_stop = typeof(TensorIndex).GetField("stopIndex", Hidden)!;
    private static readonly FieldInfo s_step = typeof(TensorIndex).GetField("step", Hidden)!;

    /// <summary>The numbers in an index, so that they can be compared between traces: kind, start, stop and step.</summary>
    public static long[] Numbers(TensorIndex index) =>
        [Convert.ToInt64(s_kind.GetValue(index), null), (long?)s_start.GetValue(index) ?? 0, (long?)s_stop.GetValue(index) ?? 0, (long?)s_step.GetValue(index) ?? 1];

    /// <summary>The index, with its numbers as they follow sizes.</summary>
    /// <param name="index">The index.</param>
    /// <param name="sizes">The numbers of <see cref="Numbers"/>.</param>
    public static IndexPart Of(TensorIndex index, IReadOnlyList<TracedSize?> sizes)
    {
        IndexKind kind = s_kind.GetValue(index)!.ToString() switch
        {
            "Single" => IndexKind.Place,
            "Slice" => IndexKind.Range,
            "Ellipsis" => IndexKind.Ellipsis,
            "Tensor" => IndexKind.Tensor,
            "Bool" => IndexKind.Flag,
            _ => IndexKind.NewAxis,
        };
        bool hasStart = s_start.GetValue(index) is not null, hasStop = s_stop.GetValue(index) is not null;
        return new IndexPart(kind, hasStart ? sizes[1] : null, hasStop ? sizes[2] : null, Numbers(index)[3], TensorTree.TensorOf(index));
    }
}
