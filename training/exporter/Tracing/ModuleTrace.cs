using System.Reflection;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tracing;

/// <summary>What a module does with inputs of any size: several runs, compared operation by operation.</summary>
/// <param name="Runs">The runs, that of the examples first; all made the same calls.</param>
/// <param name="Sizes">The sizes of the dynamic dimensions in each.</param>
/// <param name="Inputs">The module's inputs.</param>
internal sealed record ModuleTrace(IReadOnlyList<Trace> Runs, TracedSizes Sizes, ModuleInputs Inputs)
{
    // Why the module does something else where all dynamic dimensions are 1, if it does: it must come to the same.
    private OnnxExportException? OneApart { get; init; }

    // Sizes far from those of the runs, at which it makes the same calls.
    private IReadOnlyList<long[]> Distant { get; init; } = [];

    /// <summary>Runs a module and records what it does.</summary>
    /// <param name="module">The module; its mode is left as found.</param>
    /// <param name="inputs">Its inputs and their dynamic dimensions.</param>
    /// <param name="isLeaf">Whether a module is recorded as a whole.</param>
    /// <exception cref="OnnxExportException">The module does what no graph can say.</exception>
    public static ModuleTrace Of(nn.Module module, ModuleInputs inputs, Func<nn.Module, bool> isLeaf)
    {
        using var mode = new InferenceMode(module);
        using IDisposable noGradients = no_grad();
        using var tracer = new CodeTracer(isLeaf);
        TracedSizes sizes = ChooseSizes(module, inputs);
        var runs = new List<Trace>();
        foreach (long[] run in sizes.Runs)
        {
            (Trace trace, Exception? problem) = RunOf(tracer, module, inputs, run);
            if (problem is not null)
            {
                // It ran with this size before.
                throw new OnnxExportException(
                    $"{module.GetType().Name} can't be run again ({problem.Message.Split('\n')[0]}): it keeps something from one run to the next, and a model has no memory. "
                    + "Give it as an input and an output.", problem);
            }

            runs.Add(trace);
        }

        List<Trace> traced = [.. runs];
        OnnxExportException? apart = null;
        try
        {
            TraceComparison.RequireSame(runs, sizes);
        }
        catch (OnnxExportException difference) when (sizes.Names.Count > 0 && sizes.Runs.Count > sizes.Names.Count + 1 && sizes.Runs[^1].All(size => size == 1))
        {
            apart = difference; // often a mask is left out that would hide nothing
            runs.RemoveAt(runs.Count - 1);
            sizes = new TracedSizes(sizes.Names, [.. sizes.Runs.SkipLast(1)]);
            TraceComparison.RequireSame(runs, sizes);
        }

        List<long[]> distant = RequireTheSameFarAway(tracer, module, inputs, traced);
        sizes.Derive(runs);
        return new ModuleTrace(runs, sizes, inputs) { OneApart = apart, Distant = distant };
    }

    // One run; where the module fails, what was noted until then.
    private static (Trace Trace, Exception? Problem) RunOf(CodeTracer tracer, nn.Module module, ModuleInputs inputs, long[] sizes)
    {
        object?[] arguments = inputs.Resized(sizes);
        var recorder = new TraceRecorder(module, TensorTree.Leaves(arguments));
        object? result = null;
        Exception? failure = null;
        try
        {
            result = tracer.Trace(module, inputs.Method, arguments, recorder);
        }
        catch (Exception problem) when (problem is not (OnnxExportException or OutOfMemoryException) && recorder.Refusal is null)
        {
            failure = problem;
        }

        if (recorder.Refusal is { } refusal)
            throw refusal; // the module may have caught it
        return (recorder.Finish(result), failure);
    }

    // A branch may begin at a size that is far from that of the examples: each dimension in turn has one, as large as costs little.
    private static List<long[]> RequireTheSameFarAway(CodeTracer tracer, nn.Module module, ModuleInputs inputs, List<Trace> runs)
    {
        const double enough = 1 << 26; // elements of all results together
        double elements = runs[0].Calls.Sum(call => call.Outputs.Sum(output => output.Shape.Aggregate(1.0, (product, size) => product * size)));
        long[] examples = [.. inputs.Dimensions.Select(dimension => dimension.Size)];
        var distant = new List<long[]>();
        for (int i = 0; i < examples.Length; i++)
        {
            bool isFirst = inputs.Tensors.All(tensor => !tensor.Dynamic.Skip(1).Contains(i)); // else results may grow with its square
            foreach (long factor in new[] { 64, 16, 8 }.Where(factor => elements * (isFirst ? factor : factor * factor) <= enough))
            {
                long[] sizes = [.. examples];
                sizes[i] = examples[i] * factor;
                (Trace trace, Exception? problem) = RunOf(tracer, module, inputs, sizes);
                if (problem is null)
                {
                    TraceComparison.RequireSame(runs[0], trace, runs, $"{inputs.Dimensions[i].Name} {sizes[i]}");
                    distant.Add(sizes);
                }

                runs.Add(trace); // even where it ended halfway, the module may keep tensors of it
                if (problem is null)
                    break;
            }
        }

        return distant;
    }

