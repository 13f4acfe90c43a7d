namespace MnistAdder.OnnxExport;

/// <summary>What a model says of one of its inputs or outputs.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="ElementType">The type of its elements.</param>
/// <param name="Shape">Its dimensions, empty for a scalar, or null where even their number is unknown.</param>
public sealed record OnnxTensorInfo(string Name, OnnxElementType ElementType, IReadOnlyList<OnnxDimension>? Shape)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {ElementType} [{(Shape is null ? "…" : string.Join(", ", Shape))}]";
}
