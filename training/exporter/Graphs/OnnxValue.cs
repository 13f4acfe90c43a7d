namespace MnistAdder.OnnxExport;

/// <summary>A tensor that flows through an <see cref="OnnxGraph"/>: an input, an initializer, or an output of a node.</summary>
/// <remarks>Values are made by a graph and are of use in that graph only.</remarks>
public sealed class OnnxValue
{
    internal OnnxValue(OnnxGraph graph, string name, OnnxElementType elementType, int? rank)
    {
        Graph = graph;
        Name = name;
        ElementType = elementType;
        Rank = rank;
    }

    /// <summary>The name in the model. A node's output takes the name of the graph's output when it becomes one.</summary>
    public string Name { get; internal set; }

    /// <summary>The type of the elements.</summary>
    public OnnxElementType ElementType { get; }

    /// <summary>The number of dimensions, or null where it isn't known.</summary>
    public int? Rank { get; }

    /// <summary>The sizes of its dimensions, or null where they aren't known.</summary>
    internal OnnxDimension[]? Shape { get; set; }

    internal OnnxValue WithShape(OnnxDimension[]? shape)
    {
        Shape = shape;
        return this;
    }

    internal OnnxGraph Graph { get; }

    /// <summary>Whether it is a node's output that isn't an output of the model, so that its name is free to change.</summary>
    internal bool IsIntermediate { get; set; }

    /// <summary>Of a tensor with another part written into it, that part and what says where it is.</summary>
    internal (object Place, OnnxValue Value)? Part { get; set; }

    /// <inheritdoc/>
    public override string ToString() => Rank is { } rank ? $"{Name}: {ElementType}, rank {rank}" : $"{Name}: {ElementType}";
}
