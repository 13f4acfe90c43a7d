using MnistAdder.OnnxExport;
using static TorchSharp.torch;

internal static class Exports
{
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

    private sealed class Doubling() : nn.Module<Tensor, Tensor>(nameof(Doubling))
    {
        public override Tensor forward(Tensor input) => input * 2;
    }
}
