using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MnistAdder.OnnxExport.Tests.Tracing;

public sealed class VerifyTests
{
    [Fact]
    public void Outputs_and_intermediate_values_are_compared_by_name()
    {
        using var network = new Network();
        OnnxModel model = OnnxExporter.Export(network, [randn(2, 4)]);
        OnnxVerification verification = OnnxExporter.Verify(network, model, [randn(5, 4)], Run, intermediates: true);
        OnnxDifference output = Assert.Single(verification.Outputs);
        Assert.Equal("output", output.Name);
        Assert.InRange(output.Greatest, 0, 1e-6);
        Assert.Contains(verification.Intermediates, value => value.Name.Contains("/Relu", StringComparison.Ordinal));
        Assert.All(verification.Intermediates, value => Assert.InRange(value.Greatest, 0, 1e-6));
    }

    [Fact]
    public void A_model_of_other_weights_differs()
    {
        using Network network = new(), other = new();
        OnnxModel model = OnnxExporter.Export(other, [randn(2, 4)]);
        Assert.True(OnnxExporter.Verify(network, model, [randn(5, 4)], Run).Greatest > 1e-3);
    }

    [Fact]
    public void A_runner_that_gives_something_else_ends_the_export()
    {
        using var network = new Network();
        var refusal = Assert.Throws<OnnxExportException>(() => OnnxExporter.Export(
            network, [randn(2, 4)], new OnnxTraceOptions { Runner = (model, inputs) => [.. Run(model, inputs).Select(output => output + 1)] }));
        Assert.Contains("output 'output' differs from the module's by 1", refusal.Message, StringComparison.Ordinal);
        OnnxExporter.Export(network, [randn(2, 4)], new OnnxTraceOptions { Runner = Run });
    }

    [Fact]
    public void The_runner_is_asked_for_a_size_that_was_not_traced()
    {
        using var network = new Network();
        long asked = 0;
        OnnxExporter.Export(network, [randn(2, 4)], new OnnxTraceOptions
        {
            Runner = (model, inputs) =>
            {
                asked = inputs[0].shape[0];
                return Run(model, inputs);
            },
        });
        Assert.DoesNotContain(asked, new long[] { 1, 2, 3 });
    }

    private static Tensor[] Run(OnnxModel model, IReadOnlyList<Tensor> inputs)
    {
        using var session = new OnnxSession(model);
        return session.Run([.. inputs]);
    }

    private sealed class Network : Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Linear first = Linear(4, 6), second = Linear(6, 3);

        public Network() : base("network") => RegisterComponents();

        public override Tensor forward(Tensor x) => second.call(functional.relu(first.call(x))).tanh();
    }
}
