using MnistAdder.OnnxExport.Tracing;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>New tensors whose sizes follow those of the inputs.</summary>
/// <remarks>Those of fixed sizes are constants, and don't come here.</remarks>
internal static class CreationOperations
{
    [Lowering("_zeros", "zeros", "zeros_like", "_ones", "ones", "ones_like", "_full", "full", "full_like")]
    private static OnnxValue Fill(Operation operation)
    {
        OnnxValue value = operation.NumberValue(operation.OutputType, "value")
            ?? operation.Constant(operation.OutputType, operation.Name.Contains("ones", StringComparison.Ordinal) ? 1 : 0, "value");
        return operation.Graph.Expand(value, operation.ShapeValue(operation.OutputShape), operation.OutputShape.Count);
    }

    // What was there before counts for nothing; all of it is to be written.
    [Lowering("_empty", "empty", "empty_like")]
    private static OnnxValue Empty(Operation operation) => Fill(operation);

    [Lowering("fill")]
    private static OnnxValue FillAgain(Operation operation) => Fill(operation);

    [Lowering("zero")]
    private static OnnxValue Zero(Operation operation) => Fill(operation);

    [Lowering("copy")]
    private static OnnxValue Copy(Operation operation) => operation.Graph.Expand(
        operation.As(operation.Input("source"), operation.OutputType), operation.ShapeValue(operation.SelfShape), operation.Rank);

    [Lowering("arange")]
    private static OnnxValue Arange(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue numbers = operation.As(graph.Numbers(operation.SizeValue(Count(operation))), operation.OutputType);
        if (operation.Number("step") is { } step and not 1)
            numbers = graph.Mul(numbers, step);
        return operation.NumberValue(operation.OutputType, "start") is { } start ? graph.Add(numbers, start) : numbers;
    }

    // From the end for the second half, as TorchSharp does it.
    [Lowering("linspace")]
    private static OnnxValue Linspace(Operation operation)
    {
        if (!ArithmeticOperations.IsFloat(operation.OutputType))
            throw operation.NotSupported("linspace gives integers", "Give floating-point numbers and round them");
        OnnxGraph graph = operation.Graph;
        double start = operation.Number("start")!.Value, end = operation.Number("end")!.Value;
        OnnxValue size = operation.SizeValue(Count(operation)), numbers = graph.Numbers(size);
        OnnxValue last = graph.Sub(size, 1);
        OnnxValue width = operation.As(graph.Extreme("Max", last, graph.ScalarLike(last, 1)), operation.OutputType);
        OnnxValue step = graph.Div(operation.Constant(operation.OutputType, end - start), width);
        OnnxValue fromStart = graph.Add(graph.Mul(operation.As(numbers, operation.OutputType), step), start);
        OnnxValue toEnd = graph.Mul(operation.As(graph.Sub(last, numbers), operation.OutputType), step);
        OnnxValue fromEnd = graph.Sub(operation.Constant(operation.OutputType, end), toEnd);
        return graph.Where(graph.Compare("Less", numbers, graph.Div(size, graph.ScalarLike(size, 2))), fromStart, graph.Where(graph.Compare("Equal", last, 0), start, fromEnd));
    }

    [Lowering("eye")]
    private static OnnxValue Eye(Operation operation)
    {
        OnnxGraph graph = operation.Graph;
        OnnxValue rows = graph.Numbers(operation.SizeValue(operation.OutputShape[0]!)), columns = graph.Numbers(operation.SizeValue(operation.OutputShape[1]!));
        return operation.As(graph.Compare("Equal", graph.Unsqueeze(rows, 1), columns), operation.OutputType);
    }

    [Lowering("tril_indices", "triu_indices", "logspace", "hann_window", "hamming_window", "bartlett_window", "blackman_window", "kaiser_window")]
    private static OnnxValue Refuse(Operation operation) =>
        throw operation.NotSupported($"{operation.MethodName} follows the size of an input", "Make it of a fixed size, once in the constructor");

    private static TracedSize Count(Operation operation) => operation.OutputShape[0]
        ?? throw operation.NotSupported($"the length of what {operation.MethodName} gives follows the size of an input otherwise than as a·size + b", "Use a step of 1");
}
