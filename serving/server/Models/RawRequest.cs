using System.Buffers.Binary;
using MnistAdder.Server.Protocol;

namespace MnistAdder.Server.Models;

/// <summary>A body without JSON: the bytes of a model's only input, of which the model says the rest. All outputs come as bytes.</summary>
internal static class RawRequest
{
    /// <summary>Makes a request of it.</summary>
    /// <param name="body">The tensor's bytes; of strings a single one, without its length.</param>
    /// <param name="inputs">The model's inputs.</param>
    /// <param name="maxTensor">Most bytes of a tensor.</param>
    /// <exception cref="ProtocolException">The model has several inputs, or its shape can't be told from the bytes.</exception>
    public static InferenceRequest Read(ReadOnlyMemory<byte> body, IReadOnlyList<ModelTensor> inputs, long maxTensor)
    {
        if (inputs is not [var input])
            throw ProtocolException.Bad($"A body of bytes alone is for a model with one input; this one has {inputs.Count}.");
        if (body.Length > maxTensor)
            throw ProtocolException.Bad($"The body has {body.Length} bytes, more than the {maxTensor} that a tensor may have.");
        ReadOnlyMemory<byte> data = body;
        int elements = 1;
        if (input.Type.IsBytes)
        {
            byte[] text = new byte[Tensor.LengthBytes + body.Length];
            BinaryPrimitives.WriteInt32LittleEndian(text, body.Length);
            body.CopyTo(text.AsMemory(Tensor.LengthBytes));
            data = text;
        }
        else if (body.Length % input.Type.Size != 0)
        {
            throw ProtocolException.Bad($"The body has {body.Length} bytes, which aren't whole elements of {input.Type.Name}.");
        }
        else
        {
            elements = body.Length / input.Type.Size;
        }

        long known = input.Shape.Where(size => size >= 0).Aggregate(1L, (product, size) => product * size);
        int open = input.Shape.Count(size => size < 0);
        if (open > 1)
            throw ProtocolException.Bad($"The model's input has the shape [{string.Join(",", input.Shape)}], of which a body of bytes alone doesn't tell the {open} open dimensions.");
        if (open == 0 ? elements != known : known == 0 || elements % known != 0)
            throw ProtocolException.Bad($"The body has {elements} elements of {input.Type.Name}, which don't fill the input's shape [{string.Join(",", input.Shape)}].");
        long[] shape = [.. input.Shape.Select(size => size < 0 ? elements / known : size)];
        return new InferenceRequest(null, [new Tensor(input.Name, input.Type, shape, data)], null, WantsBinary: true);
    }
}
