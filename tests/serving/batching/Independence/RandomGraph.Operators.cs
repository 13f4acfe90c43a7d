using MnistAdder.Onnx;
using MnistAdder.Tests.Support.Models;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Independence;

/// <summary>The kinds of nodes.</summary>
internal sealed partial class RandomGraph
{
    private static readonly Action<RandomGraph>[] Kinds =
    [
        graph => graph.Unary(), graph => graph.Binary(), graph => graph.Binary(), graph => graph.Binary(), graph => graph.Select(), graph => graph.Convert(),
        graph => graph.Along(), graph => graph.Reduce(), graph => graph.Reduce(), graph => graph.Best(), graph => graph.Normalize(),
        graph => graph.Reshape(), graph => graph.Reshape(), graph => graph.Reshape(), graph => graph.Flatten(), graph => graph.Squeeze(), graph => graph.Unsqueeze(),
        graph => graph.Transpose(), graph => graph.Transpose(), graph => graph.Transpose(), graph => graph.Expand(), graph => graph.Tile(), graph => graph.Fill(),
        graph => graph.Concat(), graph => graph.Concat(), graph => graph.Split(), graph => graph.Slice(), graph => graph.Slice(), graph => graph.Pad(),
        graph => graph.Gather(), graph => graph.Gather(), graph => graph.GatherElements(), graph => graph.GatherNd(), graph => graph.Scatter(), graph => graph.OneHot(),
        graph => graph.MatMul(), graph => graph.MatMul(), graph => graph.Gemm(), graph => graph.Einsum(), graph => graph.Einsum(),
        graph => graph.Convolution(), graph => graph.Pool(), graph => graph.BatchNormalization(), graph => graph.Resize(), graph => graph.Recurrent(),
        graph => graph.Conditional(), graph => graph.Table(), graph => graph.Numbers(), graph => graph.Blocks(), graph => graph.Quantize(), graph => graph.OwnRows(), graph => graph.OwnRows(),
    ];

    private void Unary() => Add(OneOf("Relu", "Neg", "Abs", "Sigmoid", "Tanh", "Identity", "LeakyRelu", "Softsign", "Erf", "Dropout"), [Pick()], shapes => shapes[0]);

    private Value Other(Value value)
    {
        if (_random.Next(3) > 0)
            return Pick(value.Type);
        int[] shape = [.. value.All.Skip(_random.Next(value.Rank + 1)).Select(size => _random.Next(2) == 0 ? 1 : size)];
        return value.Type == ElementType.Float ? Floats(shape) : Integers([.. Enumerable.Range(0, Count(shape)).Select(_ => (long)_random.Next(-2, 4))], shape);
    }

    private void Binary()
    {
        Value left = Pick(OneOf(ElementType.Float, ElementType.Float, ElementType.Int64)), right = Other(left);
        Value[] operands = _random.Next(2) == 0 ? [left, right] : [right, left];
        if (_random.Next(4) == 0)
            Add(OneOf("Less", "Greater", "Equal"), operands, shapes => Broadcast(shapes), ElementType.Bool);
        else
            Add(left.Type == ElementType.Int64 ? OneOf("Add", "Sub", "Mul") : OneOf("Add", "Sub", "Mul", "Max", "Min", "Sum", "Mean"), operands, shapes => Broadcast(shapes));
    }

    private void Select()
    {
        Value yes = Pick(), no = Other(yes);
        Add("Where", [Pick(ElementType.Bool), yes, no], shapes => Broadcast(shapes), ElementType.Float);
    }

    private void Convert()
    {
        ElementType from = OneOf(ElementType.Bool, ElementType.Int64, ElementType.Float), to = from == ElementType.Float ? ElementType.Int64 : ElementType.Float;
        Add("Cast", [Pick(from)], shapes => shapes[0], to, Attribute("to", (long)to));
    }

