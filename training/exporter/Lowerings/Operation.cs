using System.Collections;
using System.Runtime.CompilerServices;
using MnistAdder.OnnxExport.Tracing;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>An operation of a traced module, as a lowering sees it: arguments by their parameters' names, and shapes.</summary>
/// <remarks>The object that a method is called on is the argument <c>self</c>.</remarks>
internal sealed class Operation
{
    private readonly IReadOnlyList<TracedCall> _calls; // the same call in each trace
    private readonly TracedSizes _sizes;
    private readonly Func<Tensor, OnnxValue> _valueOf;
    private readonly Func<TracedSize, bool> _isKnown;
    private readonly Func<TracedSize, OnnxValue> _sizeOf;
    private readonly string[] _parameters;

    /// <param name="graph">The graph.</param>
    /// <param name="calls">The same call in each trace.</param>
    /// <param name="sizes">The sizes of the dynamic dimensions.</param>
    /// <param name="valueOf">Gives what a tensor of the first trace is in the graph.</param>
    /// <param name="isKnown">Says whether there is a size before the operation.</param>
    /// <param name="sizeOf">Gives a size as int64 [1].</param>
    public Operation(
        OnnxGraph graph,
        IReadOnlyList<TracedCall> calls,
        TracedSizes sizes,
        Func<Tensor, OnnxValue> valueOf,
        Func<TracedSize, bool> isKnown,
        Func<TracedSize, OnnxValue> sizeOf)
    {
        Graph = graph;
        _calls = calls;
        _sizes = sizes;
        _valueOf = valueOf;
        _isKnown = isKnown;
        _sizeOf = sizeOf;
        IEnumerable<string> parameters = Call.Method.GetParameters().Select(parameter => parameter.Name!);
        _parameters = [.. Call.Method.IsStatic ? parameters : parameters.Prepend("self")];
    }

    /// <summary>The graph.</summary>
    public OnnxGraph Graph { get; }

    /// <summary>The module that was computed as a whole, if it was that.</summary>
    public nn.Module? Module => Call.Module;

    /// <summary>The method's name, without the underscore of one that works in place.</summary>
    public string Name => PlainName(Call.Method.Name);

    /// <summary>The method's name as the program has it.</summary>
    public string MethodName => Call.Name;

    /// <summary>The tensor that the operation is first of all done to.</summary>
    public OnnxValue Self => _valueOf(Call.Inputs[0].Tensor);

    /// <summary>How many results it has.</summary>
    public int OutputCount => Call.Outputs.Length;

    /// <summary>The shape of the first input.</summary>
    public IReadOnlyList<TracedSize?> SelfShape => InputShape(0);

    /// <summary>The number of dimensions of the first input.</summary>
    public int Rank => Call.Inputs[0].Shape.Length;

    /// <summary>The shape of the first result.</summary>
    public IReadOnlyList<TracedSize?> OutputShape => OutputShapeOf(0);

    /// <summary>The type of the first result's elements, or of their parts.</summary>
    public OnnxElementType OutputType => OutputTypeOf(0);

    /// <summary>Whether it takes or gives complex numbers.</summary>
    public bool IsComplex => Call.Inputs.Concat(Call.Outputs).Any(tensor => ComplexNumbers.IsComplex(tensor.Type));

    /// <summary>Whether the first input has complex numbers.</summary>
    public bool IsSelfComplex => ComplexNumbers.IsComplex(Call.Inputs[0].Type);

    /// <summary>Whether the first result has complex numbers.</summary>
    public bool IsOutputComplex => ComplexNumbers.IsComplex(Call.Outputs[0].Type);

    private TracedCall Call => _calls[0];

    /// <summary>A method's name without the underscore of one that works in place.</summary>
    public static string PlainName(string method) => method.EndsWith('_') ? method.TrimEnd('_') : method;

    /// <summary>Whether the method has a parameter of one of these names, and something was given for it.</summary>
    public bool Has(params ReadOnlySpan<string> names) => Find(Call, names) is not null;

    /// <summary>Whether an argument is a tensor.</summary>
    public bool IsTensor(params ReadOnlySpan<string> names) => Find(Call, names) is Tensor;

    /// <summary>Whether an argument is a text.</summary>
    public bool IsText(params ReadOnlySpan<string> names) => Find(Call, names) is string;

    /// <summary>A tensor argument.</summary>
    public OnnxValue Input(params ReadOnlySpan<string> names) => InputOrNull(names) ?? throw Missing(names);

    /// <summary>A tensor argument that may be absent.</summary>
    public OnnxValue? InputOrNull(params ReadOnlySpan<string> names) => Find(Call, names) is Tensor tensor ? _valueOf(tensor) : null;

    /// <summary>A list of tensors.</summary>
    public OnnxValue[] Inputs(params ReadOnlySpan<string> names) => [.. TensorTree.Leaves(Find(Call, names)).Select(_valueOf)];

    /// <summary>The value of a tensor that is part of an argument.</summary>
    public OnnxValue ValueOf(Tensor tensor) => _valueOf(tensor);

