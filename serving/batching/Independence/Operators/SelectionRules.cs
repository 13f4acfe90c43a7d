using MnistAdder.OnnxBatching.Independence.Flows;

namespace MnistAdder.OnnxBatching.Independence.Operators;

/// <summary>Operators that put values together, or take parts of them.</summary>
internal static class SelectionRules
{
    // Exporters write "to the end" as one of the greatest integers.
    private const long BeyondAnyEnd = int.MaxValue - 1;

    public static void AddTo(Dictionary<(string, string), Operation.Rule> rules)
    {
        rules.Add("", Concat, "Concat");
        rules.Add("com.microsoft", QuantizedConcat, "QLinearConcat");
        rules.Add("", Split, "Split");
        rules.Add("", Slice, "Slice");
        rules.Add("", Pad, "Pad");
        rules.Add("", Gather, "Gather");
        rules.Add("", GatherElements, "GatherElements");
        rules.Add("", ScatterElements, "ScatterElements", "Scatter");
        rules.Add("", OneHot, "OneHot");
        rules.Add("", Counted, "NonZero", "Unique", "Compress", "NonMaxSuppression");
    }

    private static Flow[] Concat(Operation operation)
    {
        if (operation.InputCount == 0)
            throw operation.Unknown("has no operands");
        if (operation.Inputs.All(input => input is { Elements: not null, Shape.Length: 1 }))
        {
            Size[] elements = [.. operation.FollowAll().SelectMany(input => input.Elements!)];
            return [elements.Length <= Flow.MostElements ? Flow.Of([Size.Of(elements.Length)], elements) : throw operation.Unknown("makes a long list of integers")];
        }

        if (operation.Input(0) is { AreRowNumbers: true, IsTuple: false, Shape: [.., { Known: 1 }] shapeOfFirst } first)
            return [PlaceRules.Tuples(operation, first, shapeOfFirst.Length)];
        return Joined(operation, [.. Enumerable.Range(0, operation.InputCount).Select(operation.Ranked)]);
    }

    // (the result's scale and zero point, then each part with its own)
    private static Flow[] QuantizedConcat(Operation operation)
    {
        const int First = 2, PerPart = 3;
        int parts = (operation.InputCount - First) / PerPart;
        if (parts == 0)
            throw operation.Unknown("has no operands");
        operation.RequireSame([.. Enumerable.Range(0, operation.InputCount).Where(i => i < First || (i - First) % PerPart > 0)]);
        return Joined(operation, [.. Enumerable.Range(0, parts).Select(part => operation.Ranked(First + (part * PerPart)))]);
    }

    private static Flow[] Joined(Operation operation, Flow[] parts)
    {
        int rank = parts[0].Shape!.Length;
        int axis = operation.Axis(operation.Integer("axis", 1), rank);
        if (parts.Any(part => part.Shape!.Length != rank))
            throw operation.Unknown("joins values of different numbers of dimensions");
        Size[] shape = [.. parts[0].Shape!];
        shape[axis] = parts.Select(part => part.Shape![axis]).Aggregate((left, right) => left + right);
        if (parts.All(part => part.Kind == FlowKind.Same))
            return [Flow.Same(shape)];
        Flow rows = parts.First(part => part.Kind == FlowKind.PerRow);
        if (parts.Any(part => part.Kind != FlowKind.PerRow || part.Axis != rows.Axis || !part.HasRowsAs(rows)))
            throw operation.Mixed("joins rows to something that isn't as many");
        if (axis != rows.Axis)
            return [Flow.PerRow(shape, rows.Axis, rows.Outer)];
        // All rows of the first part, then all of the second.
        if (rows.Outer != Size.One)
            throw operation.Unknown("joins rows that are spread");
        return [Flow.PerRow(shape, axis, Size.Of(parts.Length))];
    }

