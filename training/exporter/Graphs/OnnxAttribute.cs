using System.Diagnostics.CodeAnalysis;

namespace MnistAdder.OnnxExport;

/// <summary>A named, fixed setting of a node.</summary>
[SuppressMessage("Naming", "CA1711:Identifiers should not have incorrect suffix", Justification = "ONNX's own word.")]
[SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "ONNX's own names of attribute types.")]
public sealed class OnnxAttribute
{
    private OnnxAttribute(string name, object value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        Name = name;
        Value = value;
    }

    /// <summary>The attribute's name in the ONNX operator specification.</summary>
    internal string Name { get; }

    /// <summary>
    /// The value: a <see cref="long"/>, a <see cref="float"/>, a <see cref="string"/>, a list of one of these, or an
    /// <see cref="OnnxTensor"/>.
    /// </summary>
    internal object Value { get; }

    /// <summary>An integer.</summary>
    /// <param name="name">The attribute's name.</param>
    /// <param name="value">Its value.</param>
    /// <returns>The attribute.</returns>
    public static OnnxAttribute Int(string name, long value) => new(name, value);

    /// <summary>A truth value, which ONNX writes as 0 or 1.</summary>
    /// <param name="name">The attribute's name.</param>
    /// <param name="value">Its value.</param>
    /// <returns>The attribute.</returns>
    public static OnnxAttribute Bool(string name, bool value) => new(name, value ? 1L : 0L);

    /// <summary>A number; ONNX keeps 32 bits of it.</summary>
    /// <param name="name">The attribute's name.</param>
    /// <param name="value">Its value.</param>
    /// <returns>The attribute.</returns>
    public static OnnxAttribute Float(string name, double value) => new(name, (float)value);

    /// <summary>A text.</summary>
    /// <param name="name">The attribute's name.</param>
    /// <param name="value">Its value.</param>
    /// <returns>The attribute.</returns>
    public static OnnxAttribute String(string name, string value) => new(name, value);

    /// <summary>A list of integers.</summary>
    /// <param name="name">The attribute's name.</param>
    /// <param name="values">Its values.</param>
    /// <returns>The attribute.</returns>
    public static OnnxAttribute Ints(string name, params ReadOnlySpan<long> values) => new(name, values.ToArray());

    /// <summary>A list of numbers.</summary>
    /// <param name="name">The attribute's name.</param>
    /// <param name="values">Its values.</param>
    /// <returns>The attribute.</returns>
    public static OnnxAttribute Floats(string name, params ReadOnlySpan<float> values) => new(name, values.ToArray());

    /// <summary>A list of texts.</summary>
    /// <param name="name">The attribute's name.</param>
    /// <param name="values">Its values.</param>
    /// <returns>The attribute.</returns>
    public static OnnxAttribute Strings(string name, params ReadOnlySpan<string> values) => new(name, values.ToArray());

    /// <summary>A tensor.</summary>
    /// <param name="name">The attribute's name.</param>
    /// <param name="value">Its value.</param>
    /// <returns>The attribute.</returns>
    public static OnnxAttribute Tensor(string name, OnnxTensor value) => new(name, value);
}
