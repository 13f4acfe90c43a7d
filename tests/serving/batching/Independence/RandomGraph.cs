using MnistAdder.Onnx;
using MnistAdder.Tests.Support.Models;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Independence;

/// <summary>
/// A random graph over inputs [rows, …]. Shapes are followed for one row and for three, so that most nodes fit each other in both;
/// ONNX Runtime has the last word.
/// </summary>
internal sealed partial class RandomGraph
{
    /// <summary>Rows that are run together. Some dimensions have this size by chance.</summary>
    public const int Rows = 3;

    private const int MostElements = 600;

    private readonly Random _random;
    private readonly TestModel _model = new();
    private readonly List<Value> _values = [];
    private int _names;

    /// <summary>Makes a graph.</summary>
    /// <param name="random">Decides on everything.</param>
    public RandomGraph(Random random)
    {
        _random = random;
        Opset = random.Next(3) switch { 0 => 11, 1 => 13, _ => 18 };
        for (int i = random.Next(1, 3); i > 0; i--)
        {
            int[] own = [.. Enumerable.Range(0, random.Next(0, 4)).Select(_ => random.Next(1, 5))];
            ElementType type = random.Next(4) == 0 ? ElementType.Int64 : ElementType.Float;
            string name = $"input{i}";
            Inputs.Add((name, type, own));
            _model.Input(name, type, [-1, .. own]);
            _values.Add(new Value(name, type, [1, .. own], [Rows, .. own]));
        }

        int nodes = random.Next(2, 11);
        for (int tries = 0; nodes > 0 && tries < 60; tries++)
            nodes -= TryAdd() ? 1 : 0;
        foreach (Value value in _values.Skip(Inputs.Count).Where(value => value.IsWanted))
        {
            Outputs.Add(value.Name);
            _model.OutputOfAnyShape(value.Name, value.Type);
        }
    }

    /// <summary>The version of the operators.</summary>
    public int Opset { get; }

    /// <summary>Inputs and the shapes of their rows.</summary>
    public List<(string Name, ElementType Type, int[] Shape)> Inputs { get; } = [];

    /// <summary>Every value that a node makes.</summary>
    public List<string> Outputs { get; } = [];

    /// <summary>The model's file.</summary>
    public byte[] ToBytes() => _model.ToBytes(Opset);

    // A value with its shape, and its integers where it is a shape itself, of one row and of all.
    private sealed record Value(string Name, ElementType Type, int[] One, int[] All, long[]? OneIntegers = null, long[]? AllIntegers = null)
    {
        public int Rank => All.Length;

        public bool IsWanted { get; init; } = true;
    }

    private Value Pick(ElementType type = ElementType.Float, int least = 0, int most = 6)
    {
        Value[] fitting = [.. _values.Where(value => value.Type == type && value.Rank >= least && value.Rank <= most)];
        // Late values more often, so that graphs grow deep.
        return fitting.Length == 0 ? throw new MisfitException() : fitting[Math.Max(_random.Next(fitting.Length), _random.Next(fitting.Length))];
    }

    private T OneOf<T>(params ReadOnlySpan<T> choices) => choices[_random.Next(choices.Length)];

    private int AxisOf(int rank) => rank == 0 ? throw new MisfitException() : _random.Next(-rank, rank);

    private string Name() => $"v{_names++}";

    private Value Floats(params int[] shape)
    {
        string name = Name();
        _model.Constant(name, [.. Enumerable.Range(0, Count(shape)).Select(_ => (float)Math.Round((_random.NextDouble() * 2) - 1, 2))], [.. shape.Select(size => (long)size)]);
        return new Value(name, ElementType.Float, shape, shape) { IsWanted = false };
    }

    private Value Integers(params long[] values) => Integers(values, [values.Length]);

    private Value Integers(long[] values, int[] shape)
    {
        string name = Name();
        _model.Constant(name, values, [.. shape.Select(size => (long)size)]);
        return new Value(name, ElementType.Int64, shape, shape, values, values) { IsWanted = false };
    }

