using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests.Tracing;

/// <summary>Runs alone: libtorch has one generator for all threads.</summary>
[CollectionDefinition(nameof(GeneratorTests), DisableParallelization = true), Collection(nameof(GeneratorTests))]
public sealed class GeneratorTests
{
    [Fact]
    public void The_programs_random_numbers_go_on_as_if_nothing_had_been_exported()
    {
        using var network = new Lambda(x => x * 2);
        manual_seed(7);
        float expected = rand(1).item<float>();
        manual_seed(7);
        OnnxExporter.Export(network, [zeros(2, 4)]);
        Assert.Equal(expected, rand(1).item<float>());
    }
}
