using MnistAdder.OnnxExport.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests.Tracing;

/// <summary>Networks of sequences whose lengths are as free as the batch.</summary>
public sealed class SequenceNetworkTests
{
    private static readonly Dictionary<string, (Func<nn.Module> Make, Func<object[]> Examples, string[] Inputs)> s_networks = new()
    {
        ["text classifier"] = (() => new TextClassifier(), () => [Tokens(50, 2, 7)], ["tokens"]),
        ["classifier in both directions"] = (() => new BidirectionalClassifier(), () => [randn(2, 7, 5)], ["x"]),
        ["GRU from zeros"] = (() => new GruFromZeros(), () => [randn(2, 7, 5)], ["x"]),
        ["attention"] = (() => new SelfAttention(8, 2, causal: false), () => [randn(2, 7, 8)], ["x"]),
        ["causal attention"] = (() => new SelfAttention(8, 4, causal: true), () => [randn(2, 7, 8)], ["x"]),
        ["encoder block"] = (() => new EncoderBlock(), () => [randn(2, 7, 8)], ["x"]),
        ["GPT"] = (() => new SmallGpt(), () => [Tokens(30, 2, 7)], ["indices"]),
        ["sequence to sequence"] = (() => new SequenceToSequence(), () => [Tokens(20, 2, 7), Tokens(25, 2, 5)], ["src", "tgt"]),
        ["translator"] = (() => new Translator(), () => [Tokens(20, 2, 7), Tokens(25, 2, 5)], ["src", "tgt"]),
        ["rotary attention"] = (() => new RotaryBlock(), () => [randn(2, 7, 16)], ["x"]),
        ["Llama"] = (() => new SmallLlama(isBuffer: false), () => [Tokens(40, 2, 7)], ["tokens"]),
        ["Llama with a buffer"] = (() => new SmallLlama(isBuffer: true), () => [Tokens(40, 2, 7)], ["tokens"]),
        ["attentive pooling"] = (() => new AttentivePooling(), () => [randn(2, 7, 5)], ["x"]),
    };

    public static TheoryData<string> Names => [.. s_networks.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Sequences_of_any_length_give_the_same(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        (Func<nn.Module> make, Func<object[]> examples, string[] inputs) = s_networks[name];
        OnnxTraceOptions options = new()
        {
            DynamicDimensions = [.. inputs.SelectMany(input => new OnnxDynamicDimension[] { new(input, 0, "batch"), new(input, 1, $"{input} steps") })],
        };
        TraceAssert.Right(make(), examples(), options, 1e-4);
    }

    [Theory]
    [InlineData(18, 8)]
    [InlineData(21, 10)]
    public void Networks_are_valid_in_later_opsets(int opset, int version)
    {
        using DisposeScope scope = NewDisposeScope();
        foreach ((Func<nn.Module> make, Func<object[]> examples, _) in s_networks.Values)
        {
            nn.Module network = make();
            object[] inputs = examples();
            OnnxModel model = OnnxExporter.Export(network, inputs, options: new OnnxModelOptions { Opset = opset, IrVersion = version });
            Assert.True(TraceAssert.Difference(network, model, inputs, 3) < 1e-4);
        }
    }

    private static Tensor Tokens(long words, params long[] shape) => randint(1, words, shape, ScalarType.Int64);
}
