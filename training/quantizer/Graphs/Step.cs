using MnistAdder.Onnx;
using MnistAdder.Onnx.Graphs;

namespace MnistAdder.OnnxQuantization.Graphs;

/// <summary>What a step does, as far as it can be done in integers.</summary>
internal enum StepKind
{
    /// <summary>In floats only.</summary>
    Other,
    Convolution,

    /// <summary>A Gemm: rows of two dimensions.</summary>
    Linear,

    /// <summary>A MatMul with a constant matrix: any number of dimensions.</summary>
    Product,
    Sum,
    Multiplication,
    Concatenation,
    MaxPool,
    AveragePool,
    GlobalAveragePool,
    Sigmoid,
    LeakyRelu,

    /// <summary>From an image to the row that a linear layer takes.</summary>
    Flatten,
}

/// <summary>A node of the float model, and the Relu or Clip behind it that comes for nothing with 8 bits: they end where it cuts.</summary>
/// <param name="Node">The node.</param>
/// <param name="Activation">The Relu or Clip, which alone reads the node's output; null for none.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Weights">Of a convolution, a linear layer or a product; else null.</param>
internal sealed record Step(NodeProto Node, NodeProto? Activation, StepKind Kind, LayerWeights? Weights)
{
    /// <summary>The output; with an activation that one's.</summary>
    public string Output => (Activation ?? Node).Output[0];

    /// <summary>Whether it has weights: what is worth doing in integers for its own sake.</summary>
    public bool Computes => Weights is not null;

    /// <summary>Whether its outputs are some of its inputs, for which the same 8 bits stand.</summary>
    public bool Moves => Kind is StepKind.MaxPool or StepKind.Flatten;

    /// <summary>The values that it reads and that aren't its constants; of a step in floats everything that it reads, inside of it too.</summary>
    public IReadOnlyList<string> Inputs { get; } = Kind switch
    {
        StepKind.Other => [.. ModelGraph.Reads(Node)],
        StepKind.Sum or StepKind.Multiplication or StepKind.Concatenation => [.. Node.Input],
        _ => [Node.Input[0]],
    };

    /// <summary>What messages call it: the node's name, or that of its output.</summary>
    public string Name => Node.Name.Length > 0 ? Node.Name : Output;

    // By reference: a message compares by its contents, which costs as much as all of its weights.
    public bool Equals(Step? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}