    // A node whose output's shape is worked out alike for one row and for all.
    private Value Add(string operation, Value[] inputs, Func<int[][], int[]> shape, ElementType? type = null, params AttributeProto[] attributes) =>
        Add(operation, inputs, (shapes, _) => shape(shapes), type, attributes);

    private Value Add(string operation, Value[] inputs, Func<int[][], long[]?[], int[]> shape, ElementType? type = null, params AttributeProto[] attributes)
    {
        int[] one = shape([.. inputs.Select(input => input.One)], [.. inputs.Select(input => input.OneIntegers)]);
        int[] all = shape([.. inputs.Select(input => input.All)], [.. inputs.Select(input => input.AllIntegers)]);
        if (Count(one) is < 1 || Count(all) is < 1 or > MostElements || one.Length > 6)
            throw new MisfitException();
        string name = Name();
        string domain = operation.Contains('.', StringComparison.Ordinal) ? operation[..operation.LastIndexOf('.')] : "";
        _model.Node(domain, operation[(operation.LastIndexOf('.') + 1)..], [.. inputs.Select(input => input.Name)], [name], attributes);
        var value = new Value(name, type ?? inputs[0].Type, one, all);
        _values.Add(value);
        return value;
    }

    // Keeps track of the integers of a shape, too.
    private Value AddShape(string operation, Value[] inputs, Func<int[][], long[]?[], (int[] Shape, long[] Values)> integers, params AttributeProto[] attributes)
    {
        (int[] oneShape, long[] one) = integers([.. inputs.Select(input => input.One)], [.. inputs.Select(input => input.OneIntegers)]);
        (int[] allShape, long[] all) = integers([.. inputs.Select(input => input.All)], [.. inputs.Select(input => input.AllIntegers)]);
        string name = Name();
        _model.Node(operation, [.. inputs.Select(input => input.Name)], [name], attributes);
        return new Value(name, ElementType.Int64, oneShape, allShape, one, all);
    }

    private static int Count(IEnumerable<int> shape) => shape.Aggregate(1, (product, size) => product * size);

    private static int[] Broadcast(params ReadOnlySpan<int[]> shapes)
    {
        int[] result = [];
        foreach (int[] shape in shapes)
        {
            int rank = Math.Max(shape.Length, result.Length);
            int[] joined = new int[rank];
            for (int axis = 0; axis < rank; axis++)
            {
                int left = At(result, axis, rank), right = At(shape, axis, rank);
                joined[axis] = left == right || right == 1 ? left : left == 1 ? right : throw new MisfitException();
            }

            result = joined;
        }

        return result;

        static int At(int[] shape, int axis, int rank) => axis < rank - shape.Length ? 1 : shape[axis - rank + shape.Length];
    }

    private static int Front(int axis, int rank) => axis < 0 ? axis + rank : axis;

    private static int[] With(int[] shape, int axis, int size)
    {
        int[] changed = [.. shape];
        changed[Front(axis, shape.Length)] = size;
        return changed;
    }

    private static int[] Without(int[] shape, params int[] axes) => [.. shape.Where((_, axis) => !axes.Contains(axis))];

    private static AttributeProto Attribute(string name, long value) => TestModel.Attribute(name, value);

    private static AttributeProto Attribute(string name, params long[] values) => TestModel.Attribute(name, values);

    /// <summary>A node that doesn't fit what there is.</summary>
    private sealed class MisfitException : Exception;

    private bool TryAdd()
    {
        int before = _values.Count;
        try
        {
            Kinds[_random.Next(Kinds.Length)](this);
            return true;
        }
        // A shape with too few dimensions doesn't fit either.
        catch (Exception exception) when (exception is MisfitException or IndexOutOfRangeException or ArgumentOutOfRangeException or KeyNotFoundException)
        {
            // Nodes that were added on the way stay: they make values of their own.
            return _values.Count > before;
        }
    }
}
