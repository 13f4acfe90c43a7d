using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace MnistAdder.Server.Protocol;

/// <summary>Reads a tensor's elements in JSON: one array of all of them, or arrays nested as the shape says.</summary>
internal static class DataReader
{
    /// <summary>How deep JSON may be nested.</summary>
    public const int Deepest = 64;

    /// <summary>Reads an array.</summary>
    /// <param name="json">Where the array begins.</param>
    /// <param name="length">Bytes up to the array's end.</param>
    /// <param name="name">The input's name, for messages.</param>
    /// <param name="type">The elements' datatype.</param>
    /// <param name="shape">The input's dimensions.</param>
    /// <param name="elements">Their product.</param>
    /// <returns>The elements as <see cref="Tensor.Data"/> has them.</returns>
    /// <exception cref="ProtocolException">They aren't as many, of the type or in the shape.</exception>
    public static ReadOnlyMemory<byte> Read(ref Utf8JsonReader json, int length, string name, TensorType type, long[] shape, int elements)
    {
        if (json.TokenType != JsonTokenType.StartArray)
            throw ProtocolException.Bad($"The 'data' of the input '{name}' isn't an array.");
        if (type.IsBinaryOnly)
            throw ProtocolException.Bad($"The input '{name}' is of {type.Name}, which goes as bytes behind the JSON ('binary_data_size') and not in it.");

        // Each takes a byte and a comma at least: no memory is spent on what can't be there.
        if (elements > (length / 2) + 1 || (long)elements * type.Size > Array.MaxLength)
            throw ProtocolException.Bad($"The 'data' of the input '{name}' is shorter than {elements} elements, which its shape [{string.Join(",", shape)}] says.");
        byte[] values = new byte[elements * type.Size];
        ArrayBufferWriter<byte>? strings = type.IsBytes ? new ArrayBufferWriter<byte>() : null;

        // Of each depth from 1: the entries of the array in hand, and of those before it.
        Span<long> counts = stackalloc long[json.CurrentDepth + Deepest], sizes = stackalloc long[counts.Length];
        sizes.Fill(-1);
        counts[1] = 0;
        int depth = 1, elementDepth = 0, read = 0;
        while (depth > 0)
        {
            json.Read();
            switch (json.TokenType)
            {
                case JsonTokenType.StartArray:
                    counts[++depth] = 0;
                    break;
                case JsonTokenType.EndArray:
                    if (sizes[depth] >= 0 && sizes[depth] != counts[depth])
                        throw Misshapen(name, shape);
                    sizes[depth] = counts[depth];
                    counts[--depth]++;
                    break;
                default:
                    elementDepth = elementDepth == 0 ? depth : elementDepth;
                    if (depth != elementDepth)
                        throw Misshapen(name, shape);
                    if (read == elements)
                        throw ProtocolException.Bad($"The 'data' of the input '{name}' has more than {elements} elements, which its shape [{string.Join(",", shape)}] says.");
                    bool isOfType = strings is null ? TryRead(ref json, type, values.AsSpan(read * type.Size)) : TryRead(ref json, strings);
                    if (!isOfType)
                        throw ProtocolException.Bad($"Element {read} of the input '{name}' isn't of {type.Name}.");
                    counts[depth]++;
                    read++;
                    break;
            }
        }

        if (read != elements)
            throw ProtocolException.Bad($"The 'data' of the input '{name}' has {read} elements; its shape [{string.Join(",", shape)}] says {elements}.");
        if (elementDepth > 1 && !IsNested(sizes[1..(elementDepth + 1)], shape))
            throw Misshapen(name, shape);
        return strings?.WrittenMemory ?? values;
    }

    // Dimensions of 1 and brackets around one thing may be more or fewer than the shape has.
    private static bool IsNested(ReadOnlySpan<long> sizes, long[] shape)
    {
        int axis = 0;
        foreach (long size in sizes)
        {
            while (axis < shape.Length && shape[axis] == 1)
                axis++;
            if (size != 1 && (axis == shape.Length || shape[axis++] != size))
                return false;
        }

        return !shape.AsSpan(axis).ContainsAnyExcept(1);
    }

    private static ProtocolException Misshapen(string name, long[] shape) =>
        ProtocolException.Bad($"The 'data' of the input '{name}' is neither one array nor nested by its shape [{string.Join(",", shape)}].");

    private static bool TryRead(ref Utf8JsonReader json, ArrayBufferWriter<byte> strings)
    {
        if (json.TokenType != JsonTokenType.String)
            return false;
        Span<byte> target = strings.GetSpan(Tensor.LengthBytes + json.ValueSpan.Length);
        try
        {
            int length = json.CopyString(target[Tensor.LengthBytes..]);
            BinaryPrimitives.WriteInt32LittleEndian(target, length);
            strings.Advance(Tensor.LengthBytes + length);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false; // no valid UTF-8
        }
    }

    private static bool TryRead(ref Utf8JsonReader json, TensorType type, Span<byte> target)
    {
        if (type.Element == TensorElementType.Bool)
        {
            target[0] = json.TokenType == JsonTokenType.True ? (byte)1 : (byte)0;
            return json.TokenType is JsonTokenType.True or JsonTokenType.False;
        }

        if (json.TokenType != JsonTokenType.Number)
            return false;
        switch (type.Element)
        {
            case TensorElementType.UInt8:
                return json.TryGetByte(out target[0]);
            case TensorElementType.Int8:
                return json.TryGetSByte(out sbyte int8) && Put(target, int8);
            case TensorElementType.UInt16:
                return json.TryGetUInt16(out ushort uint16) && Put(target, uint16);
            case TensorElementType.Int16:
                return json.TryGetInt16(out short int16) && Put(target, int16);
            case TensorElementType.UInt32:
                return json.TryGetUInt32(out uint uint32) && Put(target, uint32);
            case TensorElementType.Int32:
                return json.TryGetInt32(out int int32) && Put(target, int32);
            case TensorElementType.UInt64:
                return json.TryGetUInt64(out ulong uint64) && Put(target, uint64);
            case TensorElementType.Int64:
                return json.TryGetInt64(out long int64) && Put(target, int64);
            case TensorElementType.Float:
                return json.TryGetSingle(out float single) && float.IsFinite(single) && Put(target, single);
            default:
                return json.TryGetDouble(out double number) && double.IsFinite(number) && Put(target, number);
        }
    }

    private static bool Put<T>(Span<byte> target, T value)
        where T : unmanaged
    {
        MemoryMarshal.Write(target, in value);
        return true;
    }
}
