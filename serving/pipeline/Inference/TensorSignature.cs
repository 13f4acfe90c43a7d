using Microsoft.ML.OnnxRuntime;

namespace MnistAdder.Serving;

/// <summary>Name, type and shape of one of a model's inputs or outputs.</summary>
/// <param name="Name">Its name in the graph.</param>
/// <param name="ElementType">The elements' .NET type; <see langword="null"/> for a sequence, a map or a type that .NET hasn't.</param>
/// <param name="Dimensions">The tensor's dimensions, −1 where the model leaves one open; empty for a scalar.</param>
public sealed record TensorSignature(string Name, Type? ElementType, IReadOnlyList<int> Dimensions)
{
    /// <summary>Whether it is a tensor with a row for each of any number of rows: the first dimension is open.</summary>
    public bool IsBatched => ElementType is not null && Dimensions is [< 0, ..];

    /// <summary>Elements of one row, 1 where the batch is the only dimension; <see langword="null"/> where a dimension is open.</summary>
    public int? RowLength
    {
        get
        {
            int length = 1;
            foreach (int dimension in Dimensions.Skip(1))
            {
                if (dimension < 0)
                    return null;
                length = checked(length * dimension);
            }

            return length;
        }
    }

    /// <summary>Dimensions other than the batch that the model leaves open.</summary>
    public int OpenDimensions => Dimensions.Skip(1).Count(dimension => dimension < 0);

    /// <summary>Type and shape as people write them, for instance <c>Single [batch, 1, 28, 28]</c>.</summary>
    /// <returns>The text, without the name.</returns>
    public override string ToString()
    {
        if (ElementType is null)
            return "no tensor";
        IEnumerable<string> shape = Dimensions.Select((dimension, axis) => dimension >= 0 ? $"{dimension}" : axis == 0 ? "batch" : "?");
        return $"{ElementType.Name} [{string.Join(", ", shape)}]";
    }

    internal static TensorSignature From(string name, NodeMetadata metadata) =>
        metadata.IsTensor ? new(name, metadata.ElementType, metadata.Dimensions) : new(name, null, []);

    // Only an open dimension can be given a size, and the first one stays the batch.
    internal TensorSignature WithShape(IReadOnlyList<int> shape)
    {
        bool fits = shape.Count == Dimensions.Count
            && !shape.Where((size, axis) => axis > 0 && size > 0 && Dimensions[axis] >= 0 && Dimensions[axis] != size).Any();
        if (!fits)
            throw new ArgumentException($"The shape [{string.Join(", ", shape)}] given for tensor '{Name}' doesn't fit the model's {this}.");
        return this with { Dimensions = [.. Dimensions.Select((size, axis) => axis > 0 && size < 0 && shape[axis] > 0 ? shape[axis] : size)] };
    }
}
