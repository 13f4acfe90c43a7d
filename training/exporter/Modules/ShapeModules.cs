using TorchSharp.Modules;

namespace MnistAdder.OnnxExport.Modules;

/// <summary>Modules that change shapes only.</summary>
internal static class ShapeModules
{
    public static OnnxModuleRegistry AddTo(OnnxModuleRegistry registry) => registry
        .With<Flatten>(Export)
        .With<Unflatten>(Export);

    private static OnnxValue Export(OnnxGraph graph, Flatten module, OnnxValue input)
    {
        if (module.start_dim == module.end_dim)
            return input;
        return module is { start_dim: 1, end_dim: -1 }
            ? graph.Flatten(input)
            : Replace(graph, input, module.start_dim, module.end_dim, [-1], FlattenedRank(module, input.Rank));
    }

    private static OnnxValue Export(OnnxGraph graph, Unflatten module, OnnxValue input) =>
        Replace(graph, input, module.dim, module.dim, module.unflattened_size, input.Rank - 1 + module.unflattened_size.Length);

    // Gives the dimensions first…last other sizes and keeps those around them, whatever the input's rank.
    private static OnnxValue Replace(OnnxGraph graph, OnnxValue input, long first, long last, long[] sizes, int? rank)
    {
        var shape = new List<OnnxValue>();
        if (first != 0)
            shape.Add(graph.Shape(input, 0, first));
        shape.Add(graph.Constant(OnnxTensor.Of<long>(sizes, sizes.Length), "sizes"));
        if (last != -1)
            shape.Add(graph.Shape(input, last + 1));
        return graph.Reshape(input, graph.Concat(0, [.. shape]), rank);
    }

    private static int? FlattenedRank(Flatten module, int? rank)
    {
        if (rank is not { } known)
            return null;
        long start = module.start_dim < 0 ? module.start_dim + known : module.start_dim;
        long end = module.end_dim < 0 ? module.end_dim + known : module.end_dim;
        return known - (int)(end - start);
    }
}