    private void Along()
    {
        Value value = Pick(least: 1);
        int axis = AxisOf(value.Rank);
        if (_random.Next(4) == 0)
            Add("CumSum", [value, Integers([axis], [])], shapes => shapes[0], null, Attribute("exclusive", _random.Next(2)), Attribute("reverse", _random.Next(2)));
        else
            Add(OneOf("Softmax", "LogSoftmax", "LpNormalization"), [value], shapes => shapes[0], null, Attribute("axis", axis));
    }

    private void Reduce()
    {
        Value value = Pick();
        int rank = value.Rank;
        long keeps = _random.Next(2);
        int[] axes = rank == 0 || _random.Next(8) == 0 ? [] : [.. Enumerable.Range(0, _random.Next(1, 3)).Select(_ => Front(AxisOf(rank), rank)).Distinct()];
        int[] gone = axes.Length == 0 ? [.. Enumerable.Range(0, rank)] : axes;
        string operation = OneOf("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL2", "ReduceLogSumExp");
        bool isInput = Opset >= 18 || (Opset >= 13 && operation == "ReduceSum");
        long[] written = [.. axes.Select(axis => (long)(_random.Next(2) == 0 ? axis : axis - rank))];
        AttributeProto[] attributes = axes.Length > 0 && !isInput ? [Attribute("keepdims", keeps), Attribute("axes", written)] : [Attribute("keepdims", keeps)];
        Value[] inputs = axes.Length > 0 && isInput ? [value, Integers(written)] : [value];
        Add(operation, inputs, shapes => keeps == 1 ? [.. shapes[0].Select((size, axis) => gone.Contains(axis) ? 1 : size)] : Without(shapes[0], gone), null, attributes);
    }

    private void Best()
    {
        Value value = Pick(least: 1);
        int axis = AxisOf(value.Rank), front = Front(axis, value.Rank);
        long keeps = _random.Next(2);
        Add(OneOf("ArgMax", "ArgMin"), [value], shapes => keeps == 1 ? With(shapes[0], axis, 1) : Without(shapes[0], front), ElementType.Int64, Attribute("axis", axis), Attribute("keepdims", keeps));
    }

    private void Normalize()
    {
        Value value = Pick(least: 1);
        int axis = Front(AxisOf(value.Rank), value.Rank);
        if (Opset >= 17 && _random.Next(2) == 0)
            Add("LayerNormalization", [value, Floats(value.All[axis..])], shapes => shapes[0], null, Attribute("axis", axis));
        else
            Add("MeanVarianceNormalization", [value], shapes => shapes[0], null, Attribute("axes", (long[])[axis]));
    }

    // The shape of a value: a constant where none is asked for rows, or taken from a Shape.
    private Value ShapeOf(Value value) => AddShape("Shape", [value], (shapes, _) => ([shapes[0].Length], [.. shapes[0].Select(size => (long)size)]));

    private Value SizeOf(Value value)
    {
        int axis = Front(AxisOf(value.Rank), value.Rank);
        Value size = AddShape("Gather", [ShapeOf(value), Integers(axis)], (_, integers) => ([1], [integers[0]![axis]]));
        return _random.Next(4) switch
        {
            0 => AddShape("Mul", [size, Integers(OneOf(2L, 3L, 4L))], (_, integers) => ([1], [integers[0]![0] * integers[1]![0]])),
            1 when _random.Next(2) == 0 => AddShape("Div", [size, Integers(2)], (_, integers) => ([1], [integers[0]![0] / 2])),
            _ => size,
        };
    }

