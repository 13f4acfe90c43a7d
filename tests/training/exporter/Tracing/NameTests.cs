using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MnistAdder.OnnxExport.Tests.Tracing;

/// <summary>What inputs and outputs are called.</summary>
public sealed class NameTests
{
    [Fact]
    public void Outputs_are_named_by_tuple_elements_and_keys_and_what_is_no_tensor_is_left_out_and_said()
    {
        using var network = new Several();
        OnnxModel model = OnnxExporter.Export(network, [randn(2, 4)]);
        using var session = new OnnxSession(model);
        Assert.Equal(["x"], session.Session.InputNames);
        Assert.Equal(["Scores", "Parts_left", "Parts_right", "More_0", "Box_Values"], session.Session.OutputNames);
        Assert.Equal(["Count", "More_1", "Box_Label"], model.LeftOut);
        Assert.Equal("batch", session.Session.OutputMetadata["Scores"].SymbolicDimensions[0]);
        Assert.Equal([-1, 4], session.Session.OutputMetadata["Scores"].Dimensions);
    }

    [Fact]
    public void Nothing_is_left_out_where_all_are_tensors()
    {
        using var network = Linear(4, 2);
        Assert.Empty(OnnxExporter.Export(network, [randn(2, 4)]).LeftOut);
    }

    private sealed record Box(Tensor Values, string Label);

    private sealed class Several() : Module<Tensor, (Tensor Scores, int Count, Dictionary<string, Tensor> Parts, (Tensor, string) More, Box Box, Tensor? Absent)>("several")
    {
        public override (Tensor Scores, int Count, Dictionary<string, Tensor> Parts, (Tensor, string) More, Box Box, Tensor? Absent) forward(Tensor x) => (
            x * 2, 3, new() { ["left"] = x.narrow(1, 0, 2), ["right"] = x.narrow(1, 2, 2) }, (x.relu(), "rest"), new Box(x + 1, "box"), null);
    }
}
