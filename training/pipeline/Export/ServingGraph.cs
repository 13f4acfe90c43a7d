using MnistAdder.OnnxExport;
using MnistAdder.Training.Network;

namespace MnistAdder.Training.Export;

/// <summary>
/// The graph of <c>model.onnx</c>: the network between raw pixels and whole answers, so that no client has to normalise, encode
/// or pick the most likely class.
/// </summary>
internal static class ServingGraph
{
    private static readonly OnnxDimension Batch = OnnxDimension.Symbolic(ModelContract.BatchDimension);

    /// <summary>Builds the graph of a network's inference.</summary>
    public static OnnxGraph Build(DigitSumNetwork network)
    {
        OnnxGraph graph = OnnxExporter.Begin("mnist_adder");
        OnnxValue image = graph.Input(ModelContract.Image, OnnxElementType.UInt8, Batch, 1, MnistGeometry.Side, MnistGeometry.Side);
        OnnxValue number = graph.Input(ModelContract.Number, OnnxElementType.Int64, Batch, 1);

        OnnxValue normalized, oneHot;
        using (graph.Scope("normalize"))
        {
            OnnxValue level = graph.Div(graph.Cast(image, OnnxElementType.Float), 255);
            normalized = graph.Div(graph.Sub(level, ModelContract.PixelMean), ModelContract.PixelStandardDeviation);
        }

        using (graph.Scope("encode"))
            oneHot = graph.OneHot(graph.Squeeze(number, 1), ModelContract.DigitClasses);   // [N, 10]

        IReadOnlyList<OnnxValue> scores = graph.ApplyMany(network, normalized, oneHot);    // [N, 10], [N, 19]
        AddHead(graph, scores[0], ModelContract.Digit, ModelContract.DigitProbabilities, ModelContract.DigitClasses);
        AddHead(graph, scores[1], ModelContract.Sum, ModelContract.SumProbabilities, ModelContract.SumClasses);
        return graph;
    }

    private static void AddHead(OnnxGraph graph, OnnxValue scores, string name, string probabilities, int classes)
    {
        using (graph.Scope($"{name}_head"))
        {
            graph.Output(name, graph.ArgMax(scores, axis: 1), Batch);
            graph.Output(probabilities, graph.Softmax(scores, axis: 1), Batch, classes);
        }
    }
}
