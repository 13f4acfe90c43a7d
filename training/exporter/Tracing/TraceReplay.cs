using System.Reflection;
using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tracing;

/// <summary>Makes the calls of a trace again, with inputs of other sizes: what was recorded is what the module does, or it isn't.</summary>
internal sealed class TraceReplay
{
    private readonly ModuleTrace _trace;
    private readonly IReadOnlyList<long> _at; // the dynamic dimensions
    private readonly Dictionary<DerivedSize, long> _measured = new(ReferenceEqualityComparer.Instance); // sizes of tensors that there are by now
    private readonly SpanCalls _spanCalls = new();
    private readonly Dictionary<Tensor, Tensor> _tensors = new(ReferenceEqualityComparer.Instance);
    private int _number; // of the call in hand

    private TraceReplay(ModuleTrace trace, IReadOnlyList<long> at)
    {
        _trace = trace;
        _at = at;
    }

    /// <summary>Makes the calls.</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="at">The sizes of the dynamic dimensions.</param>
    /// <param name="inputs">The inputs, of those sizes.</param>
    /// <returns>The tensors that the module would return; null where a tensor hasn't the shape that the trace says.</returns>
    public static Tensor[]? Run(ModuleTrace trace, IReadOnlyList<long> at, IReadOnlyList<Tensor> inputs)
    {
        var replay = new TraceReplay(trace, at);
        foreach ((TensorMoment traced, Tensor input) in trace.Runs[0].Inputs.Zip(inputs))
            replay._tensors[traced.Tensor] = input;
        foreach (CapturedTensor captured in trace.Runs[0].Captured)
            replay._tensors[captured.Tensor] = captured.Contents.alias(); // which calls may dispose of
        for (int i = 0; i < trace.Runs[0].Calls.Count; i++)
        {
            replay._number = i;
            if (!replay.Call([.. trace.Runs.Select(run => run.Calls[i])]))
                return null;
        }

        return [.. trace.Runs[0].Outputs.Select(output => replay.Now(output.Tensor))];
    }

    private bool Call(IReadOnlyList<TracedCall> calls)
    {
        TracedCall call = calls[0];
        object?[] arguments = [.. call.Arguments.Select((argument, i) => Argument([.. calls.Select(other => other.Arguments[i])]))];
        object? result = SpanCalls.Needs(call.Method)
            ? _spanCalls.Call(call.Method, arguments)
            : call.Method.IsStatic
                ? call.Method.Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null)
                : call.Method.Invoke(arguments[0], BindingFlags.DoNotWrapExceptions, null, arguments[1..], null);
        Tensor[] outputs = call.Method.ReturnType == typeof(void) ? [(Tensor)arguments[0]!] : [.. TensorTree.Results(Listed(result))];
        foreach ((TensorMoment traced, Tensor output) in call.Outputs.Zip(outputs))
            _tensors[traced.Tensor] = output;
        foreach (DerivedSize size in _trace.Sizes.Derived.Where(size => size.Call == _number))
            _measured[size] = outputs[size.Output].shape[size.Axis];
        return outputs.Select((output, i) => IsShape(output.shape, [.. calls.Select(other => other.Outputs[i].Shape)])).All(same => same);
    }

    private bool IsShape(long[] shape, long[][] traced) =>
        shape.Length == traced[0].Length
        && shape.Select((size, axis) => _trace.Sizes.Fit([.. traced.Select(run => run[axis])]) is not { } said || At(said) == size).All(same => same);

    private static object? Listed(object? result) => result is IEnumerable<Tensor> tensors ? tensors.ToArray() : result;

    private Tensor Now(Tensor traced) => _tensors.GetValueOrDefault(traced, traced); // or one that was there before the run

    private object? Argument(object?[] runs)
    {
        switch (runs[0])
        {
            case Tensor tensor:
                return Now(tensor);
            case long:
                return Number(runs);
            case int:
                return (int)Number(runs);
            case Scalar { Type: ScalarType.Int64 or ScalarType.Int32 }:
                return (Scalar)Number([.. runs.Select(run => (object?)((Scalar)run!).ToInt64())]);
            case TensorIndex index:
                return TensorTree.TensorOf(index) is { } tensor2 ? TensorIndex.Tensor(Now(tensor2)) : IndexOf(runs);
            case Array { Rank: 1 } array:
            {
                var made = Array.CreateInstance(array.GetType().GetElementType()!, array.Length);
                for (int i = 0; i < made.Length; i++)
                    made.SetValue(Argument([.. runs.Select(run => ((Array)run!).GetValue(i))]), i);
                return made;
            }

            case ITuple tuple and ValueType:
            {
                object made = RuntimeHelpers.GetUninitializedObject(tuple.GetType());
                foreach (FieldInfo field in made.GetType().GetFields(BindingFlags.Public | BindingFlags.Instance))
                    field.SetValue(made, Argument([.. runs.Select(field.GetValue)]));
                return made;
            }

            case List<Tensor> list:
                return list.Select(Now).ToList();
            default:
                return runs[0];
        }
    }

    // A number that follows the sizes as nothing does that came before it is left to libtorch, which takes −1 for one dimension of a shape.
    private long Number(object?[] runs) =>
        _trace.Sizes.Fit([.. runs.Select(run => Convert.ToInt64(run, null))]) is { } size && _trace.Sizes.IsKnown(size, _number) ? At(size) : -1;

    private long At(TracedSize size) => size.At([.. size.Coefficients.Select((coefficient, number) => coefficient == 0 ? 0 : At(number))]);

    private long At(int number)
    {
        if (number < _at.Count)
            return _at[number];
        DerivedSize size = _trace.Sizes.Derived[number - _at.Count];
        if (size.Factors is var (one, other))
            return At(one) * At(other);
        return size.Quotient is var (dividend, divisor) ? At(_trace.Sizes.Fit(dividend)!) / divisor : _measured[size];
    }

    private object IndexOf(object?[] runs)
    {
        object made = RuntimeHelpers.GetObjectValue(runs[0])!; // a copy: the trace is replayed more than once
        foreach (FieldInfo field in made.GetType().GetFields(BindingFlags.NonPublic | BindingFlags.Instance))
        {
            object?[] values = [.. runs.Select(field.GetValue)];
            if (values.All(value => value is long))
                field.SetValue(made, Number(values));
        }

        return made;
    }
}