    private static Flow[] Split(Operation operation)
    {
        Flow data = operation.Follow(0) is { Elements: not null, Shape.Length: 1 } list ? list : operation.Ranked(0);
        int axis = operation.Axis(operation.Integer("axis", 0), data.Shape!.Length);
        if (data.Kind == FlowKind.PerRow && axis == data.Axis)
            throw operation.Mixed("divides the rows");
        operation.RequireSame(1);
        long[]? sizes = operation.Integers("split") ?? (operation.Has(1) && operation.Input(1).Elements is not null ? operation.Integers(1) : null);
        if (data.Elements is { } elements && data.Shape.Length == 1)
        {
            sizes ??= operation.Has(1) || elements.Length % operation.OutputCount != 0 ? null : [.. Enumerable.Repeat((long)elements.Length / operation.OutputCount, operation.OutputCount)];
            if (sizes is not null && sizes.Length == operation.OutputCount && sizes.Sum() == elements.Length && Array.TrueForAll(sizes, size => size >= 0))
                return [.. sizes.Select((size, output) => Flow.Of([Size.Of(size)], elements.AsSpan((int)sizes[..output].Sum(), (int)size).ToArray()))];
        }

        data = operation.Ranked(0);
        Size? equal = sizes is null && !operation.Has(1) ? data.Shape![axis].DividedBy(Size.Of(operation.OutputCount)) : null;
        return [.. Enumerable.Range(0, operation.OutputCount).Select(output =>
        {
            Size[] shape = [.. data.Shape!];
            shape[axis] = sizes is not null && output < sizes.Length ? Size.Of(sizes[output]) : equal ?? operation.Dimension(axis, output);
            return data.WithShape(shape);
        })];
    }

    private static Flow[] Slice(Operation operation)
    {
        Flow data = operation.Follow(0);
        int rank = data.Shape?.Length ?? operation.Ranked(0).Shape!.Length;
        operation.RequireSame(1, 3, 4);
        int count = operation.Integers("starts")?.Length ?? operation.Input(1).Shape switch
        {
            [{ Known: { } length }] => (int)length,
            _ => throw operation.Unknown("takes parts along dimensions that aren't known"),
        };
        long[] axes = operation.IntegersOf("axes", 3) ?? [.. Enumerable.Range(0, count).Select(axis => (long)axis)];
        long?[] starts = Bounds("starts", 1), ends = Bounds("ends", 2), steps = operation.Has(4) ? Bounds("steps", 4) : [.. Enumerable.Repeat<long?>(1, count)];

        if (data.Elements is { } elements && rank <= 2 && axes.Length == 1 && (starts[0], ends[0], steps[0]) is ({ } start, { } end, { } step) && step != 0)
            return [OfElements(data, elements, operation.Axis(axes[0], rank), start, end, step)];
        Size[] endSizes = operation.Has(2) && operation.Input(2).Elements is { } sizesOfEnds ? sizesOfEnds : [];
        data = operation.Ranked(0);
        Size[] shape = [.. data.Shape!];
        for (int i = 0; i < axes.Length; i++)
        {
            int axis = operation.Axis(axes[i], rank);
            Size size = shape[axis];
            bool isWhole = starts[i] == 0 && steps[i] == 1 && (ends[i] >= BeyondAnyEnd || (i < endSizes.Length && endSizes[i] == size));
            if (isWhole)
                continue;
            if (data.Kind == FlowKind.PerRow && axis == data.Axis)
                throw operation.Mixed("takes some of the rows");
            shape[axis] = size.Known is { } known && (starts[i], ends[i], steps[i]) is ({ } from, { } to, { } by) && by != 0
                ? Size.Of(Indices(known, from, to, by).Count())
                : operation.Dimension(axis);
        }

        if (endSizes.Any(end => end.HasRows) && axes.Where((axis, i) => i < endSizes.Length && endSizes[i].HasRows && !(data.Kind == FlowKind.PerRow && operation.Axis(axis, rank) == data.Axis)).Any())
            throw operation.Mixed("takes a part that depends on the number of rows");
        return [data.WithShape(shape)];

        long?[] Bounds(string attribute, int index)
        {
            if (operation.Integers(attribute) is { } given)
                return [.. given.Select(bound => (long?)bound)];
            Flow flow = operation.Follow(index);
            if (flow.Kind is FlowKind.PerRow or FlowKind.Positions)
                throw operation.Mixed("takes other parts for other rows");
            return flow.Elements is { } known && known.Length == count ? [.. known.Select(bound => bound.Known)] : new long?[count];
        }
    }

