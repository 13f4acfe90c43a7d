using Microsoft.ML.OnnxRuntime.Tensors;
using MnistAdder.OnnxBatching;
using MnistAdder.Server.Protocol;
using Tensor = MnistAdder.Server.Protocol.Tensor;

namespace MnistAdder.Server.Models;

/// <summary>An input or output of a model as the protocol knows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its datatype.</param>
/// <param name="Shape">Its dimensions, −1 where open.</param>
/// <param name="Symbols">The model's names of its dimensions, empty where it has none.</param>
internal sealed record ModelTensor(string Name, TensorType Type, long[] Shape, string[] Symbols)
{
    /// <summary>Bytes of a row, open dimensions counted as 1.</summary>
    public long RowBytes => Shape.Skip(1).Aggregate((long)Math.Max(1, Type.Size), (bytes, size) => bytes * Math.Max(1, size));

    /// <summary>Takes a tensor over.</summary>
    /// <returns>Null where the protocol has no datatype for it.</returns>
    public static ModelTensor? From(TensorSignature tensor) => TensorType.Of(tensor.ElementType) is { } type
        ? new ModelTensor(tensor.Name, type, [.. tensor.Dimensions.Select(size => (long)size)], [.. tensor.Symbols])
        : null;

    /// <summary>Checks a client's tensor.</summary>
    /// <exception cref="ProtocolException">It is of another type or shape.</exception>
    public void Require(Tensor tensor)
    {
        if (tensor.Type != Type)
            throw ProtocolException.Bad($"The input '{Name}' is of {tensor.Type.Name}; the model takes {Type.Name}.");
        // A truth value of another byte is nothing that C++ knows.
        if (Type.Element == TensorElementType.Bool && tensor.Data.Span.ContainsAnyExceptInRange((byte)0, (byte)1))
            throw ProtocolException.Bad($"The input '{Name}' has bytes other than 0 and 1 for truth values.");
        bool fits = tensor.Shape.Length == Shape.Length && !Shape.Where((size, axis) => size >= 0 && size != tensor.Shape[axis]).Any();
        // A model may say nothing of an input's dimensions.
        if (!fits && Shape.Length > 0)
            throw ProtocolException.Bad($"The input '{Name}' has the shape [{string.Join(",", tensor.Shape)}]; the model takes [{string.Join(",", Shape)}].");
    }
}
