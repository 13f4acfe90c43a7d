using MnistAdder.Fuzzing;
using MnistAdder.Onnx;
using MnistAdder.Onnx.Graphs;
using MnistAdder.OnnxBatching.Graphs;
using MnistAdder.OnnxBatching.Tests.Fuzzing;

namespace MnistAdder.OnnxBatching.Tests.Graphs;

public class RandomNetworkTests
{
    [Fact]
    public void A_thousand_random_networks_give_what_they_gave_for_numbers_of_every_kind()
    {
        using var target = new NetworkTarget();
        FuzzCases.RunThousand(target);
    }

    [Fact]
    public void Every_pass_finds_something_in_one_of_twenty_of_them()
    {
        using var target = new NetworkTarget();
        var passes = new Dictionary<string, Func<ModelGraph, bool>>
        {
            ["normalization"] = NormalizationFolding.Apply,
            ["scaling"] = InputScalingFolding.Apply,
            ["padding"] = ChannelPadding.Apply,
        };
        ModelProto[] networks = [.. Enumerable.Range(0, 1000).Select(number => Parse(target, number))];
        foreach ((string name, Func<ModelGraph, bool> apply) in passes)
        {
            int changed = networks.Count(network => apply(ModelGraph.TryCreate(network.Graph.Clone())!));
            TestContext.Current.SendDiagnosticMessage($"{name} {changed}");
            Assert.True(changed >= 50, $"{name}: {changed} of {networks.Length}");
        }
    }

    private static ModelProto Parse(FuzzTarget target, int number) =>
        ModelProto.Parser.ParseFrom(NetworkTarget.Network(FuzzRun.Input(target, FuzzRun.DefaultSeed, number)).Network);
}
