using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests;

public class SharingTests
{
    [Fact]
    public void A_module_applied_twice_has_one_weight_and_two_nodes()
    {
        using var shared = nn.Linear(4, 4);
        using var module = nn.Sequential(("first", shared), ("relu", nn.ReLU()), ("second", shared));
        OnnxGraph graph = Build(module);
        Assert.Equal(["first.weight", "first.bias"], graph.Initializers.Select(initializer => initializer.Name));
        Assert.Equal(["/first/Gemm", "/relu/Relu", "/first/Gemm_1"], graph.Nodes.Select(node => node.Name));
        ModelAssert.SameOutputs(module, randn(3, 4));
    }

    [Fact]
    public void The_same_module_under_the_same_name_has_nodes_of_different_names()
    {
        using var shared = nn.Linear(4, 4);
        OnnxGraph graph = OnnxExporter.Begin("twice");
        OnnxValue input = graph.Input("x", OnnxElementType.Float, "batch", 4);
        graph.Output("y", graph.Apply("dense", shared, graph.Apply("dense", shared, input)));
        Assert.Equal(["/dense/Gemm", "/dense/Gemm_1"], graph.Nodes.Select(node => node.Name));
        Assert.Equal(2, graph.Initializers.Count);
    }

    [Fact]
    public void A_weight_that_two_modules_share_is_written_once()
    {
        using var embedding = nn.Embedding(6, 4);
        using var dense = nn.Linear(4, 6, hasBias: false);
        dense.weight = embedding.weight!;
        using var module = nn.Sequential(("words", embedding), ("scores", dense));
        OnnxGraph graph = OnnxExporter.Begin("tied");
        graph.Output("y", graph.Apply(module, graph.Input("x", OnnxElementType.Int64, "batch", 3)));
        Assert.Equal("words.weight", Assert.Single(graph.Initializers).Name);
        ModelAssert.SameOutputs(module, tensor(new long[,] { { 0, 5, 2 } }));
    }

    [Fact]
    public void Equal_weights_of_different_modules_keep_their_own_names()
    {
        using var module = nn.Sequential(("norm1", nn.BatchNorm1d(4)), ("norm2", nn.BatchNorm1d(4)));
        Assert.Equal(8, Build(module).Initializers.Count);
    }

    [Fact]
    public void Storage_that_is_used_again_is_not_taken_for_the_weight_that_was_there()
    {
        OnnxGraph graph = OnnxExporter.Begin("reuse");
        using Tensor storage = zeros(1000);
        OnnxValue before = graph.Parameter("before", storage);
        storage.fill_(1);
        Assert.NotEqual(before.Name, graph.Parameter("after", storage).Name);
        Assert.Equal(["before", "after"], graph.Initializers.Select(initializer => initializer.Name));
    }

    private static OnnxGraph Build(Sequential module)
    {
        OnnxGraph graph = OnnxExporter.Begin("shared");
        graph.Output("y", graph.Apply(module, graph.Input("x", OnnxElementType.Float, "batch", 4)));
        return graph;
    }
}
