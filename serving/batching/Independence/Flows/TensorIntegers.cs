using System.Buffers.Binary;
using System.Runtime.InteropServices;
using MnistAdder.Onnx;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Independence.Flows;

/// <summary>Reads constants of integers and truth values.</summary>
internal static class TensorIntegers
{
    /// <summary>A tensor's numbers.</summary>
    /// <returns>Null for another type, or where the numbers aren't there.</returns>
    public static long[]? From(TensorProto tensor)
    {
        ReadOnlySpan<byte> raw = tensor.RawData.Span;
        return (ElementType)tensor.DataType switch
        {
            ElementType.Int64 => raw.IsEmpty ? [.. tensor.Int64Data] : Raw<long>(raw, sizeof(long), BinaryPrimitives.ReadInt64LittleEndian),
            ElementType.Int32 => raw.IsEmpty ? [.. tensor.Int32Data] : Raw<int>(raw, sizeof(int), bytes => BinaryPrimitives.ReadInt32LittleEndian(bytes)),
            ElementType.Bool => raw.IsEmpty ? [.. tensor.Int32Data] : Raw<byte>(raw, sizeof(byte), bytes => bytes[0] == 0 ? 0 : 1),
            _ => null,
        };
    }

    /// <summary>A tensor's 32-bit floats; null for another type, or where the numbers aren't there.</summary>
    public static float[]? Floats(TensorProto tensor)
    {
        if (tensor.DataType != (int)ElementType.Float)
            return null;
        ReadOnlySpan<byte> raw = tensor.RawData.Span;
        return raw.IsEmpty ? [.. tensor.FloatData] : raw.Length % sizeof(float) == 0 && BitConverter.IsLittleEndian ? MemoryMarshal.Cast<byte, float>(raw).ToArray() : null;
    }

    private delegate long Reader(ReadOnlySpan<byte> bytes);

    private static long[]? Raw<T>(ReadOnlySpan<byte> raw, int size, Reader read)
    {
        if (raw.Length % size != 0)
            return null;
        long[] values = new long[raw.Length / size];
        for (int i = 0; i < values.Length; i++)
            values[i] = read(raw[(i * size)..]);
        return values;
    }
}
