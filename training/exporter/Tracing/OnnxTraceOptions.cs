namespace MnistAdder.OnnxExport;

/// <summary>A dimension of an input whose size isn't fixed in the model.</summary>
/// <param name="Input">The input's name: that of <c>forward</c>'s parameter, with a tuple element's name or number behind it.</param>
/// <param name="Axis">The axis; negative counts from the end.</param>
/// <param name="Name">The dimension's name; dimensions of one name have one size.</param>
public sealed record OnnxDynamicDimension(string Input, int Axis, string Name);

/// <summary>How a module is followed and what its model's inputs and outputs are called.</summary>
public sealed record OnnxTraceOptions
{
    /// <summary>The name of the first dimension of every input, where <see cref="DynamicDimensions"/> says nothing else.</summary>
    public const string Batch = "batch";

    /// <summary>
    /// The dimensions whose sizes aren't fixed; none for a model of fixed sizes. Where null, the first dimension of every input is one, named
    /// <see cref="Batch"/>.
    /// </summary>
    public IReadOnlyList<OnnxDynamicDimension>? DynamicDimensions { get; init; }

    /// <summary>The inputs' names in the model, in their order; where null, they follow from <c>forward</c>'s parameters.</summary>
    public IReadOnlyList<string>? InputNames { get; init; }

    /// <summary>
    /// The outputs' names in the model, in their order; where null, they follow from the names of tuple elements and keys, and one alone is
    /// <c>output</c>.
    /// </summary>
    public IReadOnlyList<string>? OutputNames { get; init; }

    /// <summary>Runs the model once it is made, at a size of the inputs that wasn't traced; where null, only the recorded operations are checked.</summary>
    public OnnxRunner? Runner { get; init; }

    /// <summary>The greatest absolute difference that the outputs which <see cref="Runner"/> gives may have from the module's.</summary>
    public double Tolerance { get; init; } = 1e-4;
}
