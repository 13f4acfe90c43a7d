using MnistAdder.OnnxQuantization.Tests.Networks;

namespace MnistAdder.OnnxQuantization.Tests;

/// <summary>How much worse a model may get.</summary>
public sealed class LossTests
{
    private const int Size = 32;

    public static TheoryData<QuantizedForm> Forms => Quantized.Forms;

    [Theory]
    [MemberData(nameof(Forms))]
    public void The_layer_that_costs_most_is_left_in_floats_first(QuantizedForm form)
    {
        Network network = WithHarshLayer();
        QuantizedModel all = OnnxQuantizer.Quantize(network.ToBytes(), network.Data(), Quantized.AllIn(form));
        QuantizedModel kept = OnnxQuantizer.Quantize(network.ToBytes(), network.Data(), Quantized.AllIn(form) with { MaxLoss = 0.1 });
        Assert.True(all.Loss > 0.1, $"{all.Loss}");
        Assert.InRange(kept.Loss, 0, 0.1);
        Assert.Equal([true, true, false, true], kept.Layers.Select(layer => layer.IsInteger));
        Assert.InRange(kept.Loss, Error(network, kept) * 0.999, Error(network, kept) * 1.001);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_loss_that_no_layer_keeps_is_an_error_that_says_so(QuantizedForm form)
    {
        Network network = WithHarshLayer();
        var error = Assert.Throws<OnnxQuantizationException>(() => OnnxQuantizer.Quantize(network.ToBytes(), network.Data(), Quantized.AllIn(form) with { MaxLoss = 0 }));
        Assert.Contains("No layer can be quantised within a loss of 0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loss_of_one_s_own_decides_instead()
    {
        Network network = WithHarshLayer();
        var asked = new List<int>();
        QuantizedModel model = OnnxQuantizer.Quantize(network.ToBytes(), network.Data(), Quantized.AllIn(QuantizedForm.OnnxRuntime) with
        {
            MaxLoss = 2,
            // As many percent as there are layers in integers: two have to go.
            Loss = bytes =>
            {
                asked.Add(Onnx.ModelProto.Parser.ParseFrom(bytes.Span).Graph.Node.Count(node => node.OpType == "QGemm"));
                return asked[^1];
            },
        });
        Assert.Equal(2, model.Loss);
        Assert.Equal(2, model.Layers.Count(layer => layer.IsInteger));
        // All four, each of them without one of four, and of three.
        Assert.Equal([4, 3, 3, 3, 3, 2, 2, 2], asked);
    }

    [Fact]
    public void A_loss_that_is_no_number_is_kept_by_nothing()
    {
        Network network = WithHarshLayer();
        Assert.Throws<OnnxQuantizationException>(() =>
            OnnxQuantizer.Quantize(network.ToBytes(), network.Data(), Quantized.AllIn(QuantizedForm.Standard) with { Loss = _ => double.NaN, MaxLoss = 1 }));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_loss_of_one_s_own_that_nothing_keeps_is_an_error_however_fast_integers_are(bool measuresTime)
    {
        Network network = WithHarshLayer();
        QuantizationOptions options = Quantized.AllIn(QuantizedForm.Standard) with { MeasuresTime = measuresTime, MaxLoss = 1, Loss = _ => 2 };
        Assert.Throws<OnnxQuantizationException>(() => OnnxQuantizer.Quantize(network.ToBytes(), network.Data(rows: 1), options));
    }

    [Fact]
    public void Of_outputs_that_are_no_floats_the_share_that_differs_counts()
    {
        Network network = WithHarshLayer(arguments: true);
        QuantizedModel model = OnnxQuantizer.Quantize(network.ToBytes(), network.Data(), Quantized.AllIn(QuantizedForm.Standard));
        int differing = Enumerable.Range(100, 4).Sum(seed =>
            Quantized.Run(network.ToBytes(), network.Batch(64, seed))[0].Zip(Quantized.Run(model.ToArray(), network.Batch(64, seed))[0]).Count(pair => pair.First != pair.Second));
        Assert.InRange(differing, 1, 255);
        Assert.Equal(differing / 256.0, model.Loss);
    }

    private static double Error(Network network, QuantizedModel model)
    {
        (float[] expected, float[] actual) = ([], []);
        for (int seed = 100; seed < 104; seed++)
        {
            expected = [.. expected, .. Quantized.Run(network.ToBytes(), network.Batch(64, seed))[0]];
            actual = [.. actual, .. Quantized.Run(model.ToArray(), network.Batch(64, seed))[0]];
        }

        return Quantized.Difference(expected, actual);
    }

    // The third layer's weights of each output are small but for one, of an input that is always nought.
    internal static Network WithHarshLayer(bool arguments = false)
    {
        var network = new Network();
        string rows = network.Input("rows", Size);
        string hidden = network.Relu(network.Gemm(network.Relu(network.Gemm(rows, Size, Size)), Size, Size));
        var random = new Random(3);
        float[] weights = [.. Enumerable.Range(0, Size * (Size + 1)).Select(i => i % (Size + 1) == Size ? 40 : (float)(random.NextDouble() - 0.5))];
        string padded = network.Add("Pad", [hidden, network.Constant(0L, 0, 0, 1)]);
        string harsh = network.Relu(network.Add("Gemm", [padded, network.Constant(weights, Size, Size + 1)], Network.Attribute("transB", 1)));
        string scores = network.Gemm(harsh, Size, 10);
        return arguments ? network.Output(network.Add("ArgMax", [scores], Network.Attribute("axis", 1), Network.Attribute("keepdims", 0)), Onnx.TensorProto.Types.DataType.Int64) : network.Output(scores);
    }
}
