using MnistAdder.OnnxExport.Tracing;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>What is done with complex numbers, whose parts are a last dimension of two in the graph (<see cref="ComplexNumbers"/>).</summary>
/// <remarks>Axes are counted from the front, so that what moves whole numbers works as with real ones.</remarks>
internal static class ComplexOperations
{
    // The first is called on real ones, and the second gives them: the parts are there already.
    [ComplexLowering("view_as_complex", "view_as_real", "alias", "detach", "contiguous", "clone", "cpu", "cuda", "resolve_conj", "to", "to_type", "type_as")]
    private static OnnxValue Same(Operation operation) => operation.Name is "view_as_real" || operation.IsOutputComplex
        ? operation.As(operation.Self, operation.OutputType)
        : throw operation.NotSupported($"complex numbers: {operation.MethodName} leaves out their imaginary parts", "Take their real parts");

    [ComplexLowering("polar")]
    private static OnnxValue Polar(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue length = operation.Input("abs"), angle = operation.Input("angle");
        return Joined(graph, graph.Mul(length, graph.Elementwise("Cos", angle)), graph.Mul(length, graph.Elementwise("Sin", angle)));
    }

    [ComplexLowering("complex")]
    private static OnnxValue FromParts(Operation operation) => Joined(operation.Graph, operation.Input("real"), operation.Input("imag"));

    [ComplexLowering("real", "get_real")]
    private static OnnxValue Real(Operation operation) => Part(operation.Graph, operation.Self, 0);

    [ComplexLowering("imag", "get_imag")]
    private static OnnxValue Imaginary(Operation operation) => Part(operation.Graph, operation.Self, 1);

    [ComplexLowering("abs")]
    private static OnnxValue Length(Operation operation) => operation.Graph.Reduce("ReduceL2", operation.Self, [operation.Rank], keeps: false);

    [ComplexLowering("conj", "conj_physical")]
    private static OnnxValue Conjugate(Operation operation) =>
        operation.Graph.Mul(operation.Self, operation.Graph.Constant(OnnxTensor.FromNumbers(operation.OutputType, [1, -1], 2), "signs"));

    [ComplexLowering("neg", "negative")]
    private static OnnxValue Negative(Operation operation) => operation.Graph.Elementwise("Neg", operation.Self);

    [ComplexLowering("add", "sub", "subtract")]
    private static OnnxValue Add(Operation operation)
    {
        if (operation.Number("alpha") is not (null or 1))
            throw operation.NotSupported($"complex numbers: {operation.MethodName} multiplies one side by alpha", "Multiply it before");
        OnnxValue left = Whole(operation, operation.Self, operation.IsSelfComplex), right = Whole(operation, Other(operation), IsOtherComplex(operation));
        return operation.Name == "add" ? operation.Graph.Add(left, right) : operation.Graph.Sub(left, right);
    }

    [ComplexLowering("mul", "multiply")]
    private static OnnxValue Mul(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue left = operation.As(operation.Self, operation.OutputType), right = Other(operation);
        bool isOtherComplex = IsOtherComplex(operation);
        if (!operation.IsSelfComplex || !isOtherComplex)
            return graph.Mul(operation.IsSelfComplex ? left : ForParts(graph, left), isOtherComplex ? right : ForParts(graph, right));

        // (a + bi)(c + di) = ac − bd + (ad + bc)i
        OnnxValue a = Part(graph, left, 0), b = Part(graph, left, 1), c = Part(graph, right, 0), d = Part(graph, right, 1);
        return Joined(graph, graph.Sub(graph.Mul(a, c), graph.Mul(b, d)), graph.Add(graph.Mul(a, d), graph.Mul(b, c)));
    }

    [ComplexLowering("div", "divide", "true_divide")]
    private static OnnxValue Div(Operation operation) => IsOtherComplex(operation)
        ? throw operation.NotSupported("complex numbers: something is divided by them", "Multiply by the conjugate, and divide by the square of the absolute value")
        : operation.Graph.Div(operation.As(operation.Self, operation.OutputType), ForParts(operation.Graph, Other(operation)));

