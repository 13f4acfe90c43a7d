using MnistAdder.OnnxExport.Tracing;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests.Tracing;

/// <summary>Compares a module with its export, run by ONNX Runtime, at sizes that weren't traced.</summary>
internal static class TraceAssert
{
    /// <summary>The sizes that models are tried at.</summary>
    public static IReadOnlyList<long> Batches { get; } = [1, 2, 3, 17];

    /// <summary>The same outputs for a batch of any size.</summary>
    public static OnnxModel Right(nn.Module module, params object?[] examples) => Right(module, examples, new OnnxTraceOptions(), 1e-5);

    /// <summary>The same outputs at any size of the dynamic dimensions.</summary>
    public static OnnxModel Right(nn.Module module, object?[] examples, OnnxTraceOptions options, double tolerance)
    {
        using IDisposable scope = NewDisposeScope();
        OnnxModel model = OnnxExporter.Export(module, examples, options);
        foreach (long batch in Batches)
        {
            foreach ((Tensor expected, Tensor actual) in Outputs(module, model, examples, options, batch))
                ModelAssert.Same(expected, actual, tolerance, $"{module.GetType().Name}, batch {batch}");
        }

        return model;
    }

    /// <summary>The greatest difference of any output at one size.</summary>
    public static double Difference(nn.Module module, OnnxModel model, object?[] examples, long batch) =>
        Outputs(module, model, examples, new OnnxTraceOptions(), batch).Max(output => OnnxDifference.Of("", output.Expected, output.Actual).Greatest);

    private static (Tensor Expected, Tensor Actual)[] Outputs(nn.Module module, OnnxModel model, object?[] examples, OnnxTraceOptions options, long batch)
    {
        using IDisposable noGradients = no_grad();
        module.eval();
        ModuleInputs inputs = ModuleInputs.Of(module, examples, options);
        int first = Batches.ToList().IndexOf(batch);
        object?[] arguments = inputs.Resized([.. inputs.Dimensions.Select((_, i) => Batches[(first + i) % Batches.Count])]); // different ones
        Tensor[] given = [.. TensorTree.Leaves(arguments).Select(tensor => tensor.clone())];
        Tensor[] expected = [.. TensorTree.Results(inputs.Method.Invoke(module, arguments))];
        using var session = new OnnxSession(model);
        Tensor[] actual = session.Run(given);
        Assert.Equal(expected.Length, actual.Length);
        return [.. expected.Zip(actual)];
    }
}
