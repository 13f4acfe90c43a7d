using MnistAdder.OnnxExport;
using static TorchSharp.torch;

internal static class Exports
{
    public static void Checked(Residual network)
    {
        OnnxModel model = OnnxExporter.Export(network, [rand(2, 4, 4)], new OnnxTraceOptions { Runner = OnnxRuntime.Run });
        OnnxVerification verification = OnnxExporter.Verify(network, model, [rand(5, 4, 4)], OnnxRuntime.Run, intermediates: true);
        foreach (OnnxDifference value in verification.Intermediates)
            Console.WriteLine($"{value.Name} {value.Greatest}");
        Console.WriteLine($"residual.onnx {(verification.Greatest < 1e-5 ? "gives what TorchSharp gives" : $"differs by {verification.Greatest}")}");
    }

    public static void OpenSizes(nn.Module<Tensor, Tensor> embedded)
    {
        var classifier = new Classifier(embedded);
        var sizes = new OnnxTraceOptions
        {
            DynamicDimensions = [new("tokens", 0, "batch"), new("tokens", 1, "length")],
        };
        OnnxExporter.Export(classifier, [zeros(2, 7, ScalarType.Int64)], sizes).Save("classifier.onnx");
    }

    public static void ModuleByItsShape()
    {
        var network = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 26 * 26, 10));
        OnnxExporter.Export(network, "batch", 1, 28, 28).Save("network.onnx");
        Comparison.Print("network.onnx", network, rand(5, 1, 28, 28));
        GraphAroundAModule(network);
    }

    public static void ModuleOfSomebodyElse()
    {
        OnnxModuleRegistry modules = OnnxExporter.Modules.With<Doubling>((graph, module, input) => graph.Mul(input, 2));
        using var network = nn.Sequential(("double", new Doubling()), ("linear", nn.Linear(3, 2)));
        OnnxTensorInfo[] inputs = [new("points", OnnxElementType.Float, ["batch", 3])];
        OnnxTensorInfo[] outputs = [new("scores", OnnxElementType.Float, ["batch", 2])];
        OnnxExporter.Export(network, inputs, outputs, modules: modules).Save("doubled.onnx");

        Comparison.Print("doubled.onnx", network, rand(5, 3));
    }

    public static void GraphAroundAModule(nn.Module network)
    {
        OnnxGraph graph = OnnxExporter.Begin("classifier");
        OnnxValue pixels = graph.Input("pixels", OnnxElementType.UInt8, "batch", 1, 28, 28);
        OnnxValue scores = graph.Apply(network, graph.Div(graph.Cast(pixels, OnnxElementType.Float), 255));
        graph.Output("class", graph.ArgMax(scores), "batch");
        graph.ToModel().Save("classifier.onnx");
    }

    private sealed class Classifier(nn.Module<Tensor, Tensor> embedded) : nn.Module<Tensor, Tensor>(nameof(Classifier))
    {
        public override Tensor forward(Tensor tokens) => embedded.call(tokens).mean([1]);
    }

    private sealed class Doubling() : nn.Module<Tensor, Tensor>(nameof(Doubling))
    {
        public override Tensor forward(Tensor input) => input * 2;
    }
}