    [ComplexLowering("view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "ravel")]
    private static OnnxValue Reshape(Operation operation) =>
        operation.ReshapeTo(operation.Self, WithParts(operation, operation.SelfShape), WithParts(operation, operation.OutputShape));

    [ComplexLowering("cat", "concat", "concatenate")]
    private static OnnxValue Concat(Operation operation)
    {
        Tensor[] parts = [.. TensorTree.Leaves(operation.Argument("tensors"))];
        return operation.Graph.Concat(
            operation.Integer(0, "dim") is var axis && axis < 0 ? axis + operation.OutputShape.Count : axis,
            [.. parts.Select(part => Whole(operation, operation.ValueOf(part), ComplexNumbers.IsComplex(operation.TypeOf(part))))]);
    }

    [ComplexLowering("expand", "broadcast_to")]
    private static OnnxValue Expand(Operation operation) =>
        operation.Graph.Expand(operation.Self, operation.ShapeValue(WithParts(operation, operation.OutputShape)), operation.OutputShape.Count + 1);

    [ComplexLowering("transpose", "permute", "t", "swapaxes", "swapdims", "movedim", "get_mT")]
    private static OnnxValue Permute(Operation operation) => operation.Graph.Transpose(operation.Self, [.. ShapeOperations.PermutationOf(operation), operation.Rank]);

    [ComplexLowering("narrow", "slice", "select", "get_TensorItems")]
    private static OnnxValue Slice(Operation operation) => ShapeOperations.Slice(operation);

    [ComplexLowering("chunk", "split", "tensor_split", "unbind")]
    private static OnnxValue[] Split(Operation operation) => ShapeOperations.Split(operation);

    [ComplexLowering("index")]
    private static OnnxValue Index(Operation operation) => IndexOperations.Index(operation);

    [ComplexLowering("index_select")]
    private static OnnxValue Select(Operation operation) => GatherOperations.Select(operation);

    private static bool IsOtherComplex(Operation operation) =>
        operation.Argument(ArithmeticOperations.Others) is Tensor other && ComplexNumbers.IsComplex(operation.TypeOf(other));

    private static OnnxValue Other(Operation operation) => operation.Argument(ArithmeticOperations.Others) is Scalar number && ComplexNumbers.IsComplex(number.Type)
        ? throw operation.NotSupported($"complex numbers: {operation.MethodName} takes one that isn't a tensor", "Make a tensor of it")
        : ArithmeticOperations.Sides(operation, operation.OutputType).Right;

    // Real numbers get imaginary parts of zero.
    private static OnnxValue Whole(Operation operation, OnnxValue value, bool isComplex)
    {
        value = operation.As(value, operation.OutputType);
        if (isComplex)
            return value;
        OnnxGraph graph = operation.Graph;
        OnnxValue parts = ForParts(graph, value);
        var pads = new long[2 * parts.Rank!.Value];
        pads[^1] = 1;
        return graph.AddNode("Pad", [parts, graph.Int64s("pads", pads)], rank: parts.Rank);
    }

    private static OnnxValue Joined(OnnxGraph graph, OnnxValue real, OnnxValue imaginary) =>
        graph.Concat(-1, graph.Unsqueeze(real, real.Rank!.Value), graph.Unsqueeze(imaginary, imaginary.Rank!.Value));

    private static OnnxValue Part(OnnxGraph graph, OnnxValue value, long part) =>
        graph.Gather(value, graph.Constant(OnnxTensor.Scalar(OnnxElementType.Int64, part), "part"), value.Rank!.Value - 1);

    // Real numbers, each for both parts of one.
    private static OnnxValue ForParts(OnnxGraph graph, OnnxValue value) => graph.Unsqueeze(value, value.Rank!.Value);

    private static IReadOnlyList<TracedSize?> WithParts(Operation operation, IReadOnlyList<TracedSize?> shape) => [.. shape, operation.Fixed(ComplexNumbers.Parts)];
}
