using Microsoft.ML.OnnxRuntime;

namespace MnistAdder.OnnxBatching;

/// <summary>Name, type and shape of one of a model's inputs or outputs.</summary>
/// <param name="Name">Its name in the graph.</param>
/// <param name="ElementType">The elements' .NET type; <see langword="null"/> for a sequence, a map or a type that .NET hasn't.</param>
/// <param name="Dimensions">The tensor's dimensions, −1 where the model leaves one open; empty for a scalar.</param>
public sealed record TensorSignature(string Name, Type? ElementType, IReadOnlyList<int> Dimensions)
{
    /// <summary>Whether it is a tensor with a row for each of any number of rows: the first dimension is open.</summary>
    internal bool IsBatched => ElementType is not null && Dimensions is [< 0, ..];

    /// <summary>
    /// Elements of one row: the product of all dimensions, where an open first one counts once. <see langword="null"/> where another
    /// dimension is open.
    /// </summary>
    /// <exception cref="NotSupportedException">They are more than an array holds.</exception>
    internal int? RowLength
    {
        get
        {
            if (OpenDimensions > 0)
                return null;
            long length = 1;
            foreach (int dimension in Dimensions.Skip(IsBatched ? 1 : 0))
            {
                length *= dimension;
                if (length > Array.MaxLength)
                    throw new NotSupportedException($"A row of the tensor '{Name}' ({this}) has more elements than an array holds.");
            }

            return (int)length;
        }
    }

    /// <summary>Dimensions other than the first that the model leaves open.</summary>
    internal int OpenDimensions => Dimensions.Skip(1).Count(dimension => dimension < 0);

    /// <summary>The model's names of its dimensions, in order; empty for one that has a size or no name.</summary>
    internal IReadOnlyList<string> Symbols { get; init; } = [];

    /// <summary>Whether the model declares the first dimension 0, so that a row may be an empty tensor.</summary>
    internal bool MayBeEmpty { get; init; }

    /// <summary>Keys and values of the maps in a sequence of maps; <see langword="null"/> for anything else.</summary>
    internal (Type Key, Type Value)? MapTypes { get; init; }

    /// <summary>What it is, where it is neither a tensor nor a sequence of maps: "sequence", for instance.</summary>
    internal string? OtherKind { get; init; }

    /// <summary>Type and shape as people write them, for instance <c>Single [batch, 1, 28, 28]</c>.</summary>
    /// <returns>The text, without the name.</returns>
    public override string ToString()
    {
        if (ElementType is null)
            return MapTypes is ({ } key, { } value) ? $"sequence of maps from {key.Name} to {value.Name}" : OtherKind ?? "no tensor";
        IEnumerable<string> shape = Dimensions.Select((dimension, axis) => dimension >= 0 ? $"{dimension}" : axis == 0 ? "batch" : "?");
        return $"{ElementType.Name} [{string.Join(", ", shape)}]";
    }

    internal static TensorSignature From(string name, NodeMetadata metadata)
    {
        if (metadata.IsTensor)
            return new(name, metadata.ElementType, metadata.Dimensions) { Symbols = metadata.SymbolicDimensions };
        bool isMaps = metadata.OnnxValueType == OnnxValueType.ONNX_TYPE_SEQUENCE && metadata.AsSequenceMetadata().ElementMeta.OnnxValueType == OnnxValueType.ONNX_TYPE_MAP;
        if (!isMaps)
            return new(name, null, []) { OtherKind = metadata.OnnxValueType.ToString().Replace("ONNX_TYPE_", "", StringComparison.Ordinal).ToLowerInvariant() };
        MapMetadata map = metadata.AsSequenceMetadata().ElementMeta.AsMapMetadata();
        Type? key = TypeOf(map.KeyDataType), value = map.ValueMetadata.IsTensor ? map.ValueMetadata.ElementType : null;
        return new(name, null, []) { MapTypes = key is not null && value is not null ? (key, value) : null };
    }

    /// <summary>The tensor with sizes for open dimensions, as stock ML.NET's <c>shapeDictionary</c> gives them.</summary>
    /// <param name="shape">A size for each dimension; one that isn't above 0 leaves it as it is. 1 for an open first one leaves it the batch.</param>
    /// <exception cref="ArgumentException">The shape doesn't fit the tensor's.</exception>
    internal TensorSignature WithShape(IReadOnlyList<int> shape)
    {
        // A model may say nothing of a tensor's dimensions.
        if (Dimensions.Count == 0)
            return this with { Dimensions = [.. shape.Select((size, axis) => size > 0 && (axis > 0 || size > 1) ? size : -1)] };
        bool fits = ElementType is not null && shape.Count == Dimensions.Count
            && !shape.Where((size, axis) => size > 0 && Dimensions[axis] >= 0 && Dimensions[axis] != size).Any();
        if (!fits)
            throw new ArgumentException($"The shape [{string.Join(", ", shape)}] given for tensor '{Name}' doesn't fit the model's {this}.");
        return this with { Dimensions = [.. Dimensions.Select((size, axis) => size < 0 && shape[axis] > (axis == 0 ? 1 : 0) ? shape[axis] : size)] };
    }

    private static Type? TypeOf(Microsoft.ML.OnnxRuntime.Tensors.TensorElementType type) => type switch
    {
        Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int64 => typeof(long),
        Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.String => typeof(string),
        _ => null,
    };
}
