using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Lookups of several rows of a table that are put together.</summary>
internal static class EmbeddingBagOperations
{
    [ModuleLowering(typeof(EmbeddingBag))]
    private static OnnxValue EmbeddingBag(Operation operation)
    {
        if (operation.Has("offsets"))
            throw operation.NotSupported("bags begin at offsets, so that their sizes depend on what is in a tensor", "Give it a matrix with a bag in each row, filled up with padding_index");
        using var scope = NewDisposeScope();
        var module = (EmbeddingBag)operation.Module!;
        (EmbeddingBagMode mode, long? padding) = FactsOf(module);
        OnnxGraph graph = operation.Graph;
        OnnxValue numbers = operation.Self; // [N,B]
        OnnxValue rows = graph.Gather(graph.Parameter("weight", TableOf(module)), numbers); // [N,B,E]
        if (operation.InputOrNull("perSampleWeights") is { } weights)
            rows = graph.Mul(rows, graph.Unsqueeze(weights, 2));
        OnnxValue? isPadding = padding is { } number ? graph.Compare("Equal", numbers, number) : null;
        if (mode == EmbeddingBagMode.Max)
            return Greatest(graph, rows, isPadding);
        if (isPadding is not null)
            rows = graph.Where(graph.Unsqueeze(isPadding, 2), 0, rows);
        OnnxValue sum = graph.Reduce("ReduceSum", rows, [1], keeps: false);
        return mode == EmbeddingBagMode.Sum ? sum : graph.Div(sum, Count(graph, numbers, isPadding, rows.ElementType));
    }

    // A bag of nothing but padding gives zeros.
    private static OnnxValue Greatest(OnnxGraph graph, OnnxValue rows, OnnxValue? isPadding)
    {
        if (isPadding is null)
            return graph.Reduce("ReduceMax", rows, [1], keeps: false);
        OnnxValue greatest = graph.Reduce("ReduceMax", graph.Where(graph.Unsqueeze(isPadding, 2), double.NegativeInfinity, rows), [1], keeps: false);
        OnnxValue hasAny = graph.Reduce("ReduceMax", graph.Elementwise("Not", isPadding), [1], keeps: true);
        return graph.Where(hasAny, greatest, graph.ScalarLike(greatest, 0));
    }

    private static OnnxValue Count(OnnxGraph graph, OnnxValue numbers, OnnxValue? isPadding, OnnxElementType type)
    {
        if (isPadding is null)
            return graph.Cast(graph.Shape(numbers, 1, 2), type);
        OnnxValue count = graph.Reduce("ReduceSum", graph.Cast(graph.Elementwise("Not", isPadding), type), [1], keeps: true);
        return graph.Extreme("Max", count, graph.ScalarLike(count, 1));
    }

    // TorchSharp tells neither: padding gives zeros, and what two opposite rows give shows the mode.
    private static (EmbeddingBagMode Mode, long? Padding) FactsOf(EmbeddingBag module)
    {
        using var borrowed = new BorrowedState(module);
        Tensor table = borrowed["weight"].fill_(1);
        Tensor all = arange(table.shape[0], ScalarType.Int64, table.device).unsqueeze(1);
        Tensor isZero = Run(module, all).select(1, 0).eq(0).to(ScalarType.Int32);
        long? padding = isZero.max().ToInt32() > 0 ? isZero.argmax().ToInt64() : null;
        long[] others = [.. Enumerable.Range(0, (int)Math.Min(3, table.shape[0])).Select(row => (long)row).Where(row => row != padding).Take(2)];
        if (others.Length == 0)
            return (EmbeddingBagMode.Sum, padding);
        table[others[^1]].fill_(-1);
        table[others[0]].fill_(1);
        double alone = Result(module, others[0], others[0]), twice = alone / Result(module, others[0]);
        if (twice > 1.5)
            return (EmbeddingBagMode.Sum, padding);
        return (others.Length < 2 || Result(module, others[0], others[1]) > 0.5 * alone ? EmbeddingBagMode.Max : EmbeddingBagMode.Mean, padding);
    }

    private static double Result(EmbeddingBag module, params long[] bag) => Run(module, tensor(bag, [1, bag.Length], device: module.weight!.device)).min().ToDouble();

    // The rows that a lookup really uses: where there is a max_norm, it shortens them in place.
    private static Tensor TableOf(EmbeddingBag module)
    {
        using IDisposable noGradients = no_grad();
        Tensor weight = module.weight!;
        Tensor before = weight.clone();
        Run(module, arange(weight.shape[0], ScalarType.Int64, weight.device).unsqueeze(1));
        Tensor after = weight.clone();
        weight.copy_(before);
        return after.Equals(before) ? weight : after;
    }

    private static Tensor Run(EmbeddingBag module, Tensor numbers) => module.forward(numbers, null, null);
}
