using System.Buffers.Binary;

namespace MnistAdder.Server.Protocol;

/// <summary>A tensor of a request or an answer.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its datatype.</param>
/// <param name="Shape">Its dimensions, none negative.</param>
/// <param name="Data">Its elements in row order, little-endian; strings each with its length in four bytes before it.</param>
internal sealed record Tensor(string Name, TensorType Type, long[] Shape, ReadOnlyMemory<byte> Data)
{
    /// <summary>Bytes before each string.</summary>
    public const int LengthBytes = sizeof(int);

    /// <summary>Elements of all dimensions behind the first.</summary>
    public int RowElements => (int)Shape.Skip(1).Aggregate(1L, (product, size) => product * size);

    /// <summary>How many elements a shape has.</summary>
    /// <param name="name">What messages call the tensor.</param>
    /// <param name="shape">Its dimensions, from a client.</param>
    /// <exception cref="ProtocolException">A dimension is negative, or the elements are more than an array holds.</exception>
    public static int Elements(string name, long[] shape)
    {
        if (Array.Find(shape, size => size < 0) is < 0 and var negative)
            throw ProtocolException.Bad($"The input '{name}' has the negative dimension {negative}.");
        long elements = 1;
        foreach (long size in shape)
        {
            if (size > 0 && elements > Array.MaxLength / size)
                throw ProtocolException.Bad($"The input '{name}' has a shape of more than {Array.MaxLength} elements.");
            elements *= size;
        }

        return (int)elements;
    }

    /// <summary>Where strings begin, each with its length before it.</summary>
    /// <param name="data">The strings.</param>
    /// <param name="from">Where one of them begins.</param>
    /// <param name="count">How many to go past.</param>
    /// <returns>Where the next one begins; −1 where there are fewer, or a length is beyond the data.</returns>
    public static int Skip(ReadOnlySpan<byte> data, int from, int count)
    {
        int at = from;
        for (; count > 0; count--)
        {
            if (data.Length - at < LengthBytes)
                return -1;
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(data[at..]);
            at += LengthBytes;
            if (length > data.Length - at)
                return -1;
            at += (int)length;
        }

        return at;
    }
}
