using MnistAdder.OnnxQuantization.Tests.Networks;
using static MnistAdder.OnnxQuantization.Tests.Networks.Network;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxQuantization.Tests;

/// <summary>Networks of rows, sequences, signals and volumes, and ways from an image to a row.</summary>
public sealed class LayerTests
{
    private const int Rows = 24;

    public static TheoryData<QuantizedForm> Forms => Quantized.Forms;

    [Theory]
    [InlineData(QuantizedForm.Standard, true, true)]
    [InlineData(QuantizedForm.Standard, false, true)]
    [InlineData(QuantizedForm.Standard, true, false)]
    [InlineData(QuantizedForm.Standard, false, false)]
    [InlineData(QuantizedForm.OnnxRuntime, true, true)]
    [InlineData(QuantizedForm.OnnxRuntime, false, true)]
    [InlineData(QuantizedForm.OnnxRuntime, true, false)]
    [InlineData(QuantizedForm.OnnxRuntime, false, false)]
    public void Linear_layers_of_either_order_with_and_without_bias(QuantizedForm form, bool transposed, bool bias)
    {
        var network = new Network();
        string hidden = network.Relu(network.Gemm(network.Input("rows", Rows), Rows, 16, bias, transposed));
        hidden = network.Relu(network.BatchNormalization(network.Gemm(hidden, 16, 20, bias, transposed), 20));
        network.Output(network.Gemm(hidden, 20, 7, bias, transposed));
        // As many that hardly any row is beyond them.
        QuantizedModel model = Quantized.IsNear(network, Quantized.AllIn(form), calibrationRows: 1000);
        Assert.Equal(3, model.Layers.Count);
        Assert.DoesNotContain("BatchNormalization", Quantized.Operators(model));
        Assert.Equal(form == QuantizedForm.OnnxRuntime ? 3 : 0, Quantized.Operators(model).Count(operation => operation == "QGemm"));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Linear_layers_of_sequences(QuantizedForm form)
    {
        var network = new Network();
        string hidden = network.Relu(network.Add("Add", [network.MatMul(network.Input("words", 5, Rows), Rows, 16), network.Bias(16)]));
        hidden = network.Add("Add", [hidden, network.MatMul(hidden, 16, 16)]);
        // One product right behind another, and one that the user sees, too.
        string first = network.MatMul(hidden, 16, 12), second = network.MatMul(first, 12, 10);
        network.Output(first).Output(network.MatMul(second, 10, 6)).Output(second);
        Quantized.IsNear(network, Quantized.AllIn(form));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Products_of_rows_and_of_four_axes(QuantizedForm form)
    {
        var network = new Network();
        network.Output(network.MatMul(network.Relu(network.MatMul(network.Input("rows", Rows), Rows, 16)), 16, 5));
        string heads = network.Input("heads", 2, 3, 8);
        network.Output(network.MatMul(heads, 8, 4));
        byte[] model = OnnxQuantizer.Quantize(network.ToBytes(), network.Data(), Quantized.AllIn(form)).ToArray();
        float[][] expected = Quantized.Run(network.ToBytes(), network.Batch(9, seed: 7)), actual = Quantized.Run(model, network.Batch(9, seed: 7));
        Assert.All(expected.Zip(actual), pair => Assert.InRange(Quantized.Difference(pair.First, pair.Second), 0, Quantized.Near));
        Quantized.IsProven(model);
    }

    [Theory]
    [InlineData(QuantizedForm.Standard, 1)]
    [InlineData(QuantizedForm.Standard, 3)]
    [InlineData(QuantizedForm.OnnxRuntime, 1)]
    [InlineData(QuantizedForm.OnnxRuntime, 3)]
    public void Convolutions_and_pools_of_signals_and_volumes(QuantizedForm form, int dimensions)
    {
        var network = new Network();
        int[] kernel = [.. Enumerable.Repeat(3, dimensions)];
        string signal = network.Relu(network.Conv(network.Input("signal", [2, .. Enumerable.Repeat(12, dimensions)]), 2, 4, kernel, attributes: Each("pads", 1, 2)));
        signal = network.Relu(network.Add("Add", [signal, network.Conv(signal, 4, 4, kernel, groups: 2, attributes: Each("pads", 1, 2))]));
        signal = network.Add("MaxPool", [signal], Each("kernel_shape", 2), Each("strides", 2));
        signal = network.Add("Concat", [signal, network.Conv(signal, 4, 3, kernel, attributes: Each("pads", 1, 2))], Attribute("axis", 1));
        signal = network.Conv(network.Add("AveragePool", [signal], Each("kernel_shape", 2), Each("strides", 2), Each("pads", 1, 2)), 7, 5, kernel);
        string row = network.Add("Flatten", [network.Add("GlobalAveragePool", [signal])]);
        network.Output(network.Gemm(row, 5, 4)).Output(signal);
        Quantized.IsNear(network, Quantized.AllIn(form));

        MnistAdder.Onnx.AttributeProto Each(string name, long value, int sides = 1) => Attribute(name, [.. Enumerable.Repeat(value, sides * dimensions)]);
    }

    [Theory]
    [InlineData(QuantizedForm.Standard, "Flatten")]
    [InlineData(QuantizedForm.Standard, "Reshape")]
    [InlineData(QuantizedForm.Standard, "view")]
    [InlineData(QuantizedForm.OnnxRuntime, "Flatten")]
    [InlineData(QuantizedForm.OnnxRuntime, "Reshape")]
    [InlineData(QuantizedForm.OnnxRuntime, "view")]
    public void A_row_of_an_image_meets_the_weights_of_its_pixels(QuantizedForm form, string way)
    {
        var network = new Network();
        string image = network.Add("MaxPool", [network.Relu(network.Conv(network.Input("image", 3, 10, 12), 3, 8))], Attribute("kernel_shape", 2L, 2), Attribute("strides", 2L, 2));
        string row = way switch
        {
            "Flatten" => network.Add("Flatten", [image]),
            "Reshape" => network.Add("Reshape", [image, network.Constant(0L, -1)]),
            // x.view(x.size(0), -1)
            _ => network.Add("Reshape", [image, network.Add("Concat", [Rows(image), network.Constant([-1L])], Attribute("axis", 0))]),
        };
        string hidden = network.Relu(network.Gemm(row, 8 * 5 * 6, 16));
        network.Output(network.Gemm(hidden, 16, 4)).Output(network.Gemm(row, 8 * 5 * 6, 3));
        QuantizedModel model = Quantized.IsNear(network, Quantized.AllIn(form));
        string Rows(string value) => network.Add("Slice", [network.Add("Shape", [value]), network.Constant([0L]), network.Constant([1L])]);

        // The image's axes are put into their order once, at the input.
        if (way != "view")
            Assert.Equal(form == QuantizedForm.Standard ? 0 : 1, Quantized.Operators(model).Count(operation => operation == "Transpose"));
    }

    [Theory]
    [InlineData(QuantizedForm.Standard, 13)]
    [InlineData(QuantizedForm.Standard, 21)]
    [InlineData(QuantizedForm.OnnxRuntime, 13)]
    [InlineData(QuantizedForm.OnnxRuntime, 21)]
    public void Models_of_old_and_new_opsets(QuantizedForm form, int opset)
    {
        var network = new Network();
        string image = network.Relu(network.Conv(network.Input("image", 3, 9, 9), 3, 8));
        image = network.Add("AveragePool", [image], Attribute("kernel_shape", 3L, 3), Attribute("strides", 2L, 2), Attribute("pads", 1L, 1, 1, 1), Attribute("ceil_mode", 1));
        // Gaps that are none, which came with opset 19.
        if (opset > 18)
            image = network.Add("AveragePool", [image], Attribute("kernel_shape", 2L, 2), Attribute("dilations", 1L, 1));
        network.Output(network.Conv(image, 8, 4));
        Quantized.IsNear(network, Quantized.AllIn(form), opset: opset);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Images_of_bytes_that_the_model_scales_itself(QuantizedForm form)
    {
        var network = new Network();
        string pixels = network.Add("Cast", [network.Input("image", ElementType.Uint8, 1, 10, 10)], Attribute("to", (long)ElementType.Float));
        string scaled = network.Add("Div", [network.Add("Sub", [network.Add("Div", [pixels, network.Constant([255f])]), network.Constant([0.5f])]), network.Constant([0.3f])]);
        network.Output(network.Conv(network.Relu(network.Conv(scaled, 1, 8)), 8, 4));
        Quantized.IsNear(network, Quantized.AllIn(form));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Words_that_are_looked_up_beside_an_image(QuantizedForm form)
    {
        var network = new Network();
        string words = network.Add("Gather", [network.Weights(1, 10, Rows), network.Input("words", ElementType.Int64, 4)]);
        string image = network.Relu(network.Conv(network.Input("image", 3, 8, 8), 3, 6));
        string row = network.Gemm(network.Add("Flatten", [image]), 6 * 64, 12), sentence = network.MatMul(words, Rows, 12);
        network.Output(network.Add("Add", [row, network.Add("ReduceMax", [sentence], Attribute("axes", [1L]), Attribute("keepdims", 0))]));
        Quantized.IsNear(network, Quantized.AllIn(form));
    }
}
