using MnistAdder.Onnx;
using MnistAdder.Tests.Support.Models;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Independence;

/// <summary>The kinds of nodes that look things up, multiply matrices, or make up networks.</summary>
internal sealed partial class RandomGraph
{
    private void Gather()
    {
        bool isTable = _random.Next(3) == 0;
        Value data = isTable ? Floats(4, 2) : Pick(OneOf(ElementType.Float, ElementType.Float, ElementType.Int64), least: 1);
        int axis = AxisOf(data.Rank), front = Front(axis, data.Rank), size = data.One[front];
        Value indices = isTable && _random.Next(3) > 0 ? Index(axis < 0 ? data.All[front] : size)
            : OneOf(Integers([_random.Next(-size, size)], []), Integers(_random.Next(-size, size), _random.Next(-size, size)), Integers([0L, size - 1], [1, 2]));
        Add("Gather", [data, indices], shapes => [.. shapes[0][..front], .. shapes[1], .. shapes[0][(front + 1)..]], null, Attribute("axis", axis));
    }

    // Any integers, made to lie within a size.
    private Value Index(int size) => Add("Mod", [Pick(ElementType.Int64), Integers([size], [])], shapes => shapes[0]);

    private void GatherElements()
    {
        Value data = Pick(least: 1);
        int axis = AxisOf(data.Rank), front = Front(axis, data.Rank);
        Value indices = _random.Next(3) == 0
            ? Integers(new long[Count(With(data.All, axis, 2))], With(data.All, axis, 2))
            : Add("ArgMax", [Pick(least: data.Rank, most: data.Rank)], shapes => With(shapes[0], axis, 1), ElementType.Int64, Attribute("axis", axis));
        Add("GatherElements", [data, indices], shapes => Fits(shapes[1], shapes[0], front) ? shapes[1] : throw new MisfitException(), null, Attribute("axis", axis));
    }

    private static bool Fits(int[] part, int[] whole, int axis) =>
        part.Length == whole.Length && !part.Where((size, other) => other != axis && size > whole[other]).Any();

    private void GatherNd()
    {
        Value data = Pick(least: 1, most: 4);
        int batches = _random.Next(0, data.Rank);
        Value indices = Pick(ElementType.Int64, least: batches);
        if (indices.Rank == 0 || indices.All[^1] != 1 || indices.All[^1] > data.Rank - batches)
            indices = AddUnsqueezed(indices);
        indices = Add("Mod", [indices, Integers([data.One[batches]], [])], shapes => shapes[0]);
        Add("GatherND", [data, indices], shapes => batches <= shapes[1].Length - 1 && shapes[0].Take(batches).SequenceEqual(shapes[1].Take(batches))
            ? [.. shapes[1][..^1], .. shapes[0][(batches + 1)..]] : throw new MisfitException(), null, Attribute("batch_dims", batches));
    }

    private Value AddUnsqueezed(Value value)
    {
        AddWithAxes("Unsqueeze", value, shape => [.. shape, 1], value.Rank);
        return _values[^1];
    }

    private void Scatter()
    {
        Value data = Pick(least: 1);
        int axis = AxisOf(data.Rank), front = Front(axis, data.Rank);
        Value indices = Add("ArgMin", [OneOf(data, Pick(least: data.Rank, most: data.Rank))], shapes => With(shapes[0], axis, 1), ElementType.Int64, Attribute("axis", axis));
        Value updates = Add("ReduceMax", [OneOf(data, Pick(least: data.Rank, most: data.Rank)), .. Opset >= 18 ? [Integers(axis)] : Array.Empty<Value>()], shapes => With(shapes[0], axis, 1), null,
            [Attribute("keepdims", 1), .. Opset >= 18 ? [] : (AttributeProto[])[Attribute("axes", (long[])[axis])]]);
        Add("ScatterElements", [data, indices, updates], shapes => shapes[1].SequenceEqual(shapes[2]) && Fits(shapes[1], shapes[0], front) ? shapes[0] : throw new MisfitException(), null, Attribute("axis", axis));
    }

    private void OneHot()
    {
        Value indices = Pick(ElementType.Int64, most: 4);
        int axis = AxisOf(indices.Rank + 1), front = Front(axis, indices.Rank + 1);
        Add("OneHot", [indices, Integers([3], []), Floats(2)], shapes => [.. shapes[0][..front], 3, .. shapes[0][front..]], ElementType.Float, Attribute("axis", axis));
    }

