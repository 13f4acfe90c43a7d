using MnistAdder.Onnx;
using MnistAdder.Tests.Support.Models;
using static MnistAdder.Tests.Support.Models.TestModel;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Fuzzing;

/// <summary>
/// Builds a network, and beside it one of magnitudes: of the same values, each of which is the sum of the magnitudes of all terms that
/// it consists of. What rounding does to a value is a small multiple of that, in whatever order the terms are added (N. Higham,
/// Accuracy and Stability of Numerical Algorithms, §3.1), while it is no multiple of the value itself where terms cancel. A magnitude
/// that isn't finite stays so in all that is computed of it: whether such a sum overflows is a matter of rounding, too.
/// </summary>
internal sealed class NetworkBuilder
{
    // Times the tolerance, above what numbers that are too small for all their digits lose in one layer.
    private const float LeastMagnitude = 1e-25f;

    private readonly TestModel _network = new(), _magnitudes = new();
    private int _values;

    /// <summary>Begins with nothing.</summary>
    public NetworkBuilder() => _magnitudes.Constant("one", [1f]).Constant("axis", [1L], 1);

    /// <summary>The network's file.</summary>
    public byte[] Network => _network.ToBytes();

    /// <summary>The file of the network of magnitudes; its inputs are floats.</summary>
    public byte[] Magnitudes => _magnitudes.ToBytes();

    /// <summary>A constant's magnitude; 0 of one that isn't finite.</summary>
    public static float Magnitude(float number) => float.IsFinite(number) ? Math.Abs(number) : 0;

    /// <summary>Adds an input of rows.</summary>
    public string Input(string name, ElementType type, params int[] row)
    {
        _network.Input(name, type, [-1, .. row]);
        _magnitudes.Input(name, ElementType.Float, [-1, .. row]);
        return name;
    }

    /// <summary>Gives a value out.</summary>
    public void Output(string value, params int[] row)
    {
        _network.Output(value, ElementType.Float, [-1, .. row]);
        _magnitudes.Output(value, ElementType.Float, [-1, .. row]);
    }

    /// <summary>Adds a constant, and the magnitudes of its numbers where they are any.</summary>
    public string Constant(float[] numbers, params long[] shape)
    {
        string name = Name();
        _network.Constant(name, numbers, shape);
        _magnitudes.Constant(name, Array.ConvertAll(numbers, Magnitude), shape);
        return name;
    }

    /// <summary>A cast of integers to floats.</summary>
    public string Cast(string x) => Node("Cast", [x], "Identity", [x], Attribute("to", (long)ElementType.Float));

    /// <summary>A node that does to the magnitudes what it does to the values: it adds, averages, picks or moves.</summary>
    public string Same(string operation, string[] inputs, params AttributeProto[] attributes)
    {
        string output = Name();
        _network.Node(operation, inputs, [output], attributes);
        return Measure(output, operation, inputs, attributes);
    }

    /// <summary>The greatest of each window of 4, of which the magnitude is the sum: the greatest may not be the one that isn't finite.</summary>
    public string MaxPool(string x, params AttributeProto[] attributes)
    {
        string average = Measured("AveragePool", [x], [.. attributes, Attribute("count_include_pad", 1)]);
        return Node("MaxPool", [x], "Mul", [average, Factors([4])], attributes);
    }

    /// <summary>A node of weights, and of a bias where one isn't null.</summary>
    public string Linear(string operation, string x, string weight, string? bias, int outputs, params AttributeProto[] attributes)
    {
        string output = Name();
        _network.Node(operation, bias is null ? [x, weight] : [x, weight, bias], [output], attributes);
        string sum = Measured(operation, bias is null ? [x, weight] : [x, weight, bias], attributes);
        return Measure(output, "Add", [sum, Least()]);
    }

    /// <summary>A step of arithmetic with a constant number, on its left where asked for.</summary>
    public string Scale(string operation, string x, float number, bool isLeft, bool isVector)
    {
        string constant = Constant([number], isVector ? [1] : []);
        string counterpart = operation == "Sub" ? "Add" : operation;
        if (operation == "Div" && Magnitude(number) == 0)
            counterpart = "Mul";
        return Node(operation, isLeft ? [constant, x] : [x, constant], counterpart, isLeft ? [constant, x] : [x, constant]);
    }

    /// <summary>A batch normalization of parameters [channels], for values of a rank.</summary>
    public string Normalize(string x, float[] scale, float[] shift, float[] mean, float[] variance, float epsilon, int rank, params AttributeProto[] others)
    {
        string output = Name();
        string[] parameters = [.. new[] { scale, shift, mean, variance }.Select(numbers => Constant(numbers, numbers.Length))];
        _network.Node("BatchNormalization", [x, .. parameters], [output], [Attribute("epsilon", epsilon), .. others]);

        long[] shape = [scale.Length, .. Enumerable.Repeat(1L, rank - 2)];
        string factor = Factors([.. scale.Zip(variance, (number, squared) => number / MathF.Sqrt(squared + epsilon))], shape);
        string centred = Measured("Add", [x, Factors(mean, shape)]);
        string scaled = Measured("Mul", [centred, factor]);
        string shifted = Measured("Add", [scaled, Factors(shift, shape)]);
        return Measure(output, "Add", [shifted, Least()]);
    }

    /// <summary>An activation that grows nowhere faster than <paramref name="steepness"/>, and lies at <paramref name="offset"/> at 0 or, of infinities, elsewhere.</summary>
    public string Activate(string operation, string[] inputs, float steepness, float offset, params AttributeProto[] attributes)
    {
        string output = Name();
        _network.Node(operation, inputs, [output], attributes);
        string grown = Measured("Mul", [inputs[0], Factors([steepness])]);
        return Measure(output, "Add", [grown, Factors([offset])]);
    }

    /// <summary>x · sigmoid(x).</summary>
    public string Silu(string x)
    {
        string sigmoid = Activate("Sigmoid", [x], 1, 1);
        return Node("Mul", [x, sigmoid], "Mul", [x, Factors([1.1f])]);
    }

    /// <summary>Exponentials divided by their sum: each depends on all.</summary>
    public string Softmax(string x)
    {
        string output = Name();
        _network.Node("Softmax", [x], [output], Attribute("axis", 1));
        return Measure(output, "Add", [Measured("Add", [x, Measured("ReduceSum", [x, "axis"])]), "one"]);
    }

    private string Name() => $"v{_values++}";

    // Of magnitudes alone. What an infinite one is multiplied by may be 0 or, after rounding, next to it; with NaN everything is NaN.
    private string Factors(float[] numbers, params long[] shape)
    {
        string name = Name();
        _magnitudes.Constant(name, Array.ConvertAll(numbers, number => float.IsNaN(number) ? 0 : Math.Abs(number)), shape);
        return name;
    }

    private string Least() => Factors([LeastMagnitude]);

    private string Node(string operation, string[] inputs, string counterpart, string[] measured, params AttributeProto[] attributes)
    {
        string output = Name();
        _network.Node(operation, inputs, [output], attributes);
        return Measure(output, counterpart, measured);
    }

    private string Measured(string operation, string[] inputs, params AttributeProto[] attributes) => Measure(Name(), operation, inputs, attributes);

    private string Measure(string output, string operation, string[] inputs, params AttributeProto[] attributes)
    {
        _magnitudes.Node(operation, inputs, [output], attributes);
        return output;
    }
}
