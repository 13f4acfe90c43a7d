using TorchSharp.Modules;

namespace MnistAdder.OnnxExport.Modules;

/// <summary>Activation functions.</summary>
internal static class ActivationModules
{
    public static OnnxModuleRegistry AddTo(OnnxModuleRegistry registry) => registry
        .With<ReLU>((graph, _, input) => graph.Relu(input))
        .With<ReLU6>((graph, _, input) => graph.Clip(input, 0, 6))
        .With<Hardtanh>(Export)
        .With<LeakyReLU>((graph, module, input) =>
            graph.Elementwise("LeakyRelu", input, OnnxAttribute.Float("alpha", module.negative_slope)))
        .With<ELU>((graph, module, input) => graph.Elementwise("Elu", input, OnnxAttribute.Float("alpha", module.alpha)))
        .With<SELU>((graph, _, input) => graph.Elementwise("Selu", input))
        .With<GELU>((graph, module, input) => Gelu(graph, input, module.approximate == GELU.Approximate.tanh))
        .With<SiLU>((graph, _, input) => graph.Mul(input, graph.Sigmoid(input)))
        .With<Mish>((graph, _, input) => graph.Mul(input, graph.Tanh(graph.Elementwise("Softplus", input))))
        .With<Hardswish>((graph, _, input) => graph.Elementwise("HardSwish", input))
        .With<Hardsigmoid>((graph, _, input) =>
            graph.Elementwise("HardSigmoid", input, OnnxAttribute.Float("alpha", 1.0 / 6), OnnxAttribute.Float("beta", 0.5)))
        .With<Sigmoid>((graph, _, input) => graph.Sigmoid(input))
        .With<Tanh>((graph, _, input) => graph.Tanh(input))
        .With<Softsign>((graph, _, input) => graph.Elementwise("Softsign", input))
        .With<Softmax>((graph, module, input) => graph.Softmax(input, module.dim))
        .With<LogSoftmax>((graph, module, input) => graph.LogSoftmax(input, module.dim));

    // Tensor.hardtanh of TorchSharp 0.107 drops its result and returns the input; only hardtanh_ does its work.
    private static OnnxValue Export(OnnxGraph graph, Hardtanh module, OnnxValue input) => module.inplace
        ? graph.Clip(input, module.min_val, module.max_val)
        : throw graph.NotSupported("TorchSharp's Hardtanh returns its input unchanged unless it is in place; make it so");

    /// <summary>x·Φ(x), or its approximation. The operator Gelu is newer than opset 17.</summary>
    /// <remarks>Source: D. Hendrycks, K. Gimpel, "Gaussian Error Linear Units (GELUs)", arXiv:1606.08415.</remarks>
    public static OnnxValue Gelu(OnnxGraph graph, OnnxValue input, bool approximately)
    {
        OnnxValue gate; // 2Φ(x) − 1
        if (!approximately)
        {
            gate = graph.Elementwise("Erf", graph.Div(input, Math.Sqrt(2)));
        }
        else
        {
            OnnxValue cube = graph.Mul(input, graph.Mul(input, input));
            gate = graph.Tanh(graph.Mul(graph.Add(input, graph.Mul(cube, 0.044715)), Math.Sqrt(2 / Math.PI)));
        }

        return graph.Mul(graph.Mul(input, graph.Add(gate, 1)), 0.5);
    }
}