    private void MatMul()
    {
        Value left = Pick(least: 1), right = _random.Next(2) == 0 ? Floats(left.All[^1], OneOf(1, 2, 3)) : Pick(least: 1);
        if (_random.Next(4) == 0)
            left = Floats(2, right.All[right.Rank == 1 ? 0 : ^2]);
        Add("MatMul", [left, right], shapes =>
        {
            int[] a = shapes[0].Length == 1 ? [1, .. shapes[0]] : shapes[0], b = shapes[1].Length == 1 ? [.. shapes[1], 1] : shapes[1];
            if (a[^1] != b[^2])
                throw new MisfitException();
            return [.. Broadcast(a[..^2], b[..^2]), .. shapes[0].Length == 1 ? Array.Empty<int>() : [a[^2]], .. shapes[1].Length == 1 ? Array.Empty<int>() : [b[^1]]];
        });
    }

    private void Gemm()
    {
        Value left = Pick(least: 2, most: 2);
        int turnsLeft = _random.Next(2), turnsRight = _random.Next(2), inner = left.All[turnsLeft == 0 ? 1 : 0];
        Value right = _random.Next(2) == 0 ? Pick(least: 2, most: 2) : turnsRight == 0 ? Floats(inner, 2) : Floats(2, inner);
        Value added = _random.Next(3) == 0 ? Pick(most: 2) : OneOf(Floats(1), Floats(Rows, 1), Floats(right.All[turnsRight == 0 ? 1 : 0]));
        Add("Gemm", [left, right, added], shapes =>
        {
            int[] a = turnsLeft == 0 ? shapes[0] : [shapes[0][1], shapes[0][0]], b = turnsRight == 0 ? shapes[1] : [shapes[1][1], shapes[1][0]];
            return a[1] == b[0] && Broadcast([a[0], b[1]], shapes[2]).SequenceEqual([a[0], b[1]]) ? [a[0], b[1]] : throw new MisfitException();
        }, null, Attribute("transA", turnsLeft), Attribute("transB", turnsRight));
    }

    private void Einsum()
    {
        Value left = Pick(least: 1, most: 3), right = _random.Next(3) == 0 ? Floats(left.All) : Pick(least: 1, most: 3);
        // An equation of other dimensions than its operands' ends ONNX Runtime's process.
        if (left.One.Length != left.Rank || right.One.Length != right.Rank)
            throw new MisfitException();
        const string Letters = "abcd";
        string leftTerm = Term(left.Rank), rightTerm = Term(right.Rank);
        char[] all = [.. leftTerm.Union(rightTerm)];
        _random.Shuffle(all);
        string result = new([.. all.Take(_random.Next(0, all.Length + 1))]);
        Add("Einsum", [left, right], shapes =>
        {
            var sizes = new Dictionary<char, int>();
            foreach ((char letter, int size) in leftTerm.Zip(shapes[0]).Concat(rightTerm.Zip(shapes[1])))
            {
                if (!sizes.TryAdd(letter, size) && sizes[letter] != size)
                    throw new MisfitException();
            }

            return [.. result.Select(letter => sizes[letter])];
        }, null, TestModel.Attribute("equation", $"{leftTerm},{rightTerm}->{result}"));

        string Term(int rank)
        {
            char[] letters = [.. Letters];
            _random.Shuffle(letters);
            return new(letters[..rank]);
        }
    }

    private void Convolution()
    {
        Value images = Pick(least: 3, most: 4);
        int spatial = images.Rank - 2, side = _random.Next(1, 3), channels = images.All[1];
        Value weights = Floats([2, channels, .. Enumerable.Repeat(side, spatial)]);
        Add("Conv", [images, weights], shapes => [shapes[0][0], 2, .. shapes[0].Skip(2).Select(size => size + 2 - side + 1)], null, Attribute("pads", [.. Enumerable.Repeat(1L, 2 * spatial)]));
    }

    private void Pool()
    {
        Value images = Pick(least: 3, most: 4);
        int spatial = images.Rank - 2;
        if (_random.Next(3) == 0)
            Add(OneOf("GlobalAveragePool", "GlobalMaxPool"), [images], shapes => [.. shapes[0].Select((size, axis) => axis < 2 ? size : 1)]);
        else
            Add(OneOf("MaxPool", "AveragePool"), [images], shapes => [shapes[0][0], shapes[0][1], .. shapes[0].Skip(2).Select(size => ((size - 1) / 2) + 1)], null,
                Attribute("kernel_shape", [.. Enumerable.Repeat(1L, spatial)]), Attribute("strides", [.. Enumerable.Repeat(2L, spatial)]));
    }

