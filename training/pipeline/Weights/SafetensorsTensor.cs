using System.Globalization;

namespace MnistAdder.Training.Weights;

/// <summary>A named array of numbers as a safetensors file holds it.</summary>
internal sealed class SafetensorsTensor
{
    /// <summary>Takes a tensor's bytes.</summary>
    /// <param name="name">Its name, unique within a file.</param>
    /// <param name="type">The type of its elements.</param>
    /// <param name="shape">Its sizes, each 0 or more; empty for a single number.</param>
    /// <param name="data">The elements in row order, little-endian; kept, not copied.</param>
    /// <exception cref="ArgumentException">The bytes don't fit type and shape, or the name is reserved.</exception>
    public SafetensorsTensor(string name, SafetensorsType type, IReadOnlyList<long> shape, ReadOnlyMemory<byte> data)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(shape);
        if (name == SafetensorsFile.MetadataKey)
            throw new ArgumentException($"{name} is the format's own name, not a tensor's.", nameof(name));
        if (!TryGetByteCount(type, shape, out long expected) || expected != data.Length)
            throw new ArgumentException($"{data.Length} bytes are not a tensor '{name}' of {type} [{Text(shape)}].", nameof(data));
        Name = name;
        Type = type;
        Shape = [.. shape];
        Data = data;
    }

    /// <summary>Its name, unique within a file.</summary>
    public string Name { get; }

    /// <summary>The type of its elements.</summary>
    public SafetensorsType Type { get; }

    /// <summary>Its sizes; empty for a single number.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The elements in row order, little-endian.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>Whether another has the same name, type, sizes and elements, bit for bit.</summary>
    /// <param name="other">The other.</param>
    public bool IsSame(SafetensorsTensor other) =>
        Name == other.Name && Type == other.Type && Shape.SequenceEqual(other.Shape) && Data.Span.SequenceEqual(other.Data.Span);

    /// <summary>The sizes with commas between them.</summary>
    internal static string Text(IEnumerable<long> shape) =>
        string.Join(", ", shape.Select(size => size.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Bytes of a tensor, unless a size is negative or their product is beyond 64 bits.</summary>
    internal static bool TryGetByteCount(SafetensorsType type, IReadOnlyList<long> shape, out long bytes)
    {
        bytes = type.Size;
        foreach (long size in shape)
        {
            if (size < 0 || (size > 0 && bytes > long.MaxValue / size))
                return false;
            bytes *= size;
        }

        return true;
    }
}
