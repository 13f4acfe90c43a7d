using MnistAdder.OnnxExport.Tracing;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests.Tracing;

/// <summary>Compares a module with its export, run by ONNX Runtime, at sizes that weren't traced.</summary>
internal static class TraceAssert
{
    private static readonly long[] s_batches = [1, 2, 3, 17];

    /// <summary>The same outputs for a batch of any size.</summary>
    public static OnnxModel Right(nn.Module module, params object?[] examples) => Right(module, examples, new OnnxTraceOptions(), 1e-5);

    /// <summary>The same outputs at any size of the dynamic dimensions.</summary>
    public static OnnxModel Right(nn.Module module, object?[] examples, OnnxTraceOptions options, double tolerance)
    {
        using IDisposable scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        OnnxModel model = OnnxExporter.Export(module, examples, options);
        module.eval();
        ModuleInputs inputs = ModuleInputs.Of(module, examples, options);
        using var session = new OnnxSession(model);
        foreach (long batch in s_batches)
        {
            object?[] arguments = inputs.Resized([.. inputs.Dimensions.Select(_ => batch)]);
            Tensor[] given = [.. TensorTree.Leaves(arguments).Select(tensor => tensor.clone())];
            Tensor[] expected = [.. TensorTree.Leaves(inputs.Method.Invoke(module, arguments))];
            Tensor[] actual = session.Run(given);
            Assert.Equal(expected.Length, actual.Length);
            for (int i = 0; i < expected.Length; i++)
                ModelAssert.Same(expected[i], actual[i], tolerance, $"{module.GetType().Name}, output {i}, batch {batch}");
        }

        return model;
    }
}