    private void BatchNormalization()
    {
        Value value = Pick(least: 2);
        int channels = value.All[1];
        if (_random.Next(2) == 0)
            Add("InstanceNormalization", [Pick(least: 3, most: 4) is { } images && images.All[1] == channels ? images : throw new MisfitException(), Floats(channels), Floats(channels)], shapes => shapes[0]);
        else
            Add("BatchNormalization", [value, Floats(channels), Floats(channels), Floats(channels), Add("Abs", [Floats(channels)], shapes => shapes[0])], shapes => shapes[0]);
    }

    private void Resize()
    {
        Value value = Pick(least: 2, most: 4);
        string none = "";
        if (_random.Next(2) == 0)
        {
            float[] scales = [.. Enumerable.Range(0, value.Rank).Select(_ => OneOf(1f, 1f, 2f))];
            string name = Name();
            _model.Constant(name, scales, scales.Length);
            var given = new Value(name, ElementType.Float, [scales.Length], [scales.Length]);
            Add("Resize", [value, new Value(none, ElementType.Float, [], []), given], shapes => [.. shapes[0].Select((size, axis) => (int)(size * scales[axis]))]);
            return;
        }

        Value[] parts = [.. Enumerable.Range(0, value.Rank).Select(_ => _random.Next(2) == 0 ? SizeOf(value) : Integers(OneOf(1L, 2L, 3L)))];
        Value sizes = AddShape("Concat", parts, (_, integers) => ([parts.Length], [.. integers.SelectMany(part => part!)]), Attribute("axis", 0));
        var left = new Value(none, ElementType.Float, [], []);
        Add("Resize", [value, left, left, sizes], (_, integers) => [.. integers[3]!.Select(size => (int)size)]);
    }

    private void Recurrent()
    {
        Value value = Pick(least: 3, most: 3);
        (string operation, int gates) = OneOf(("RNN", 1), ("GRU", 3), ("LSTM", 4));
        Value[] inputs = [value, Floats(1, gates * 2, value.All[2]), Floats(1, gates * 2, 2)];
        if (_random.Next(3) == 0)
            inputs = [.. inputs, new Value("", ElementType.Float, [], []), new Value("", ElementType.Int64, [], []), OneOf(Pick(least: 3, most: 3), Floats(1, value.All[1], 2))];
        Add(operation, inputs, shapes => inputs.Length < 6 || shapes[5].SequenceEqual([1, shapes[0][1], 2]) ? [shapes[0][0], 1, shapes[0][1], 2] : throw new MisfitException(), null, Attribute("hidden_size", 2));
    }

    private void Conditional()
    {
        Value value = Pick(), other = Pick(), condition = Less(Floats(), Floats());
        if (!value.All.SequenceEqual(other.All) || !value.One.SequenceEqual(other.One))
            other = value;
        Add("If", [condition], _ => [.. value.All], ElementType.Float);
        Value result = _values[^1];
        _model.InnerGraph("then_branch", OneOf("Identity", "Neg", "Abs"), [value.Name], $"{result.Name}.then").InnerGraph("else_branch", OneOf("Identity", "Softmax", "Abs"), [other.Name], $"{result.Name}.else");
        _values[^1] = result with { One = value.One };
    }

    private Value Less(Value left, Value right)
    {
        string name = Name();
        _model.Node("Less", [left.Name, right.Name], [name]);
        return new Value(name, ElementType.Bool, [], []);
    }

