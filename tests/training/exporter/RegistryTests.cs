using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests;

public class RegistryTests
{
    [Fact]
    public void An_unknown_module_is_named_with_its_path_and_what_to_do()
    {
        using var module = nn.Sequential(("digit", nn.Sequential(("conv1", nn.Conv2d(1, 2, 3)), ("pool3", nn.FractionalMaxPool2d(2, output_ratio: 0.5)))));
        var refusal = Assert.Throws<OnnxExportException>(() => OnnxExporter.Export(module, "batch", 1, 9, 9));
        Assert.Equal("digit.pool3", refusal.ModulePath);
        Assert.StartsWith(
            "Module digit.pool3 (FractionalMaxPool2d) can't be exported to ONNX: fractional_max_pool2d_with_indices has no counterpart here, in ",
            refusal.Message,
            StringComparison.Ordinal);
        Assert.EndsWith("Write it in other operations, or give its module an exporter.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_module_type_can_be_registered_from_outside()
    {
        using var module = nn.Sequential(("scale", new Doubling()), ("relu", nn.ReLU()));
        OnnxModuleRegistry modules = OnnxExporter.Modules.With<Doubling>((graph, _, input) => graph.Mul(input, 2));
        OnnxTensorInfo[] inputs = [new("input", OnnxElementType.Float, ["batch", 3])];
        using var session = new OnnxSession(OnnxExporter.Export(module, inputs, modules: modules));
        using Tensor input = randn(2, 3);
        ModelAssert.Same(module.call(input), session.Run(input)[0], 1e-6);
    }

    [Fact]
    public void A_registered_exporter_outranks_the_built_in_one()
    {
        using var module = nn.ReLU();
        OnnxModuleRegistry modules = OnnxExporter.Modules.With<ReLU>((graph, _, input) => graph.Clip(input, 0, 100));
        OnnxGraph graph = OnnxExporter.Begin("clipped", modules);
        graph.Apply(module, graph.Input("x", OnnxElementType.Float, "batch", 3));
        Assert.Equal("Clip", Assert.Single(graph.Nodes).OpType);
    }

    [Fact]
    public void A_module_derived_from_a_known_one_is_exported_as_that()
    {
        using var module = new NamedSequential(nn.Linear(3, 2));
        ModelAssert.SameOutputs(module, randn(4, 3));
    }

    [Fact]
    public void A_derived_module_that_computes_something_else_is_exported_as_what_it_computes()
    {
        using var module = new ResidualSequential(nn.Linear(3, 3));
        ModelAssert.SameOutputs(module, randn(4, 3));
    }

    [Fact]
    public void A_module_with_one_input_says_when_it_is_given_two()
    {
        using var module = nn.ReLU();
        OnnxTensorInfo[] inputs = [new("a", OnnxElementType.Float, ["batch"]), new("b", OnnxElementType.Float, ["batch"])];
        var refusal = Assert.Throws<ArgumentException>(() => OnnxExporter.Export(module, inputs));
        Assert.StartsWith("ReLU has no method forward that takes (Tensor, Tensor).", refusal.Message, StringComparison.Ordinal);
    }

    private sealed class Doubling() : nn.Module<Tensor, Tensor>(nameof(Doubling))
    {
        public override Tensor forward(Tensor input) => input * 2;
    }

    private sealed class NamedSequential(params nn.Module<Tensor, Tensor>[] modules) : Sequential(modules);

    private sealed class ResidualSequential(params nn.Module<Tensor, Tensor>[] modules) : Sequential(modules)
    {
        public override Tensor forward(Tensor input) => input + base.forward(input);
    }
}
