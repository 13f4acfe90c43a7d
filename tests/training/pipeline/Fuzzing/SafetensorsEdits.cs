using System.Buffers.Binary;
using System.Text;

namespace MnistAdder.Training.Tests.Fuzzing;

/// <summary>Edits of a safetensors file's parts that leave its other parts where they are.</summary>
internal static class SafetensorsEdits
{
    /// <summary>Edits the header's JSON and states its new length; null where the file has no header.</summary>
    public static byte[]? EditHeader(byte[] input, Func<string, string> edit)
    {
        if (!TrySplit(input, out int end))
            return null;
        byte[] header = Encoding.UTF8.GetBytes(edit(Encoding.UTF8.GetString(input.AsSpan(8, end - 8))));
        return Join(header, input.AsSpan(end));
    }

    /// <summary>Edits the data behind the header.</summary>
    public static byte[]? EditData(byte[] input, Func<byte[], byte[]> edit) =>
        TrySplit(input, out int end) ? [.. input.AsSpan(0, end), .. edit(input[end..])] : null;

    /// <summary>Lets the header's length end where its JSON does.</summary>
    public static byte[] MendLength(byte[] input)
    {
        int end = input.AsSpan().LastIndexOf("}}"u8);
        return end < 8 ? input : Join(input[8..(end + 2)], input.AsSpan(end + 2));
    }

    private static byte[] Join(byte[] header, ReadOnlySpan<byte> data)
    {
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        return [.. length, .. header, .. data];
    }

    private static bool TrySplit(byte[] input, out int end)
    {
        end = 0;
        if (input.Length < 8 || BinaryPrimitives.ReadUInt64LittleEndian(input) is var length && length > (ulong)(input.Length - 8))
            return false;
        end = 8 + (int)length;
        return true;
    }
}