    private void Reshape()
    {
        Value value = Pick(OneOf(ElementType.Float, ElementType.Float, ElementType.Int64));
        Value target;
        if (_random.Next(2) == 0)
        {
            // Neighbours merged, one of them left open, others copied.
            var sizes = new List<long>();
            for (int axis = 0; axis < value.Rank; axis++)
            {
                if (sizes.Count > 0 && _random.Next(3) == 0)
                    sizes[^1] = -1;
                else
                    sizes.Add(_random.Next(3) == 0 ? value.All[axis] : _random.Next(4) == 0 ? 1 : 0);
            }

            if (sizes.Count > 0 && !sizes.Contains(-1))
                sizes[_random.Next(sizes.Count)] = -1;
            target = Integers([.. sizes]);
        }
        else
        {
            Value[] parts = [.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => _random.Next(2) == 0 ? SizeOf(OneOf(value, value, Pick(least: 1))) : Integers(OneOf(-1L, 0L, 1L, 2L, 3L)))];
            target = AddShape("Concat", parts, (_, integers) => ([parts.Length], [.. integers.SelectMany(part => part!)]), Attribute("axis", 0));
        }

        Add("Reshape", [value, target], (shapes, integers) =>
        {
            long[] sizes = [.. integers[1]!.Select((size, axis) => size != 0 ? size : axis < shapes[0].Length ? shapes[0][axis] : throw new MisfitException())];
            if (sizes.Count(size => size == -1) > 1)
                throw new MisfitException();
            long known = sizes.Where(size => size != -1).Aggregate(1L, (left, right) => left * right);
            sizes = [.. sizes.Select(size => size == -1 ? Count(shapes[0]) / Math.Max(1, known) : size)];
            return sizes.Aggregate(1L, (left, right) => left * right) == Count(shapes[0]) ? [.. sizes.Select(size => (int)size)] : throw new MisfitException();
        });
    }

    private void Flatten()
    {
        Value value = Pick(least: 1);
        int axis = _random.Next(value.Rank + 1);
        Add("Flatten", [value], shapes => [Count(shapes[0].Take(axis)), Count(shapes[0].Skip(axis))], null, Attribute("axis", axis));
    }

    private void Squeeze()
    {
        Value value = Pick(least: 1);
        if (_random.Next(6) == 0)
        {
            Add("Squeeze", [value], shapes => [.. shapes[0].Where(size => size != 1)]);
            return;
        }

        int[] ones = [.. Enumerable.Range(0, value.Rank).Where(axis => value.All[axis] == 1)];
        long axis = ones.Length == 0 ? throw new MisfitException() : OneOf<int>(ones);
        long written = _random.Next(2) == 0 ? axis : axis - value.Rank;
        AddWithAxes("Squeeze", value, shape => Without(shape, (int)axis), written);
    }

    private void Unsqueeze()
    {
        Value value = Pick(OneOf(ElementType.Float, ElementType.Int64));
        int axis = AxisOf(value.Rank + 1), front = Front(axis, value.Rank + 1);
        AddWithAxes("Unsqueeze", value, shape => [.. shape[..front], 1, .. shape[front..]], axis);
    }

    private void AddWithAxes(string operation, Value value, Func<int[], int[]> shape, long axis)
    {
        if (Opset >= 13)
            Add(operation, [value, Integers(axis)], shapes => shape(shapes[0]));
        else
            Add(operation, [value], shapes => shape(shapes[0]), null, Attribute("axes", (long[])[axis]));
    }

    private void Transpose()
    {
        Value value = Pick(OneOf(ElementType.Float, ElementType.Float, ElementType.Int64), least: 2);
        int[] order = [.. Enumerable.Range(0, value.Rank).Reverse()];
        bool isGiven = _random.Next(4) > 0;
        if (isGiven)
            _random.Shuffle(order);
        Add("Transpose", [value], shapes => [.. order.Select(axis => shapes[0][axis])], null, isGiven ? [Attribute("perm", [.. order.Select(axis => (long)axis)])] : []);
    }

    private void Expand()
    {
        Value value = _random.Next(2) == 0 ? Pick() : Floats(OneOf(1, 2), 1);
        Value target = _random.Next(2) == 0 ? ShapeOf(Pick()) : Integers([.. value.All.Select(size => (long)OneOf(1, size, 2))]);
        Add("Expand", [value, target], (shapes, integers) => Broadcast(shapes[0], [.. integers[1]!.Select(size => (int)size)]));
    }

    private void Tile()
    {
        Value value = _random.Next(2) == 0 ? Pick(least: 1, most: 3) : Floats(OneOf(1, 2), 2);
        Value[] parts = [.. Enumerable.Range(0, value.Rank).Select(_ => _random.Next(4) == 0 ? SizeOf(Pick(least: 1)) : Integers(OneOf(1L, 1L, 2L, 3L)))];
        Value repeats = AddShape("Concat", parts, (_, integers) => ([parts.Length], [.. integers.SelectMany(part => part!)]), Attribute("axis", 0));
        Add("Tile", [value, repeats], (shapes, integers) => [.. shapes[0].Select((size, axis) => size * (int)integers[1]![axis])]);
    }

    private void Fill() => Add("ConstantOfShape", [ShapeOf(Pick())], (_, integers) => [.. integers[0]!.Select(size => (int)size)], ElementType.Float);

    private void Concat()
    {
        Value first = Pick(least: 1);
        Value[] parts = [first, .. Enumerable.Range(0, _random.Next(1, 3)).Select(_ => OneOf(first, Pick(least: 1), Floats(first.All)))];
        int axis = AxisOf(first.Rank), front = Front(axis, first.Rank);
        Add("Concat", parts, shapes => shapes.All(shape => shape.Length == shapes[0].Length && Without(shape, front).SequenceEqual(Without(shapes[0], front)))
            ? With(shapes[0], front, shapes.Sum(shape => shape[front])) : throw new MisfitException(), null, Attribute("axis", axis));
    }

    private void Split()
    {
        Value value = Pick(least: 1);
        int axis = AxisOf(value.Rank), size = value.All[Front(axis, value.Rank)];
        if (size < 2 || size != value.One[Front(axis, value.Rank)])
            throw new MisfitException();
        long[] sizes = [1, size - 1];
        Value part = Opset >= 13
            ? Add("Split", [value, Integers(sizes)], shapes => With(shapes[0], axis, 1), null, Attribute("axis", axis))
            : Add("Split", [value], shapes => With(shapes[0], axis, 1), null, Attribute("axis", axis), Attribute("split", sizes));
        string rest = Name();
        _model.LastNode.Output.Add(rest);
        _values.Add(part with { Name = rest, One = With(value.One, axis, size - 1), All = With(value.All, axis, size - 1) });
    }

    private void Slice()
    {
        Value value = Pick(least: 1);
        int axis = AxisOf(value.Rank);
        long step = OneOf(1L, 1L, 1L, 2L, -1L), start = OneOf(0L, 0L, 0L, 1L, -1L, -2L), end = OneOf(1L, 2L, -1L, int.MaxValue, long.MaxValue, long.MinValue);
        Value ends = _random.Next(4) == 0 ? SizeOf(OneOf(value, Pick(least: 1))) : Integers(end);
        Add("Slice", [value, Integers(start), ends, Integers(axis), Integers(step)], (shapes, integers) =>
        {
            int size = shapes[0][Front(axis, shapes[0].Length)];
            long to = integers[2]![0], from = start < 0 ? start + size : start;
            to = Math.Clamp(to < 0 && to != long.MinValue ? to + size : to, step > 0 ? 0 : -1, size);
            from = Math.Clamp(from, 0, step > 0 ? size : size - 1);
            long count = step > 0 ? (to - from + step - 1) / step : (from - to - step - 1) / -step;
            return With(shapes[0], axis, (int)Math.Max(0, count));
        });
    }

    private void Pad()
    {
        Value value = Pick(least: 1);
        long[] pads = [.. Enumerable.Range(0, 2 * value.Rank).Select(_ => (long)OneOf(0, 0, 0, 1, -1))];
        Add("Pad", [value, Integers(pads)], shapes => [.. shapes[0].Select((size, axis) => size + (int)(pads[axis] + pads[axis + value.Rank]))], null, TestModel.Attribute("mode", OneOf("constant", "edge", "reflect")));
    }
}