    private static Flow OfElements(Flow data, Size[] elements, int axis, long start, long end, long step)
    {
        if (data.Shape is [_] or [_, _] && Array.TrueForAll(data.Shape, size => size.Known is not null))
        {
            long width = data.Shape.Length == 2 ? data.Shape[1].Known!.Value : 1;
            int[] taken = [.. Indices(data.Shape[axis].Known!.Value, start, end, step)];
            Size[] shape = [.. data.Shape];
            shape[axis] = Size.Of(taken.Length);
            Size[] part = axis == 0
                ? [.. taken.SelectMany(row => Enumerable.Range(0, (int)width).Select(column => elements[(int)((row * width) + column)]))]
                : [.. Enumerable.Range(0, (int)data.Shape[0].Known!.Value).SelectMany(row => taken.Select(column => elements[(int)((row * width) + column)]))];
            return Flow.Of(shape, part);
        }

        return Flow.Same(null);
    }

    private static IEnumerable<int> Indices(long size, long start, long end, long step)
    {
        if (size <= 0)
            yield break;
        long from = start < 0 ? start + size : start, to = end < 0 ? end + size : end;
        from = Math.Clamp(from, 0, step > 0 ? size : size - 1);
        to = Math.Clamp(to, step > 0 ? 0 : -1, size);
        for (long i = from; step > 0 ? i < to : i > to; i += step)
            yield return (int)i;
    }

    private static Flow[] Pad(Operation operation)
    {
        operation.RequireSame(2, 3);
        Flow data = operation.Ranked(0);
        int rank = data.Shape!.Length;
        if (data.Kind == FlowKind.Same && operation.Has(1) && operation.Input(1) is { Kind: FlowKind.Same, Elements: null })
            return [Flow.Same(operation.Dimensions(rank))];
        Size[]? given = (operation.Integers("pads") ?? operation.Integers("paddings")) is { } attribute ? [.. attribute.Select(Size.Of)] : null;
        Size[] pads = given ?? operation.Sizes(1);
        int[] axes = operation.Has(3) ? [.. operation.Integers(3).Select(axis => operation.Axis(axis, rank))] : [.. Enumerable.Range(0, rank)];
        if (pads.Length != 2 * axes.Length)
            throw operation.Unknown("pads other dimensions");
        Size[] shape = [.. data.Shape];
        for (int i = 0; i < axes.Length; i++)
        {
            Size before = pads[i], after = pads[i + axes.Length];
            if (before.HasRows || after.HasRows)
                throw operation.Mixed("adds as much as there are rows");
            if (data.Kind == FlowKind.PerRow && axes[i] == data.Axis && (before.Known != 0 || after.Known != 0))
                throw before.Known is null || after.Known is null ? operation.Unknown("adds an unknown number of rows") : operation.Mixed("adds rows");
            shape[axes[i]] = (before + after).Known switch
            {
                0 => shape[axes[i]],
                { } added when shape[axes[i]].Known is { } known => Size.Of(known + added),
                _ => operation.Dimension(axes[i]),
            };
        }

        return [data.WithShape(shape)];
    }