    private void Table()
    {
        Value value = Pick(least: 1, most: 3);
        int width = value.All[^1];
        switch (_random.Next(4))
        {
            case 0:
                Add("ai.onnx.ml.Normalizer", [value], shapes => shapes[0], null, TestModel.Attribute("norm", OneOf("MAX", "L1", "L2")));
                break;
            case 1:
                Add("ai.onnx.ml.Scaler", [value], shapes => shapes[0], null, TestModel.Attribute("offset", Weights(width)), TestModel.Attribute("scale", Weights(width)));
                break;
            case 2:
                Add("ai.onnx.ml.LinearRegressor", [value], shapes => [shapes[0].Length == 1 ? 1 : shapes[0][0], 1], null, TestModel.Attribute("coefficients", Weights(width)));
                break;
            default:
                Add("ai.onnx.ml.ArrayFeatureExtractor", [value, Integers(_random.Next(width), _random.Next(width))], shapes => shapes[0].Length == 1 ? [1, 2] : With(shapes[0], -1, 2));
                break;
        }

        float[] Weights(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)Math.Round(_random.NextDouble(), 2))];
    }

    // The number of rows, or of something else, as a number to compute with; and the positions up to it.
    private void Numbers()
    {
        Value size = SizeOf(Pick(least: 1));
        if (_random.Next(2) == 0)
        {
            Add("Cast", [size], _ => [1], ElementType.Float, Attribute("to", (long)ElementType.Float));
            return;
        }

        Value limit = AddShape("Squeeze", [size], (_, integers) => ([], integers[0]!));
        Add("Range", [Integers([0], []), limit, Integers([1], [])], (_, integers) => [(int)integers[1]![0]], ElementType.Int64);
    }

    // A place that each row says, taken from a row by its number, or from all rows' places one after the other.
    private void OwnRows()
    {
        Value data = Pick(least: 2), judge = OneOf(data, Pick(least: 2));
        Value size = SizeOf(OneOf(data, Pick(least: 1))), limit = AddShape("Squeeze", [size], (_, integers) => ([], integers[0]!));
        Value numbers = Add("Range", [Integers([0], []), limit, Integers([1], [])], (_, integers) => [(int)integers[1]![0]], ElementType.Int64);
        if (judge.Rank > 2)
            judge = Add("Flatten", [judge], shapes => [shapes[0][0], Count(shapes[0].Skip(1))]);
        Value best = Add("ArgMax", [judge], shapes => [shapes[0][0]], ElementType.Int64, Attribute("axis", 1), Attribute("keepdims", 0));
        if (_random.Next(2) == 0)
        {
            Value flat = Add("Reshape", [data, Integers([-1L, .. data.All.Skip(2).Select(size => (long)size)])], shapes => [shapes[0][0] * shapes[0][1], .. shapes[0][2..]]);
            Value places = Add("Add", [Add("Mul", [numbers, Integers([OneOf(data.All[1], data.All[1], 1, 2)], [])], shapes => shapes[0]), best], shapes => Broadcast(shapes));
            Add("Gather", [flat, places], shapes => [.. shapes[1], .. shapes[0][1..]]);
            return;
        }

        Value tuples = Add("Concat", [AddUnsqueezed(numbers), AddUnsqueezed(best)], shapes => shapes[0][0] == shapes[1][0] ? [shapes[0][0], 2] : throw new MisfitException(), null, Attribute("axis", 1));
        Value taken = Add("GatherND", [data, tuples], shapes => [shapes[1][0], .. shapes[0][2..]]);
        Add("ScatterND", [OneOf(data, Pick(least: 2)), tuples, Add("Neg", [taken], shapes => shapes[0])], shapes => shapes[0]);
    }

    private void Blocks()
    {
        Value images = Pick(least: 4, most: 4);
        if (_random.Next(2) == 0)
            Add("SpaceToDepth", [images], shapes => shapes[0][2] % 2 == 0 && shapes[0][3] % 2 == 0 ? [shapes[0][0], shapes[0][1] * 4, shapes[0][2] / 2, shapes[0][3] / 2] : throw new MisfitException(), null, Attribute("blocksize", 2));
        else
            Add("DepthToSpace", [images], shapes => shapes[0][1] % 4 == 0 ? [shapes[0][0], shapes[0][1] / 4, shapes[0][2] * 2, shapes[0][3] * 2] : throw new MisfitException(), null, Attribute("blocksize", 2));
    }

    private void Quantize()
    {
        Value value = Pick(least: 1);
        int axis = Front(AxisOf(value.Rank), value.Rank);
        Value scale = OneOf(Floats(), Floats(value.All[axis]));
        scale = Add("Exp", [scale], shapes => shapes[0]);
        Value whole = Add("QuantizeLinear", [value, scale], shapes => shapes[1] is [] or [1] || Opset < 13 || shapes[1][0] == shapes[0][axis] ? shapes[0] : throw new MisfitException(), ElementType.Uint8,
            Opset >= 13 ? [Attribute("axis", axis)] : []);
        Add("Cast", [whole], shapes => shapes[0], ElementType.Float, Attribute("to", (long)ElementType.Float));
    }
}
