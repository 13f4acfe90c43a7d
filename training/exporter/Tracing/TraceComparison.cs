using System.Globalization;
using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tracing;

/// <summary>Finds what differs between runs of a module with inputs of different sizes, other than sizes.</summary>
internal static class TraceComparison
{
    /// <exception cref="OnnxExportException">The runs did different things.</exception>
    public static void RequireSame(IReadOnlyList<Trace> runs, TracedSizes sizes)
    {
        for (int run = 1; run < runs.Count; run++)
            RequireSame(runs[0], runs[run], [.. runs.Take(run)], sizes.Text(sizes.Runs[run]));
    }

    /// <summary>Compares two runs.</summary>
    /// <param name="first">One.</param>
    /// <param name="other">The other.</param>
    /// <param name="before">The runs before the other, of which the module may keep tensors.</param>
    /// <param name="with">The other's sizes, for messages.</param>
    /// <exception cref="OnnxExportException">The runs did different things.</exception>
    public static void RequireSame(Trace first, Trace other, IReadOnlyList<Trace> before, string with)
    {
        for (int i = 0; i < Math.Min(first.Calls.Count, other.Calls.Count); i++)
            RequireSame(first.Calls[i], other.Calls[i], with);
        if (first.Calls.Count != other.Calls.Count)
        {
            (TracedCall more, string when) = first.Calls.Count > other.Calls.Count ? (first.Calls[other.Calls.Count], "not with") : (other.Calls[first.Calls.Count], "with");
            throw Differs(more, $"it calls {more.Name} only for some sizes ({when} {with})");
        }

        RequireSameTensors(first, other, before);
        if (first.Outputs.Length != other.Outputs.Length)
            throw new OnnxExportException($"The number of outputs depends on the size of the inputs: {first.Outputs.Length}, and with {with} {other.Outputs.Length}.");
    }

    private static void RequireSame(TracedCall one, TracedCall other, string with)
    {
        if (one.Method != other.Method || !ReferenceEquals(one.Module, other.Module))
            throw Differs(one, $"it calls {one.Name}, and with {with} {other.Name}");
        for (int i = 0; i < one.Arguments.Length; i++)
        {
            if (Difference(one.Arguments[i], other.Arguments[i]) is { } difference)
                throw Differs(one, $"{one.Name} gets {difference} with {with}");
        }

        for (int i = 0; i < Math.Min(one.Outputs.Length, other.Outputs.Length); i++)
        {
            (int rank, int otherRank) = (one.Outputs[i].Shape.Length, other.Outputs[i].Shape.Length);
            if (rank != otherRank)
                throw Differs(one, $"what {one.Name} gives has {rank} dimensions, and {otherRank} with {with}", "Name the dimensions, as in squeeze(1)");
            if (one.Outputs[i].Type != other.Outputs[i].Type)
                throw Differs(one, $"what {one.Name} gives is {one.Outputs[i].Type}, and {other.Outputs[i].Type} with {with}");
        }

        if (one.Outputs.Length != other.Outputs.Length)
            throw Differs(one, $"{one.Name} gives {one.Outputs.Length} tensors, and {other.Outputs.Length} with {with}");
    }

    // Integers may follow a size; everything else is what it is.
    private static string? Difference(object? one, object? other)
    {
        switch (one, other)
        {
            case (null, null):
            case (Tensor, Tensor):
            case (nn.Module, nn.Module):
            case (long or int, long or int):
                return null;
            case (Scalar a, Scalar b):
                return ScalarText(a) == ScalarText(b) || (IsInteger(a) && IsInteger(b)) ? null : $"the number {ScalarText(a)}, and {ScalarText(b)}";
            case (TensorIndex a, TensorIndex b):
                return a.GetType() == b.GetType() ? null : "another index";
            case (Array a, Array b):
                return a.Length == b.Length ? Differences(a.Cast<object?>(), b.Cast<object?>()) : $"{a.Length} elements, and {b.Length}";
            case (ITuple a, ITuple b):
                return a.Length == b.Length ? Differences(Enumerable.Range(0, a.Length).Select(i => a[i]), Enumerable.Range(0, b.Length).Select(i => b[i])) : "another tuple";
            case (System.Collections.ICollection a, System.Collections.ICollection b):
                return a.Count == b.Count ? Differences(a.Cast<object?>(), b.Cast<object?>()) : $"{a.Count} elements, and {b.Count}";
            case (Device a, Device b):
                return a.ToString() == b.ToString() ? null : $"{a}, and {b}";
            case (Generator, Generator):
                return null;
            default:
                return Equals(one, other) ? null : $"{one ?? "nothing"}, and {other ?? "nothing"}";
        }
    }

    private static string? Differences(IEnumerable<object?> one, IEnumerable<object?> other) =>
        one.Zip(other, Difference).FirstOrDefault(difference => difference is not null);

    private static bool IsInteger(Scalar scalar) => scalar.Type is ScalarType.Int64 or ScalarType.Int32;

    internal static string ScalarText(Scalar scalar) => scalar.Type switch
    {
        ScalarType.Bool => scalar.ToBoolean().ToString(),
        ScalarType.Float32 or ScalarType.Float64 or ScalarType.Float16 or ScalarType.BFloat16 => scalar.ToDouble().ToString("R", CultureInfo.InvariantCulture),
        _ when ComplexNumbers.IsComplex(scalar.Type) => scalar.ToComplexFloat64().ToString(CultureInfo.InvariantCulture),
        _ => scalar.ToInt64().ToString(CultureInfo.InvariantCulture),
    };

    // What was there before the runs is one object in all of them, or one that a run before made of it and kept. What the tracer didn't see being
    // made is another each time.
    private static void RequireSameTensors(Trace one, Trace other, IReadOnlyList<Trace> before)
    {
        for (int i = 0; i < one.Captured.Count; i++)
        {
            if (i < other.Captured.Count &&
                (one.Captured[i].IsSame(other.Captured[i]) || (one.Captured[i].HasContentsOf(other.Captured[i]) && before.Any(run => Made(run, other.Captured[i].Tensor)))))
                continue;
            TracedCall use = one.Calls.First(call => call.Inputs.Any(input => ReferenceEquals(input.Tensor, one.Captured[i].Tensor)));
            throw Differs(
                use, $"{use.Name} takes a tensor that was made during the run by code that can't be followed",
                "Make it in the module's own methods, or once in its constructor");
        }
    }

    private static bool Made(Trace run, Tensor tensor) => run.Calls.Any(call => call.Outputs.Any(output => ReferenceEquals(output.Tensor, tensor)));

    private static OnnxExportException Differs(TracedCall call, string what, string instead = "Say it for any size, or leave the dimension out of the dynamic ones") =>
        TraceRecorder.Refused(call.ModulePath, call.Where, what, instead);
}