    private static Flow[] Gather(Operation operation)
    {
        Flow data = operation.Input(0), indices = operation.Input(1);
        if (data is { Elements: { } elements, Shape.Length: 1 } && indices is { Elements: { } wanted } && Array.TrueForAll(wanted, index => index.Known is not null))
        {
            Size[] taken = [.. wanted.Select(index => index.Known!.Value).Select(index => index < 0 ? index + elements.Length : index)
                .Select(index => index >= 0 && index < elements.Length ? elements[index] : throw operation.Unknown("takes a size that isn't there"))];
            operation.FollowAll();
            return [Flow.Of(indices.Shape!, taken)];
        }

        if (indices is { Kind: FlowKind.Positions, IsTuple: false, Below: { } below } && operation.Ranked(0) is { Kind: FlowKind.PerRow } blocks
            && operation.Axis(operation.Integer("axis", 0), blocks.Shape!.Length) == blocks.Axis && blocks.Outer == Size.One
            && blocks.Shape[blocks.Axis].DividedBy(Size.Rows) is { } block && block == indices.Stride && (below == block || below.Known <= block.Known || below == Size.One))
        {
            // Each row's own block of what lies in rows.
            operation.FollowAll();
            return [Flow.PerRow([.. blocks.Shape[..blocks.Axis], .. indices.Shape!, .. blocks.Shape[(blocks.Axis + 1)..]], blocks.Axis + indices.Axis, indices.Outer)];
        }

        data = operation.Data(0);
        indices = operation.Data(1);
        if (data.Kind == FlowKind.Same && indices.Kind == FlowKind.Same && (data.Shape is null || indices.Shape is null))
            return [Flow.Same(null)];
        data = operation.Ranked(0);
        indices = operation.Ranked(1);
        int axis = operation.Axis(operation.Integer("axis", 0), data.Shape!.Length);
        Size[] shape = [.. data.Shape[..axis], .. indices.Shape!, .. data.Shape[(axis + 1)..]];
        if (data.Kind == FlowKind.Same)
            return [indices.Kind == FlowKind.Same ? Flow.Same(shape) : Flow.PerRow(shape, axis + indices.Axis, indices.Outer)];
        if (indices.Kind == FlowKind.PerRow || data.Axis == axis)
            throw operation.Mixed("takes some of the rows");
        return [Flow.PerRow(shape, data.Axis < axis ? data.Axis : data.Axis - 1 + indices.Shape!.Length, data.Outer)];
    }

    private static Flow[] GatherElements(Operation operation)
    {
        Flow data = operation.Ranked(0), indices = operation.Ranked(1);
        if (data.Kind == FlowKind.Same && indices.Kind == FlowKind.Same)
            return [Flow.Same(indices.Shape)];
        return [Aligned(operation, indices, operation.Axis(operation.Integer("axis", 0), data.Shape!.Length), data, indices)];
    }

    private static Flow[] ScatterElements(Operation operation)
    {
        Flow data = operation.Ranked(0), indices = operation.Ranked(1), updates = operation.Ranked(2);
        if (operation.Inputs.All(input => input.Kind == FlowKind.Same))
            return [Flow.Same(data.Shape)];
        return [Aligned(operation, data, operation.Axis(operation.Integer("axis", 0), data.Shape!.Length), data, indices, updates)];
    }

    // All have the same rows along the same axis, and another axis is indexed.
    private static Flow Aligned(Operation operation, Flow result, int axis, params ReadOnlySpan<Flow> flows)
    {
        foreach (Flow flow in flows)
        {
            if (flow.Kind != FlowKind.PerRow || flow.Axis != result.Axis || flow.Shape!.Length != result.Shape!.Length || flow.Axis == axis || !flow.HasRowsAs(result))
                throw operation.Mixed("takes some of the rows");
        }

        return Flow.PerRow(result.Shape!, result.Axis, result.Outer);
    }

    private static Flow[] OneHot(Operation operation)
    {
        operation.RequireSame(1, 2);
        Flow indices = operation.Ranked(0);
        int rank = indices.Shape!.Length;
        int axis = operation.Axis(operation.Integer("axis", -1), rank + 1);
        Size depth = operation.Input(1).Elements is [var known] ? known : operation.Dimension(axis);
        Size[] shape = [.. indices.Shape[..axis], depth, .. indices.Shape[axis..]];
        return [indices.Kind == FlowKind.Same ? Flow.Same(shape) : Flow.PerRow(shape, indices.Axis < axis ? indices.Axis : indices.Axis + 1, indices.Outer)];
    }

    private static Flow[] Counted(Operation operation)
    {
        bool isSame = Enumerable.Range(0, operation.InputCount).Where(operation.Has).All(index => operation.Data(index).Kind == FlowKind.Same);
        if (!isSame)
            throw operation.Mixed("finds as many as there are among all rows");
        return [Flow.Same(operation.Type == "NonZero" && operation.Input(0).Shape is { } shape ? [Size.Of(shape.Length), operation.Dimension(1)] : null)];
    }
}
