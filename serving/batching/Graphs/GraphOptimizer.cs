using Google.Protobuf;
using MnistAdder.Onnx;
using MnistAdder.Onnx.Graphs;
using MnistAdder.OnnxBatching.Models;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Graphs;

/// <summary>
/// Rewrites a model into one of fewer or better shaped nodes with the same inputs, outputs and metadata, and the same results but for
/// rounding, by what ONNX Runtime's own optimiser doesn't do.
/// </summary>
/// <remarks>
/// Whatever isn't plainly of a kind that a pass knows stays as it is, and so does every graph inside If, Loop and Scan. Arithmetic on
/// weights is in double precision. Infinities, NaN, and numbers so large or small that floats end near them would show that a graph was
/// rewritten: a pass leaves alone what <see cref="ValueBounds"/> can't prove free of them, as everything computed from an input of floats.
/// Nothing here says that a model is bad: that is left to ONNX Runtime, which has the reasons.
/// </remarks>
internal static class GraphOptimizer
{
    // The operators' definitions that the passes rely on: inputs of theirs were attributes before.
    private const int FirstOpset = 13;

    // A larger model spends its time in its kernels, and another two copies of it would be felt.
    private const int LargestModel = 32 << 20;

    // A smaller one isn't worth a look beforehand.
    private const int SmallModel = 1 << 20;

    // The passes look nodes and constants up one after the other, which a model made of millions would turn into hours.
    private const int LargestGraph = 10_000;

    // In this order: what the first folds away stands between nodes that the others look for.
    private static readonly Func<ModelGraph, bool>[] s_passes = [NormalizationFolding.Apply, InputScalingFolding.Apply, ChannelPadding.Apply];

    /// <summary>Whether a model is to be rewritten, as far as can be told without its weights.</summary>
    /// <param name="length">The file's length in bytes.</param>
    /// <param name="outline">Its outline, which is looked at where the file isn't small.</param>
    public static bool IsWorthwhile(long length, ModelOutline outline) => length <= LargestModel && (length <= SmallModel || outline.Model is { } model && IsWorthwhile(model));

    // A pass may find something: not in a graph without integers, in which nothing is bounded.
    private static bool IsWorthwhile(ModelProto model) =>
        model.Graph is { } graph
        && model.OpsetImport.Any(set => ModelGraph.IsOnnx(set.Domain) && set.Version >= FirstOpset)
        && graph.Node.Count + graph.Initializer.Count + graph.Input.Count + graph.Output.Count <= LargestGraph
        && graph.Input.Any(input => input.Type?.TensorType is { } tensor && ValueBounds.IsInteger((ElementType)tensor.ElemType));

    /// <summary>Applies every pass.</summary>
    /// <param name="model">The contents of an ONNX file without external data.</param>
    /// <returns>Those of the rewritten file; the argument itself where nothing was found to rewrite.</returns>
    public static byte[] Optimize(byte[] model)
    {
        if (model.Length > LargestModel)
            return model;
        ModelProto parsed;
        try
        {
            parsed = ModelProto.Parser.ParseFrom(model);
        }
        catch (InvalidProtocolBufferException)
        {
            return model;
        }

        if (!IsWorthwhile(parsed) || ModelGraph.TryCreate(parsed.Graph) is not { } graph)
            return model;

        bool changed = false;
        foreach (Func<ModelGraph, bool> pass in s_passes)
            changed |= pass(graph);
        if (!changed)
            return model;
        graph.Complete();
        return parsed.ToByteArray();
    }
}
