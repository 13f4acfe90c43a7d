using System.Globalization;

namespace MnistAdder.OnnxExport;

/// <summary>One dimension of a tensor's shape: a fixed size, a named size that is known only at run time, or an unknown one.</summary>
public readonly record struct OnnxDimension
{
    private OnnxDimension(long? size, string? name)
    {
        Size = size;
        Name = name;
    }

    /// <summary>The size, or null where it isn't fixed.</summary>
    internal long? Size { get; }

    /// <summary>The name of a symbolic size; two dimensions with one name are the same size.</summary>
    internal string? Name { get; }

    /// <summary>A dimension that nothing is known of.</summary>
    public static OnnxDimension Unknown => default;

    /// <summary>A dimension of one size.</summary>
    /// <param name="size">The size, at least 0.</param>
    /// <returns>The dimension.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The size is negative.</exception>
    public static OnnxDimension Fixed(long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        return new OnnxDimension(size, null);
    }

    /// <summary>A dimension whose size is known only at run time, such as the batch.</summary>
    /// <param name="name">The name that ties equal sizes together.</param>
    /// <returns>The dimension.</returns>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public static OnnxDimension Symbolic(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new OnnxDimension(null, name);
    }

    /// <summary>A dimension of one size.</summary>
    /// <param name="size">The size, at least 0.</param>
    public static implicit operator OnnxDimension(long size) => Fixed(size);

    /// <summary>A symbolic dimension.</summary>
    /// <param name="name">The name that ties equal sizes together.</param>
    public static implicit operator OnnxDimension(string name) => Symbolic(name);

    /// <inheritdoc/>
    public override string ToString() => Size?.ToString(CultureInfo.InvariantCulture) ?? Name ?? "?";
}
