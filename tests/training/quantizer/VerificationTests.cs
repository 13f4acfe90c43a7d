using MnistAdder.OnnxQuantization.Tests.Networks;
using static MnistAdder.OnnxQuantization.Tests.Networks.Network;

namespace MnistAdder.OnnxQuantization.Tests;

public sealed class VerificationTests
{
    public static TheoryData<QuantizedForm> Forms => Quantized.Forms;

    [Theory]
    [MemberData(nameof(Forms))]
    public void Every_value_of_integers_is_near_that_of_floats(QuantizedForm form)
    {
        var network = new Network();
        string first = network.Relu(network.Conv(network.Input("image", 3, 9, 7), 3, 8)), second = network.Relu(network.Conv(first, 8, 8)), sum = network.Add("Add", [first, second]);
        string pooled = network.Add("AveragePool", [sum], Attribute("kernel_shape", 2L, 2)), row = network.Add("Flatten", [pooled]);
        string hidden = network.Relu(network.Gemm(row, 8 * 8 * 6, 12)), scores = network.Gemm(hidden, 12, 4);
        network.Output(scores);
        QuantizationVerification verification = OnnxQuantizer.Quantize(network.ToBytes(), network.Data(), Quantized.AllIn(form)).Verify(network.Data());
        Assert.Equal([scores], verification.Outputs.Select(output => output.Name));
        Assert.Equal(verification.Outputs[0].RelativeError, verification.Greatest);
        // The row has lost its image's shape, by which its order could be told.
        Assert.Equal(
            form == QuantizedForm.Standard ? [first, second, sum, pooled, row, hidden] : [first, second, sum, pooled, hidden],
            verification.Layers.Select(layer => layer.Name));
        Assert.All(verification.Layers, layer => Assert.InRange(layer.RelativeError, 0.0001, Quantized.Near));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_layer_of_harsh_weights_is_where_accuracy_is_lost(QuantizedForm form)
    {
        Network network = LossTests.WithHarshLayer();
        IReadOnlyList<QuantizationDifference> layers = OnnxQuantizer.Quantize(network.ToBytes(), network.Data(), Quantized.AllIn(form)).Verify(network.Data()).Layers;
        QuantizationDifference worst = layers[^1];
        Assert.All(layers.SkipLast(1), layer => Assert.True(layer.RelativeError * 4 < worst.RelativeError, $"{layer} and {worst}"));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_value_that_is_an_output_is_compared_as_both(QuantizedForm form)
    {
        var network = new Network();
        string image = network.Relu(network.Conv(network.Input("image", 3, 9, 7), 3, 8));
        network.Output(image).Output(network.Conv(image, 8, 4));
        QuantizationVerification verification = OnnxQuantizer.Quantize(network.ToBytes(), network.Data(), Quantized.AllIn(form)).Verify(network.Data());
        Assert.Equal(2, verification.Outputs.Count);
        Assert.Contains(verification.Layers, layer => layer.Name == image);
        Assert.All(verification.Outputs.Concat(verification.Layers), value => Assert.InRange(value.RelativeError, 0.0001, Quantized.Near));
    }
}
