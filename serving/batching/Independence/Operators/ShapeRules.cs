using MnistAdder.Onnx;
using MnistAdder.OnnxBatching.Independence.Flows;

namespace MnistAdder.OnnxBatching.Independence.Operators;

/// <summary>Operators that make shapes, read them or give a value another one.</summary>
internal static class ShapeRules
{
    public static void AddTo(Dictionary<(string, string), Operation.Rule> rules)
    {
        rules.Add("", Constant, "Constant");
        rules.Add("", ConstantOfShape, "ConstantOfShape");
        rules.Add("", Shape, "Shape");
        rules.Add("", operation => [OfSizes(operation, [], [Size.Product(operation.Ranked(0).Shape!)])], "Size");
        rules.Add("", Range, "Range");
        rules.Add("", operation => operation.Data(0).Kind == FlowKind.Same ? [Flow.Same(operation.Data(0).Shape)] : throw operation.Mixed("numbers the rows"), "EyeLike");
        rules.Add("", Operation.Placing(Reshape), "Reshape");
        rules.Add("", Operation.Placing(Flatten), "Flatten");
        rules.Add("", Operation.Placing(Squeeze), "Squeeze");
        rules.Add("", Operation.Placing(Unsqueeze), "Unsqueeze");
        rules.Add("com.microsoft", Unsqueeze, "ExpandDims");
        rules.Add("", Operation.Placing(Transpose), "Transpose");
        rules.Add("", Operation.Placing(Expand), "Expand");
        rules.Add("", Tile, "Tile");
    }

    private static Flow[] Constant(Operation operation)
    {
        if (operation.Attribute("value")?.T is { } tensor)
            return [Flow.OfConstant(tensor)];
        if (operation.Attribute("value_int") is { } integer)
            return [Flow.Of([], [Size.Of(integer.I)])];
        // A long list isn't there, or not all of it.
        if (operation.Integers("value_ints") is { Length: > 0 and <= Flow.MostElements } integers)
            return [Flow.Of([Size.Of(integers.Length)], [.. integers.Select(Size.Of)])];
        if (operation.Attribute("value_floats") is { Floats.Count: > 0 and <= Flow.MostElements } floats)
            return [Flow.Same([Size.Of(floats.Floats.Count)])];
        return [Flow.Same(operation.Attribute("value_float") is not null || operation.Attribute("value_string") is not null ? [] : null)];
    }

    private static Flow[] ConstantOfShape(Operation operation)
    {
        Size[] shape = operation.Sizes(0);
        TensorProto? value = operation.Attribute("value")?.T;
        Size count = Size.Product(shape);
        if (count.Known is <= Flow.MostElements and >= 0 && value is not null && TensorIntegers.From(value) is [var number])
            return [Flow.Of(shape, [.. Enumerable.Repeat(Size.Of(number), (int)count.Known)])];
        return [Repeated(operation, shape, (_, size) => size.HasRows)];
    }

    private static Flow[] Shape(Operation operation)
    {
        Size[] shape = operation.Follow(0) is { Padding: null, Shape: { } known } ? known : throw operation.Unknown("reads a shape that isn't known");
        int rank = shape.Length;
        int start = Bound("start", 0), end = Bound("end", rank);
        return [OfSizes(operation, [Size.Of(Math.Max(0, end - start))], [.. shape.Skip(start).Take(Math.Max(0, end - start))])];

        int Bound(string attribute, long otherwise)
        {
            long bound = operation.Integer(attribute, otherwise);
            return (int)Math.Clamp(bound < 0 ? bound + rank : bound, 0, rank);
        }
    }

    private static Flow OfSizes(Operation operation, Size[] shape, Size[] sizes) =>
        Array.Exists(sizes, size => size.IsTainted) ? throw operation.Mixed("depends on the number of rows") : Flow.Of(shape, sizes);

