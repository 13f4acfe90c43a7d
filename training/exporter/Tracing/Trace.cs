using System.Reflection;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tracing;

/// <summary>A tensor as it was at one moment of a trace.</summary>
/// <param name="Tensor">The tensor, by identity; it may be disposed of.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Type">The type of its elements.</param>
internal readonly record struct TensorMoment(Tensor Tensor, long[] Shape, ScalarType Type)
{
    public static TensorMoment Of(Tensor tensor) => new(tensor, tensor.shape, tensor.dtype);
}

/// <summary>A tensor that was there before a trace.</summary>
/// <param name="Tensor">The tensor, by identity; it may be disposed of.</param>
/// <param name="Contents">Another object of the same elements: the module's own parameter or buffer, or one that isn't disposed of.</param>
/// <param name="IsState">Whether it is the module's own.</param>
internal readonly record struct CapturedTensor(Tensor Tensor, Tensor Contents, bool IsState)
{
    /// <summary>Whether it is the same tensor as another, in another trace.</summary>
    public bool IsSame(CapturedTensor other) => ReferenceEquals(Tensor, other.Tensor) || (IsState && ReferenceEquals(Contents, other.Contents));

    /// <summary>Whether its elements are those of another.</summary>
    public bool HasContentsOf(CapturedTensor other) => Contents.dtype == other.Contents.dtype && Contents.Equals(other.Contents);
}

/// <summary>One operation of a trace.</summary>
/// <param name="Method">The method of TorchSharp, or the module's <c>forward</c>.</param>
/// <param name="Module">The module that was computed as a whole, if it was that.</param>
/// <param name="ModulePath">The path of the module whose code made the call, and that module.</param>
/// <param name="Arguments">The call's arguments, the object first; spans are arrays.</param>
/// <param name="Inputs">The tensors in the arguments, before the call.</param>
/// <param name="Result">What it returned.</param>
/// <param name="Outputs">The tensors in the result, after the call; for a method that overwrites its object and returns nothing, the object.</param>
/// <param name="Views">For each output the number of the input whose elements it shares; −1 where it has its own.</param>
/// <param name="Constant">A copy of each output, where no input of the trace had a part in it; else null.</param>
/// <param name="Where">Where the call stands in the program.</param>
internal sealed record TracedCall(
    MethodInfo Method,
    nn.Module? Module,
    IReadOnlyList<(string Name, nn.Module Module)> ModulePath,
    object?[] Arguments,
    TensorMoment[] Inputs,
    object? Result,
    TensorMoment[] Outputs,
    int[] Views,
    Tensor[]? Constant,
    IReadOnlyList<CodePlace> Where)
{
    /// <summary>Whether the call changed its first input in place.</summary>
    public bool Overwrites { get; } = Module is null ? TorchMethods.Overwrites(Method) : Module.GetType().GetProperty("inplace")?.GetValue(Module) is true;

    /// <summary>What was called, for messages.</summary>
    public string Name => Module is null ? Method.Name : Module.GetType().Name;
}

/// <summary>What one run of a module did.</summary>
/// <param name="Calls">The operations in order.</param>
/// <param name="Inputs">The tensors that were given.</param>
/// <param name="Result">What the module returned.</param>
/// <param name="Outputs">The tensors in it.</param>
/// <param name="Captured">The tensors that were there before, other than the objects that the module has as its parameters and buffers, in the order of their first use.</param>
internal sealed record Trace(
    IReadOnlyList<TracedCall> Calls, TensorMoment[] Inputs, object? Result, TensorMoment[] Outputs, IReadOnlyList<CapturedTensor> Captured);