    /// <summary>Checks that the recorded calls give what the module gives, at sizes that weren't traced and with other contents.</summary>
    /// <returns>Those sizes.</returns>
    /// <exception cref="OnnxExportException">They don't, or the module takes no sizes but those of the traces.</exception>
    public IReadOnlyList<long> RequireThatItHolds(nn.Module module)
    {
        using var mode = new InferenceMode(module);
        using IDisposable noGradients = no_grad();
        long[] unseen = Unseen().FirstOrDefault(sizes => TryRun(module, Inputs, Inputs.Resized(sizes), [])) ?? AllSeen() ?? throw new OnnxExportException(
            $"{module.GetType().Name} takes few sizes of {string.Join(", ", Sizes.Names)}, too few to find out what it does with any. "
            + $"Leave a dimension out of {nameof(OnnxTraceOptions)}.{nameof(OnnxTraceOptions.DynamicDimensions)}, or give examples of other sizes.");
        RequireSame(module, unseen, Inputs.Resized);
        if (TryRun(module, Inputs, Inputs.Random(unseen), []))
            RequireSame(module, unseen, Inputs.Random);
        foreach (long[] distant in Distant)
            RequireSame(module, distant, Inputs.Resized);
        if (OneApart is not null)
        {
            long[] ones = [.. unseen.Select(_ => 1L)];
            if (DifferentOutput(module, ones, Inputs.Resized) is not null || DifferentOutput(module, ones, Inputs.Random) is not null)
                throw OneApart;
        }

        return unseen;
    }

    private void RequireSame(nn.Module module, long[] at, Func<long[], object?[]> make)
    {
        if (DifferentOutput(module, at, make) is not { } output)
            return;
        string sizes = at.Length == 0 ? "" : $"with {Sizes.Text(at)}, ";
        throw new OnnxExportException(
            $"{module.GetType().Name} does something that its operations don't show: {sizes}its output {output} isn't what they give. "
            + "It may depend on something that changes from run to run, or do a part of its work where it can't be followed.");
    }

    // Where every size that the module takes was traced: three of each dimension leave no other line through them.
    private long[]? AllSeen() => Sizes.Runs[0].Select((_, i) => Sizes.Runs.Select(run => run[i]).Distinct().Count()).All(count => count > 2) ? Sizes.Runs[1] : null;

    // Sizes that no trace had: larger ones if the module takes them, and of all dimensions at once. Without dynamic dimensions there are none.
    private IEnumerable<long[]> Unseen()
    {
        long[] examples = Sizes.Runs[0];
        if (examples.Length == 0)
            return [examples];
        long[] greatest = [.. examples.Select((_, i) => Sizes.Runs.Max(run => run[i]))];
        Func<long, long>[] larger = [size => size + 1, size => size * 2, size => size * 3, size => size * 4, size => size + 2];
        Func<long, long>[] smaller = [size => size - 1, size => size - 2, size => size / 2, size => size / 4];
        return larger.Select(other => greatest.Select(other))
            .Concat(examples.SelectMany((_, i) => larger.Select(other => examples.Select((size, axis) => axis == i ? other(greatest[i]) : size))))
            .Concat(smaller.Select(other => examples.Select(other)))
            .Select(sizes => sizes.ToArray())
            .Where(sizes => sizes.All(size => size > 0) && !Sizes.Runs.Any(run => run.SequenceEqual(sizes)));
    }