    private static Flow[] Range(Operation operation)
    {
        // As many as there are rows, or times as many: their numbers.
        if (operation.Input(0).Elements is [{ Known: 0 }] && operation.Input(2).Elements is [{ Known: 1 }] && operation.Input(1).Elements is [{ HasRows: true } all] && all.DividedBy(Size.Rows) is { } each)
        {
            operation.FollowAll();
            return [Flow.Positions(Flow.PerRow([all], 0), each, each)];
        }

        operation.RequireSame(0, 1, 2);
        if (operation.Input(0).Elements is [{ Known: { } start }] && operation.Input(1).Elements is [{ Known: { } limit }] && operation.Input(2).Elements is [{ Known: { } delta and not 0 }])
        {
            long count = Math.Max(0, (limit - start + delta - Math.Sign(delta)) / delta);
            if (count <= Flow.MostElements)
                return [Flow.Of([Size.Of(count)], [.. Enumerable.Range(0, (int)count).Select(i => Size.Of(start + (i * delta)))])];
        }

        // From 0 on by 1 there are as many as the limit says.
        bool counts = operation.Input(0).Elements is [{ Known: 0 }] && operation.Input(2).Elements is [{ Known: 1 }];
        return [Flow.Same(counts && operation.Input(1).Elements is [{ IsNonNegative: true } size] ? [size] : operation.Dimensions(1))];
    }

    private static Flow[] Reshape(Operation operation)
    {
        Flow data = operation.Follow(0);
        // The shape was an attribute before version 5.
        Size[]? wanted = operation.Integers("shape") is { } attribute ? [.. attribute.Select(Size.Of)] : null;
        if (wanted is null && operation.Input(1) is { Kind: FlowKind.Same, Elements: null } && operation.Data(0).Kind == FlowKind.Same)
            return [Flow.Same(operation.Input(1).Shape is [{ Known: { } rank }] ? operation.Dimensions((int)rank) : null)];
        wanted ??= operation.Sizes(1);
        if (data.Shape is not { } shape)
        {
            return data.Kind == FlowKind.Same && !Array.Exists(wanted, size => size.HasRows)
                ? [Flow.Same([.. wanted.Select((size, axis) => size.Known > 0 ? size : operation.Dimension(axis))])]
                : throw operation.Unknown("reshapes something of unknown shape");
        }

        return [To(operation, data, Resolve(operation, shape, wanted, data.Kind == FlowKind.Same), isSaid: !wanted.Any(size => size.Known == -1))];
    }

    // 0 is the input's own size, and −1 what is left over.
    private static Size[] Resolve(Operation operation, Size[] shape, Size[] wanted, bool isSame)
    {
        Size[] target = [.. wanted];
        int open = -1;
        for (int axis = 0; axis < target.Length; axis++)
        {
            if (target[axis].Known == 0 && operation.Integer("allowzero", 0) == 0)
                target[axis] = axis < shape.Length ? shape[axis] : throw operation.Unknown("copies a size that isn't there");
            else if (target[axis].Known == -1)
                open = open < 0 ? axis : throw operation.Unknown("leaves two sizes open");
            else if (target[axis].IsTainted)
                throw operation.Mixed("depends on the number of rows");
        }

        if (open >= 0)
        {
            Size rest = Size.Product(target.Where((_, axis) => axis != open));
            target[open] = Size.Product(shape).DividedBy(rest)
                ?? (isSame && !rest.HasRows ? operation.Dimension(open) : throw operation.Unknown("has a size that can't be told"));
        }

        return target;
    }

    // Sizes that are all said fit whenever the operator doesn't fail, be they known to be equal or not.
    private static Flow To(Operation operation, Flow data, Size[] target, bool isSaid)
    {
        if (data.Elements is { } elements && Array.TrueForAll(target, size => size.Known is not null))
            return Flow.Of(target, elements);
        if (operation.Data(0).Kind == FlowKind.Same)
            return Array.Exists(target, size => size.HasRows) ? throw operation.Mixed("has a shape for one number of rows alone") : Flow.Same(target);
        int axis = Array.FindIndex(target, size => size.HasRows);
        if (axis < 0)
            throw operation.Mixed("has a shape for one number of rows alone");
        Size count = Size.Product(target), own = Size.Product(data.Shape!);
        if (count != own && !(isSaid && (count.IsOpen || own.IsOpen)))
            throw operation.Unknown("has a shape that can't be compared with its input's");
        Size outer = data.Before.DividedBy(Size.Product(target.Take(axis))) ?? throw operation.Unknown("divides what stands before the rows in a way that can't be followed");
        return Flow.PerRow(target, axis, outer);
    }

