using MnistAdder.Onnx;
using MnistAdder.OnnxQuantization.Tests.Networks;
using static MnistAdder.OnnxQuantization.Tests.Networks.Network;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxQuantization.Tests;

/// <summary>Who reads a value, and what of the file stays.</summary>
public sealed class GraphTests
{
    public static TheoryData<QuantizedForm> Forms => Quantized.Forms;

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_value_is_read_by_integers_by_floats_and_by_the_user(QuantizedForm form)
    {
        var network = new Network();
        string image = network.Relu(network.Conv(network.Input("image", 3, 8, 8), 3, 6)), next = network.Conv(image, 6, 6), sum = network.Add("Add", [next, image]);
        string row = network.Add("Flatten", [network.Add("MaxPool", [sum], Attribute("kernel_shape", 2L, 2), Attribute("strides", 2L, 2))]);
        string hidden = network.Relu(network.Gemm(row, 96, 10));
        network.Output(image).Output(network.Add("Tanh", [image])).Output(sum).Output(network.Add("Softmax", [hidden])).Output(hidden).Output(network.Gemm(hidden, 10, 3)).Output(row);
        QuantizedModel model = Quantized.IsNear(network, Quantized.AllIn(form));
        Assert.All(model.Verify(network.Data()).Outputs, output => Assert.InRange(output.RelativeError, 0, Quantized.Near));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_graph_inside_a_node_reads_values_of_integers(QuantizedForm form)
    {
        var network = new Network();
        string image = network.Relu(network.Conv(network.Input("image", 3, 8, 8), 3, 6)), next = network.Relu(network.Conv(image, 6, 6)), last = network.Conv(next, 6, 6);
        string isLarge = network.Add("Greater", [network.Add("ReduceMax", [last], Attribute("keepdims", 0)), network.Constant([0f])]);
        network.Output(network.If(isLarge, "Mul", [next, last], [image, image]));
        byte[] floats = network.ToBytes();
        byte[] quantized = OnnxQuantizer.Quantize(floats, network.Data(), Quantized.AllIn(form)).ToArray();
        Assert.InRange(Quantized.Difference(Quantized.Run(floats, network.Batch(3, seed: 7))[0], Quantized.Run(quantized, network.Batch(3, seed: 7))[0]), 0, Quantized.Near);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Inputs_outputs_and_metadata_are_the_model_s(QuantizedForm form)
    {
        Network network = Classifier();
        QuantizedModel model = OnnxQuantizer.Quantize(network.ToBytes(), network.Data(), Quantized.AllIn(form));
        model.SetMetadata("accuracy", "0.9");
        model.SetMetadata("accuracy", "0.95");
        ModelProto before = ModelProto.Parser.ParseFrom(network.ToBytes()), after = ModelProto.Parser.ParseFrom(model.ToArray());
        Assert.Equal(before.Graph.Input, after.Graph.Input);
        Assert.Equal(before.Graph.Output.Select(output => output.Name), after.Graph.Output.Select(output => output.Name));
        Assert.Equal("tests", after.ProducerName);
        Assert.Equal(
            [("accuracy", "0.95"), ("author", "somebody"), (QuantizedModel.MetadataKey, "int8, 3 of 3 layers")],
            after.MetadataProps.Select(entry => (entry.Key, entry.Value)).Order());
        Assert.Equal(form == QuantizedForm.OnnxRuntime, after.OpsetImport.Any(set => set.Domain == "com.microsoft"));
        Assert.Equal(17, after.OpsetImport.Single(set => set.Domain.Length == 0).Version);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void The_weights_of_layers_in_integers_are_left_out_in_floats(QuantizedForm form)
    {
        Network network = Classifier();
        byte[] floats = network.ToBytes(), integers = OnnxQuantizer.Quantize(floats, network.Data(), Quantized.AllIn(form)).ToArray();
        GraphProto graph = ModelProto.Parser.ParseFrom(integers).Graph;
        Assert.Equal(3, graph.Initializer.Count(tensor => tensor.DataType == (int)ElementType.Int8 && tensor.Dims.Count > 1));
        Assert.DoesNotContain(graph.Initializer, tensor => tensor.DataType == (int)ElementType.Float && tensor.Dims.Count > 1);
        Assert.InRange(integers.Length, 0, floats.Length * 2 / 3);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void The_same_model_and_data_give_the_same_file(QuantizedForm form) =>
        Assert.Equal(
            OnnxQuantizer.Quantize(Classifier().ToBytes(), Classifier().Data(), Quantized.AllIn(form)).ToArray(),
            OnnxQuantizer.Quantize(Classifier().ToBytes(), Classifier().Data(), Quantized.AllIn(form)).ToArray());

    [Theory]
    [MemberData(nameof(Forms))]
    public void Layers_that_share_weights_have_their_own_integers(QuantizedForm form)
    {
        var network = new Network();
        string weights = network.Weights(54, 6, 6, 3, 3), image = network.Relu(network.Conv(network.Input("image", 3, 9, 9), 3, 6));
        for (int layer = 0; layer < 3; layer++)
            image = network.Relu(network.Add("Conv", [image, weights], Attribute("pads", 1L, 1, 1, 1)));
        network.Output(image);
        Quantized.IsNear(network, Quantized.AllIn(form));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void With_time_measured_the_model_answers_as_before(QuantizedForm form)
    {
        Network network = Classifier();
        var progress = new List<string>();
        QuantizedModel model = OnnxQuantizer.Quantize(network.ToBytes(), network.Data(), new QuantizationOptions { Form = form, Progress = progress.Add });
        Assert.True(model.Speed > 0);
        Assert.NotEmpty(progress);
        Assert.All(model.Layers, layer => Assert.True(layer.TimeInFloats is null or > 0));
        Assert.InRange(Quantized.Difference(Quantized.Run(network.ToBytes(), network.Batch(8, seed: 7))[0], Quantized.Run(model.ToArray(), network.Batch(8, seed: 7))[0]), 0, Quantized.Near);
    }

    [Fact]
    public void Without_it_there_is_no_speed()
    {
        QuantizedModel model = OnnxQuantizer.Quantize(Classifier().ToBytes(), Classifier().Data(), Quantized.AllIn(QuantizedForm.Standard));
        Assert.Null(model.Speed);
        Assert.All(model.Layers, layer => Assert.Null(layer.TimeInFloats));
        Assert.Equal(["Conv", "Conv", "Gemm"], model.Layers.Select(layer => layer.Operator));
        Assert.All(model.Layers, layer => Assert.StartsWith("node/", layer.Name));
    }

    // Two convolutions and a linear layer.
    private static Network Classifier()
    {
        var network = new Network();
        string image = network.Relu(network.Conv(network.Input("image", 3, 10, 10), 3, 8));
        image = network.Add("MaxPool", [network.Relu(network.Conv(image, 8, 8))], Attribute("kernel_shape", 2L, 2), Attribute("strides", 2L, 2));
        return network.Output(network.Gemm(network.Add("Flatten", [image]), 8 * 25, 10));
    }
}
