using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Lookup tables.</summary>
internal static class EmbeddingOperations
{
    [ModuleLowering(typeof(Embedding))]
    private static OnnxValue Embedding(Operation operation)
    {
        using Tensor table = TableOf((Embedding)operation.Module!);
        return operation.Graph.Gather(operation.Graph.Parameter("weight", table), operation.Self);
    }

    // TorchSharp doesn't tell whether there is a max_norm, which changes rows in place when they are looked up. Looking all of
    // them up shows it, and gives the table that a lookup really uses; the module gets its own back.
    private static Tensor TableOf(Embedding module)
    {
        using IDisposable noGradients = no_grad();
        Tensor weight = module.weight!;
        using Tensor before = weight.clone();
        using Tensor numbers = arange(weight.shape[0], ScalarType.Int64, weight.device);
        Tensor rows = module.forward(numbers);
        if (rows.Equals(before))
        {
            rows.Dispose();
            return weight.alias();
        }

        weight.copy_(before);
        return rows;
    }
}