    private static Flow[] Flatten(Operation operation)
    {
        // Words of one text each, as scikit-learn's texts are: the last axis stays what it is.
        if (operation.Input(0) is { Padding: not null, Axis: 0, Shape: [var texts, .. var middle, var words] } filled && operation.Integer("axis", 1) == 1 && middle.All(size => size.Known == 1))
        {
            operation.Follow(0);
            return [Flow.PerRow([texts, words], 0, filled.Outer) with { Padding = filled.Padding }];
        }

        Flow data = operation.Ranked(0);
        int rank = data.Shape!.Length;
        long axis = operation.Integer("axis", 1);
        int cut = (int)(axis < 0 ? axis + rank : axis);
        if (cut < 0 || cut > rank)
            throw operation.Unknown("has an axis that isn't there");
        return [To(operation, data, [Size.Product(data.Shape.Take(cut)), Size.Product(data.Shape.Skip(cut))], isSaid: false)];
    }

    private static Flow[] Squeeze(Operation operation)
    {
        Flow data = operation.Follow(0) is { Shape: not null, Padding: null } flow ? flow : operation.Ranked(0);
        int rank = data.Shape!.Length;
        // No axes are all axes of size 1.
        if (operation.IntegersOf("axes", 1) is not { Length: > 0 } axes)
        {
            if (data.Kind == FlowKind.PerRow || !Array.TrueForAll(data.Shape, size => size.Known is not null))
                throw operation.Unknown("takes away whatever dimensions have size 1");
            axes = [.. Enumerable.Range(0, rank).Where(axis => data.Shape[axis].Known == 1).Select(axis => (long)axis)];
        }

        int[] gone = [.. axes.Select(axis => operation.Axis(axis, rank))];
        if (data.Kind == FlowKind.PerRow && gone.Contains(data.Axis))
            throw operation.Mixed("takes the rows' axis away");
        Size[] shape = [.. data.Shape.Where((_, axis) => !gone.Contains(axis))];
        if (data.Elements is { } elements)
            return [Flow.Of(shape, elements)];
        return [data.Kind == FlowKind.PerRow ? Flow.PerRow(shape, data.Axis - gone.Count(axis => axis < data.Axis), data.Outer) : Flow.Same(shape)];
    }

    private static Flow[] Unsqueeze(Operation operation)
    {
        Flow data = operation.Follow(0) is { Shape: not null, Padding: null } flow ? flow : operation.Ranked(0);
        long[] axes = operation.IntegersOf("axes", 1) ?? throw operation.Unknown("has no axes");
        int rank = data.Shape!.Length + axes.Length;
        int[] added = [.. axes.Select(axis => operation.Axis(axis, rank))];
        var old = new Queue<int>(Enumerable.Range(0, data.Shape.Length));
        int[] sources = [.. Enumerable.Range(0, rank).Select(axis => added.Contains(axis) || old.Count == 0 ? -1 : old.Dequeue())];
        Size[] shape = [.. sources.Select(source => source < 0 ? Size.One : data.Shape[source])];
        if (data.Elements is { } elements)
            return [Flow.Of(shape, elements)];
        return [data.Kind == FlowKind.PerRow ? Flow.PerRow(shape, Array.IndexOf(sources, data.Axis), data.Outer) : Flow.Same(shape)];
    }

