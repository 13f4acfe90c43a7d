using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests;

public class GraphTests
{
    [Fact]
    public void The_graph_around_a_network_prepares_its_inputs_and_decides()
    {
        OnnxGraph graph = OnnxExporter.Begin("around");
        OnnxValue image = graph.Input("image", OnnxElementType.UInt8, "batch", 1, 2, 2);
        OnnxValue number = graph.Input("number", OnnxElementType.Int64, "batch", 1);
        OnnxValue grey = graph.Div(graph.Sub(graph.Div(graph.Cast(image, OnnxElementType.Float), 255), 0.1307), 0.3081);
        OnnxValue oneHot = graph.Squeeze(graph.OneHot(number, 10), 1);
        OnnxValue both = graph.Concat(1, graph.Flatten(grey), oneHot);
        graph.Output("probabilities", graph.Softmax(both), "batch", 14);
        graph.Output("best", graph.ArgMax(both), "batch");
        using var session = new OnnxSession(graph.ToModel());

        using Tensor images = tensor(new byte[] { 0, 255, 7, 100, 50, 0, 0, 0 }).reshape(2, 1, 2, 2);
        using Tensor numbers = tensor(new long[] { 3, 0 }).reshape(2, 1);
        Tensor[] outputs = session.Run(images, numbers);

        using Tensor normalized = ((images.to_type(ScalarType.Float32) / 255) - 0.1307f).div(0.3081f);
        using Tensor expected = cat([normalized.flatten(1), nn.functional.one_hot(numbers.squeeze(1), 10)], 1);
        ModelAssert.Same(nn.functional.softmax(expected, 1), outputs[0], 1e-6);
        Assert.Equal(expected.argmax(1).data<long>().ToArray(), outputs[1].data<long>().ToArray());
    }

    [Fact]
    public void Arithmetic_broadcasts_as_in_TorchSharp()
    {
        OnnxGraph graph = OnnxExporter.Begin("arithmetic");
        OnnxValue a = graph.Input("a", OnnxElementType.Float, "batch", 3);
        OnnxValue b = graph.Input("b", OnnxElementType.Float, 3);
        OnnxValue sum = graph.Add(graph.Mul(graph.Exp(a), b), graph.Sub(b, a));
        graph.Output("y", graph.MatMul(graph.Add(sum, 1), graph.Transpose(graph.Unsqueeze(b, 0), 1, 0)), "batch", 1);
        using var session = new OnnxSession(graph.ToModel());
        using Tensor left = randn(4, 3);
        using Tensor right = randn(3);
        ModelAssert.Same(((left.exp() * right) + (right - left) + 1).matmul(right.unsqueeze(1)), session.Run(left, right)[0], 1e-5);
    }

    [Fact]
    public void An_operator_that_has_no_method_can_be_added_by_its_name()
    {
        OnnxGraph graph = OnnxExporter.Begin("topk");
        OnnxValue x = graph.Input("x", OnnxElementType.Float, "batch", 5);
        OnnxValue count = graph.Constant(OnnxTensor.Of<long>([2], 1), "k");
        IReadOnlyList<OnnxValue> best = graph.AddNodeMany(
            "TopK", [x, count], [OnnxAttribute.Int("axis", -1)], [(OnnxElementType.Float, 2), (OnnxElementType.Int64, 2)]);
        graph.Output("values", best[0]);
        graph.Output("indices", best[1]);
        using var session = new OnnxSession(graph.ToModel());
        using Tensor input = randn(3, 5);
        (Tensor values, Tensor indices) = input.topk(2);
        Tensor[] outputs = session.Run(input);
        ModelAssert.Same(values, outputs[0], 0);
        ModelAssert.Same(indices, outputs[1], 0);
    }

    [Fact]
    public void An_input_or_weight_or_output_can_be_an_output_under_another_name()
    {
        OnnxGraph graph = OnnxExporter.Begin("same");
        OnnxValue x = graph.Input("x", OnnxElementType.Float, "batch", 2);
        OnnxValue y = graph.Relu(x);
        graph.Output("copy", x);
        graph.Output("y", y);
        graph.Output("z", y);
        using var session = new OnnxSession(graph.ToModel());
        using Tensor input = randn(3, 2);
        Tensor[] outputs = session.Run(input);
        ModelAssert.Same(input, outputs[0], 0);
        ModelAssert.Same(input.relu(), outputs[1], 0);
        ModelAssert.Same(input.relu(), outputs[2], 0);
    }

    [Fact]
    public void Names_in_a_scope_have_its_path()
    {
        OnnxGraph graph = OnnxExporter.Begin("scoped");
        OnnxValue x = graph.Input("x", OnnxElementType.Float, "batch", 2);
        using (graph.Scope("outer.inner"))
        {
            Assert.Equal("outer.inner", graph.ModulePath);
            x = graph.Apply("dense", nn.Linear(2, 2), x);
        }

        Assert.Equal("", graph.ModulePath);
        graph.Output("y", graph.Relu(x));
        Assert.Equal(["/outer/inner/dense/Gemm", "/Relu"], graph.Nodes.Select(node => node.Name));
        Assert.Equal(["outer.inner.dense.weight", "outer.inner.dense.bias"], graph.Initializers.Select(initializer => initializer.Name));
    }

    [Fact]
    public void A_name_is_given_once()
    {
        OnnxGraph graph = OnnxExporter.Begin("names");
        OnnxValue x = graph.Input("x", OnnxElementType.Float, "batch", 2);
        Assert.Throws<ArgumentException>(() => graph.Input("x", OnnxElementType.Float, 2));
        Assert.Throws<ArgumentException>(() => graph.Output("x", graph.Relu(x)));
    }

    [Fact]
    public void A_value_of_another_graph_is_refused()
    {
        OnnxValue stranger = OnnxExporter.Begin("other").Input("stranger", OnnxElementType.Float, 2);
        OnnxGraph graph = OnnxExporter.Begin("own");
        var problem = Assert.Throws<ArgumentException>(() => graph.Relu(stranger));
        Assert.Contains("'stranger' is a value of another graph", problem.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => graph.Output("y", stranger));
        using var module = nn.Identity();
        Assert.Throws<ArgumentException>(() => graph.Apply(module, stranger));
    }

    [Fact]
    public void An_output_of_another_number_of_dimensions_than_promised_is_refused()
    {
        OnnxGraph graph = OnnxExporter.Begin("rank");
        OnnxValue x = graph.Input("x", OnnxElementType.Float, "batch", 2);
        var problem = Assert.Throws<ArgumentException>(() => graph.Output("y", graph.ArgMax(x), "batch", 1));
        Assert.StartsWith("Output 'y' has 1 dimensions, not 2.", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tensors_of_different_types_are_not_mixed()
    {
        OnnxGraph graph = OnnxExporter.Begin("types");
        OnnxValue number = graph.Input("number", OnnxElementType.Int64, "batch");
        OnnxValue weight = graph.Input("weight", OnnxElementType.Float, "batch");
        Assert.Throws<ArgumentException>(() => graph.Add(number, weight));
        Assert.Throws<ArgumentException>(() => graph.Concat(0, number, weight));
        Assert.Throws<ArgumentException>(() => graph.Mul(number, 0.5));
    }

    [Fact]
    public void Values_must_fill_their_shape()
    {
        Assert.Throws<ArgumentException>(() => OnnxTensor.Of<float>([1, 2, 3], 2, 2));
        Assert.Equal([2, 2], OnnxTensor.Of<float>([1, 2, 3, 4], 2, 2).Shape);
    }
}