    // The first output that the recorded calls don't give as the module does; null where they give all.
    private int? DifferentOutput(nn.Module module, long[] at, Func<long[], object?[]> make)
    {
        object?[] arguments = make(at);
        Tensor[] given = [.. TensorTree.Leaves(arguments).Select(tensor => tensor.clone())];
        Tensor[] expected = Run(module, Inputs, arguments);
        if (TraceReplay.Run(this, at, given) is not { } actual)
            return 0;
        if (actual.Length != expected.Length)
            return Math.Min(actual.Length, expected.Length);
        int different = Enumerable.Range(0, expected.Length).FirstOrDefault(i => !AreSame(expected[i], actual[i]), -1);
        return different < 0 ? null : different;
    }

    // Sums are split among threads as these come, so that the same operations may differ by their rounding.
    private static bool AreSame(Tensor one, Tensor other)
    {
        if (!one.shape.SequenceEqual(other.shape) || one.dtype != other.dtype)
            return false;
        if (!one.is_floating_point() || one.numel() == 0)
            return one.Equals(other);
        double greatest = one.nan_to_num(0, 0, 0).abs().max().to(ScalarType.Float64).item<double>();
        return one.allclose(other, rtol: 1e-4, atol: 1e-6 * greatest, equal_nan: true);
    }

    // A run before the traces fills what the module keeps from one run to the next, such as a mask, and shows which sizes it takes at all.
    private static TracedSizes ChooseSizes(nn.Module module, ModuleInputs inputs)
    {
        long[] examples = [.. inputs.Dimensions.Select(dimension => dimension.Size)];
        var problems = new List<Exception>();
        if (!TryRun(module, inputs, inputs.Resized(examples), problems))
        {
            throw problems[0] as OnnxExportException
                ?? new OnnxExportException($"{module.GetType().Name} can't be run with the examples: {problems[0].Message.Split('\n')[0]}", problems[0]);
        }

        // Without dynamic dimensions a second run shows what is made anew each time.
        List<long[]> runs = examples.Length == 0 ? [examples, examples] : [examples];
        for (int i = 0; i < examples.Length; i++)
        {
            var failures = new List<Exception>();
            runs.Add(OtherSizes(examples, i).FirstOrDefault(sizes => TryRun(module, inputs, inputs.Resized(sizes), failures)) ?? throw new OnnxExportException(
                $"{module.GetType().Name} takes no other size than {examples[i]} of the dimension '{inputs.Dimensions[i].Name}' ({failures[0].Message.Split('\n')[0]}). "
                + $"If that is meant, leave the dimension out of {nameof(OnnxTraceOptions)}.{nameof(OnnxTraceOptions.DynamicDimensions)}."));
        }

        // A size that is rounded down, such as half of another, looks constant or linear between two that are near or a multiple of each other.
        if (Multiples(examples).FirstOrDefault(sizes => !runs.Any(run => run.SequenceEqual(sizes)) && TryRun(module, inputs, inputs.Resized(sizes), [])) is { } multiple)
            runs.Add(multiple);
        long[] ones = [.. examples.Select(_ => 1L)];
        if (!runs.Any(run => run.SequenceEqual(ones)) && TryRun(module, inputs, inputs.Resized(ones), []))
            runs.Add(ones);
        return new TracedSizes([.. inputs.Dimensions.Select(dimension => dimension.Name)], runs);
    }

    // Those with one dimension of another size: the next, or one that halves as often.
    private static IEnumerable<long[]> OtherSizes(long[] examples, int dimension)
    {
        long size = examples[dimension];
        foreach (long other in new[] { size + 1, 2 * size, size + 2, 3 * size, size - 1 }.Where(other => other > 0 && other != size))
        {
            long[] sizes = [.. examples];
            sizes[dimension] = other;
            yield return sizes;
        }
    }

    // Those with all dimensions larger, each by another factor where the module takes that.
    private static IEnumerable<long[]> Multiples(long[] examples)
    {
        if (examples.Length == 0)
            yield break;
        yield return [.. examples.Select((size, i) => size * (i + 2))];
        yield return [.. examples.Select(size => size * 2)];
        yield return [.. examples.Select((size, i) => size + i + 2)];
    }

    // Without a dispose scope, which would take away what the module keeps.
    private static bool TryRun(nn.Module module, ModuleInputs inputs, object?[] arguments, List<Exception> failures)
    {
        try
        {
            _ = Run(module, inputs, arguments);
            return true;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            failures.Add(exception);
            return false;
        }
    }

    private static Tensor[] Run(nn.Module module, ModuleInputs inputs, object?[] arguments) =>
        [.. TensorTree.Results(inputs.Method.Invoke(module, BindingFlags.DoNotWrapExceptions, null, arguments, null))];
}