    /// <summary>An argument as it is in the first trace.</summary>
    public object? Argument(params ReadOnlySpan<string> names) => Find(Call, names);

    /// <summary>The type of a tensor argument's elements.</summary>
    public ScalarType TypeOf(Tensor tensor) => Call.Inputs.First(input => ReferenceEquals(input.Tensor, tensor)).Type;

    /// <summary>The shape of an input, by its place among the tensors of the arguments.</summary>
    public IReadOnlyList<TracedSize?> InputShape(int input) => Shape(call => call.Inputs[input].Shape);

    /// <summary>The shape of a tensor argument.</summary>
    public IReadOnlyList<TracedSize?> ShapeOf(Tensor tensor) => InputShape(Array.FindIndex(Call.Inputs, input => ReferenceEquals(input.Tensor, tensor)));

    /// <summary>The shape of a result.</summary>
    public IReadOnlyList<TracedSize?> OutputShapeOf(int output) => Shape(call => call.Outputs[output].Shape);

    /// <summary>The type of a result's elements, or of their parts.</summary>
    public OnnxElementType OutputTypeOf(int output) => OnnxTensor.ElementTypeOf(ComplexNumbers.PartType(Call.Outputs[output].Type));

    /// <summary>An integer that follows no size.</summary>
    /// <param name="missing">What counts where none was given.</param>
    /// <param name="names">The parameter's names.</param>
    public long Integer(long? missing, params ReadOnlySpan<string> names) => Size(missing, names) is { IsConstant: true } size
        ? size.Constant
        : throw NotSupported($"{names[0]} follows the size of an input, and ONNX takes a fixed number there", "Make it a fixed number");

    /// <summary>An axis, counted from the front.</summary>
    /// <param name="missing">What counts where none was given.</param>
    /// <param name="names">The parameter's names.</param>
    public int Axis(long? missing, params ReadOnlySpan<string> names) => AxisOf(Integer(missing, names));

    /// <summary>An axis, counted from the front.</summary>
    public int AxisOf(long axis) => (int)(axis < 0 ? axis + Rank : axis);

    /// <summary>Integers that follow no size; one alone is a list of one. Null where none were given.</summary>
    public long[]? Integers(params ReadOnlySpan<string> names)
    {
        if (Sizes(names) is not { } sizes)
            return null;
        foreach (TracedSize? size in sizes)
        {
            if (size is not { IsConstant: true })
                throw NotSupported($"{names[0]} follows the size of an input, and ONNX takes fixed numbers there", "Make them fixed numbers");
        }

        return [.. sizes.Select(size => size!.Constant)];
    }

    /// <summary>Integers that follow no size, one for each of some dimensions; one alone counts for all.</summary>
    /// <param name="dimensions">How many dimensions there are.</param>
    /// <param name="missing">What counts where none were given.</param>
    /// <param name="names">The parameter's names.</param>
    public long[] PerDimension(int dimensions, long missing, params ReadOnlySpan<string> names) =>
        Integers(names) is { Length: > 0 } given and not [_] ? given : [.. Enumerable.Repeat(Integers(names) is [var one] ? one : missing, dimensions)];

    /// <summary>Refuses element types that ONNX Runtime doesn't compute an operator in.</summary>
    /// <param name="others">The types that it takes besides float.</param>
    public void RequireFloat(params ReadOnlySpan<OnnxElementType> others)
    {
        if (Self.ElementType != OnnxElementType.Float && !others.Contains(Self.ElementType))
            throw NotSupported($"{MethodName} works on {Self.ElementType}, and ONNX Runtime has no operator for that", "Convert its input to Float32");
    }

    /// <summary>An integer that may follow a size.</summary>
    /// <param name="missing">What counts where none was given.</param>
    /// <param name="names">The parameter's names.</param>
    public TracedSize Size(long? missing, params ReadOnlySpan<string> names)
    {
        object? argument = Find(Call, names);
        if (argument is null)
            return missing is { } number ? Fixed(number) : throw Missing(names);
        return Sizes(names)![0] ?? throw NotLinear(names[0]);
    }

    /// <summary>Integers that may follow a size, null each that follows it otherwise than linearly.</summary>
    public IReadOnlyList<TracedSize?>? Sizes(params ReadOnlySpan<string> names)
    {
        var runs = new List<long[]>();
        foreach (TracedCall call in _calls)
        {
            if (Find(call, names) is not { } argument)
                return null;
            runs.Add([.. Numbers(argument)]);
        }

        return [.. Enumerable.Range(0, runs[0].Length).Select(i => _sizes.Fit([.. runs.Select(run => run[i])]))];
    }

    /// <summary>A number that follows no size; null where none was given.</summary>
    public double? Number(params ReadOnlySpan<string> names)
    {
        double? number = Number(Call, names);
        foreach (TracedCall call in _calls)
        {
            if (!Nullable.Equals(Number(call, names), number))
                throw NotSupported($"a number that {MethodName} takes follows the size of an input", "Make it a fixed number");
        }

        return number;
    }

