using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Google.Protobuf;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.Onnx.Graphs;

/// <summary>A constant of 32-bit floats.</summary>
/// <param name="Shape">Its dimensions; empty for a scalar.</param>
/// <param name="Values">Its numbers in row-major order.</param>
internal sealed record FloatTensor(long[] Shape, float[] Values)
{
    /// <summary>Whether it is one number that broadcasts to a tensor of any rank from 1 on without changing its shape.</summary>
    public bool IsScalar => Shape is [] or [1];

    /// <summary>Whether it is a row of a number for each channel.</summary>
    public bool IsVector(int length) => Shape is [var size] && size == length;

    /// <summary>Rounds numbers to floats.</summary>
    /// <returns><see langword="null"/> where one of them is no finite float.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static FloatTensor? Round(long[] shape, double[] values)
    {
        float[] rounded = Array.ConvertAll(values, value => (float)value);
        return Array.TrueForAll(rounded, float.IsFinite) ? new FloatTensor(shape, rounded) : null;
    }

    /// <summary>Reads a tensor.</summary>
    /// <returns><see langword="null"/> for one of another type or without the numbers that its shape asks for.</returns>
    public static FloatTensor? From(TensorProto tensor)
    {
        if (tensor.DataType != (int)ElementType.Float)
            return null;
        long length = 1;
        foreach (long size in tensor.Dims)
        {
            if (size < 0 || size > int.MaxValue || (length *= size) > int.MaxValue)
                return null;
        }

        ReadOnlySpan<byte> raw = tensor.RawData.Span;
        if (raw.IsEmpty)
            return tensor.FloatData.Count == length ? new FloatTensor([.. tensor.Dims], [.. tensor.FloatData]) : null;
        if (tensor.FloatData.Count > 0 || raw.Length != length * sizeof(float))
            return null;
        float[] values = new float[length];
        raw.CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        ToLittleEndian(values);
        return new FloatTensor([.. tensor.Dims], values);
    }

    /// <summary>The tensor as an initializer of a graph.</summary>
    public TensorProto ToInitializer(string name)
    {
        float[] values = [.. Values];
        ToLittleEndian(values);
        byte[] raw = MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
        var tensor = new TensorProto { Name = name, DataType = (int)ElementType.Float, RawData = UnsafeByteOperations.UnsafeWrap(raw) };
        tensor.Dims.Add(Shape);
        return tensor;
    }

    // The order of bytes in an ONNX file, or from it to the machine's.
    private static void ToLittleEndian(float[] values)
    {
        if (!BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<float, int>(values), MemoryMarshal.Cast<float, int>(values.AsSpan()));
    }
}
