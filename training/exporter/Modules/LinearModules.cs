using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Modules;

/// <summary>Matrix products and lookup tables.</summary>
internal static class LinearModules
{
    public static OnnxModuleRegistry AddTo(OnnxModuleRegistry registry) => registry
        .With<Linear>(Export)
        .With<Embedding>(Export);

    private static OnnxValue Export(OnnxGraph graph, Linear module, OnnxValue input)
    {
        OnnxValue weight = graph.Parameter("weight", module.weight);
        OnnxValue? bias = module.bias is { } parameter ? graph.Parameter("bias", parameter) : null;
        graph.RequireTypeOf(input, weight);
        return Linear(graph, input, weight, bias);
    }

    /// <summary>The product of vectors with a matrix of weights, and a bias if there is one.</summary>
    public static OnnxValue Linear(OnnxGraph graph, OnnxValue input, OnnxValue weight, OnnxValue? bias)
    {
        // Gemm takes matrices of fractions only; both forms keep the weight as the state dictionary has it, [out, in].
        if (input is { Rank: 2, ElementType: OnnxElementType.Float or OnnxElementType.Double or OnnxElementType.Float16 } && weight.Rank == 2)
            return graph.AddNode("Gemm", [input, weight, bias], [OnnxAttribute.Bool("transB", true)], rank: 2);
        OnnxValue product = graph.AddNode("MatMul", [input, weight.Rank == 1 ? weight : graph.Transpose(weight, 1, 0)], rank: input.Rank - (weight.Rank == 1 ? 1 : 0));
        return bias is null ? product : graph.AddNode("Add", [product, bias], rank: input.Rank);
    }

    private static OnnxValue Export(OnnxGraph graph, Embedding module, OnnxValue input)
    {
        if (input.ElementType is not (OnnxElementType.Int64 or OnnxElementType.Int32))
            throw graph.NotSupported($"its input '{input.Name}' is {input.ElementType}, and a lookup needs Int64 or Int32");
        using Tensor table = LookupTable(module);
        return graph.Gather(graph.Parameter("weight", table), input);
    }

    // TorchSharp doesn't tell whether there is a max_norm, which changes rows in place when they are looked up. Looking all of
    // them up shows it, and gives the table that a lookup really uses; the module gets its own back.
    private static Tensor LookupTable(Embedding module)
    {
        using IDisposable noGradients = no_grad();
        Tensor weight = module.weight!;
        using Tensor before = weight.clone();
        using Tensor numbers = arange(weight.shape[0], ScalarType.Int64, weight.device);
        Tensor rows = module.forward(numbers);
        if (rows.Equals(before))
        {
            rows.Dispose();
            return weight;
        }

        weight.copy_(before);
        weight.Dispose();
        return rows;
    }
}