    private static Flow[] Transpose(Operation operation)
    {
        Flow data = operation.Follow(0);
        if (data is { Elements: { } elements, Shape.Length: <= 1 })
            return [Flow.Of(data.Shape, elements)];
        if (data is { Elements: not null, Shape: [{ Known: { } height }, { Known: { } width }] } && operation.Integers("perm") is null or [1, 0])
        {
            Size[] turned = [.. Enumerable.Range(0, data.Elements!.Length).Select(i => data.Elements[(int)((i % height * width) + (i / height))])];
            return [Flow.Of([data.Shape[1], data.Shape[0]], turned)];
        }

        data = operation.Ranked(0);
        int rank = data.Shape!.Length;
        int[] order = operation.Integers("perm") is { } perm ? [.. perm.Select(axis => operation.Axis(axis, rank))] : [.. Enumerable.Range(0, rank).Reverse()];
        if (order.Length != rank || order.Distinct().Count() != rank)
            throw operation.Unknown("has an order of other dimensions");
        Size[] shape = [.. order.Select(axis => data.Shape[axis])];
        return [data.Kind == FlowKind.PerRow ? Flow.PerRow(shape, Array.IndexOf(order, data.Axis), data.Outer) : Flow.Same(shape)];
    }

    private static Flow[] Expand(Operation operation)
    {
        Flow data = operation.Follow(0) is { Elements: [_] } integer ? integer : operation.Ranked(0);
        if (data.Kind == FlowKind.Same && operation.Input(1) is { Kind: FlowKind.Same, Elements: null })
            return [Flow.Same(null)];
        Size[] wanted = operation.Sizes(1);
        int rank = Math.Max(wanted.Length, data.Shape!.Length);
        if (data.Elements is [var element] && wanted.Length >= data.Shape.Length && Size.Product(wanted).Known is > 0 and <= Flow.MostElements and var count)
            return [Flow.Of(wanted, [.. Enumerable.Repeat(element, (int)count)])];
        data = operation.Ranked(0);
        Size[] own = [.. Enumerable.Repeat(Size.One, rank - data.Shape!.Length), .. data.Shape];
        Size[] target = [.. Enumerable.Repeat(Size.One, rank - wanted.Length), .. wanted];
        if (data.Kind == FlowKind.Same)
        {
            Size[] grown = [.. own.Zip(target, (mine, theirs) => theirs.HasRows ? theirs : Broadcasting.Broadcast(mine, theirs))];
            return [Repeated(operation, grown, (axis, size) => size.HasRows && own[axis].Known == 1)];
        }

        int rowAxis = data.Axis + rank - data.Shape.Length;
        if (target[rowAxis] != own[rowAxis] && target[rowAxis].Known != 1)
            throw target[rowAxis].Known is null && !target[rowAxis].IsTainted ? operation.Unknown("expands rows to an unknown number") : operation.Mixed("expands rows to another number");
        if (target.Where((size, axis) => axis != rowAxis && size.HasRows).Any())
            throw operation.Mixed("repeats a row as often as there are rows");
        Size[] shape = [.. own.Zip(target, Broadcasting.Broadcast)];
        shape[rowAxis] = own[rowAxis];
        return [Flow.PerRow(shape, rowAxis, data.Outer)];
    }

    // The same for each row, along the one axis that has a place for every row.
    private static Flow Repeated(Operation operation, Size[] shape, Func<int, Size, bool> isRepeated)
    {
        int[] axes = [.. Enumerable.Range(0, shape.Length).Where(axis => shape[axis].HasRows)];
        if (axes.Length == 0)
            return Flow.Same(shape);
        if (axes.Length > 1 || shape[axes[0]].IsTainted || !isRepeated(axes[0], shape[axes[0]]))
            throw operation.Mixed("has a shape that depends on the number of rows");
        return Flow.PerRow(shape, axes[0]);
    }

    private static Flow[] Tile(Operation operation)
    {
        Flow data = operation.Ranked(0);
        if (data.Kind == FlowKind.Same && operation.Input(1) is { Kind: FlowKind.Same, Elements: null })
            return [Flow.Same(operation.Dimensions(data.Shape!.Length))];
        Size[] repeats = operation.Sizes(1);
        if (repeats.Length != data.Shape!.Length)
            throw operation.Unknown("repeats other dimensions");
        Size[] shape = [.. data.Shape.Zip(repeats, (size, times) => size * times)];
        if (data.Kind == FlowKind.Same)
            return [Repeated(operation, shape, (_, _) => true)];
        return [Flow.PerRow(shape, data.Axis, data.Outer * repeats[data.Axis])];
    }
}