    /// <summary>A number without dimensions, which may follow a size; null where none was given.</summary>
    /// <param name="type">Its type in the graph.</param>
    /// <param name="names">The parameter's names.</param>
    public OnnxValue? NumberValue(OnnxElementType type, params ReadOnlySpan<string> names)
    {
        if (Find(Call, names) is not Scalar { Type: ScalarType.Int64 or ScalarType.Int32 })
            return Number(names) is { } number ? Constant(type, number) : null;
        TracedSize size = Size(null, names);
        if (!size.IsConstant)
            return As(Graph.Squeeze(SizeValue(size), 0), type);
        return type == OnnxElementType.Int64 ? Graph.Constant(OnnxTensor.Of([size.Constant])) : Constant(type, size.Constant); // more digits than a double has
    }

    /// <summary>A truth value.</summary>
    public bool Flag(bool missing, params ReadOnlySpan<string> names) => Find(Call, names) is bool flag ? flag : missing;

    /// <summary>Whether there is a size before the operation.</summary>
    public bool IsKnown(TracedSize size) => _isKnown(size);

    /// <summary>A size as int64 [1].</summary>
    public OnnxValue SizeValue(TracedSize size) => _sizeOf(size);

    /// <summary>A size that is always the same.</summary>
    public TracedSize Fixed(long size) => new(size, new long[_sizes.Count]);

    /// <summary>Sizes as int64 [rank], for operators that take a shape.</summary>
    public OnnxValue ShapeValue(IReadOnlyList<TracedSize?> shape, string name = "shape")
    {
        if (shape.All(size => size is { IsConstant: true }))
            return Graph.Constant(OnnxTensor.Of<long>([.. shape.Select(size => size!.Constant)], shape.Count), name);
        return Graph.Concat(0, [.. shape.Select(size => SizeValue(size ?? throw NotLinear(name)))]);
    }

    /// <summary>A value in another element type, itself where it has that.</summary>
    public OnnxValue As(OnnxValue value, OnnxElementType type) => value.ElementType == type ? value : Graph.Cast(value, type);

    /// <summary>A number without dimensions.</summary>
    public OnnxValue Constant(OnnxElementType type, double number, string name = "constant") => type == OnnxElementType.Bool
        ? Graph.Cast(Graph.Constant(OnnxTensor.Scalar(OnnxElementType.Int64, number == 0 ? 0 : 1), name), type)
        : Graph.Constant(OnnxTensor.Scalar(type, number), name);

    /// <summary>A parameter or buffer of the module, by its name in the module's state dictionary; null where the module has none of it.</summary>
    public OnnxValue? State(string name) => Module!.state_dict().TryGetValue(name, out Tensor? tensor) ? Graph.Parameter(name, tensor) : null;

    /// <summary>Says that the operation can't be exported.</summary>
    /// <param name="what">What is wrong with it.</param>
    /// <param name="instead">What to write instead.</param>
    public OnnxExportException NotSupported(string what, string instead) => TraceRecorder.Refused(Call.ModulePath, Call.Where, what, instead);

    internal static double NumberOf(Scalar scalar) => scalar.Type switch
    {
        ScalarType.Bool => scalar.ToBoolean() ? 1 : 0,
        ScalarType.Float64 or ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16 => scalar.ToDouble(),
        _ => scalar.ToInt64(),
    };

    private double? Number(TracedCall call, ReadOnlySpan<string> names) => Find(call, names) switch
    {
        null => null,
        Scalar scalar => NumberOf(scalar),
        IConvertible number => number.ToDouble(null),
        _ => throw Missing(names),
    };

    private OnnxExportException NotLinear(string what) =>
        NotSupported($"{what} of {MethodName} follows the size of an input otherwise than as a·size + b, or changes from run to run", "Say it for any size, for instance with −1");

    private OnnxExportException Missing(ReadOnlySpan<string> names) =>
        NotSupported($"{MethodName} has no argument {string.Join(" or ", names.ToArray())} that could be read", "Use another overload");

    private IReadOnlyList<TracedSize?> Shape(Func<TracedCall, long[]> shapeOf)
    {
        long[][] shapes = [.. _calls.Select(shapeOf)];
        return [.. Enumerable.Range(0, shapes[0].Length).Select(i => _sizes.Fit([.. shapes.Select(shape => shape[i])]))];
    }

    private object? Find(TracedCall call, ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            int at = Array.IndexOf(_parameters, name);
            if (at >= 0)
                return call.Arguments[at];
        }

        return null;
    }

    private static IEnumerable<long> Numbers(object argument) => argument switch
    {
        long or int or short or byte => [Convert.ToInt64(argument, null)],
        Scalar scalar => [scalar.ToInt64()],
        TensorIndex index => IndexParts.Numbers(index),
        ITuple tuple => Enumerable.Range(0, tuple.Length).SelectMany(i => Numbers(tuple[i]!)),
        IEnumerable many => many.Cast<object>().SelectMany(Numbers),
        _ => [],
    };
}
