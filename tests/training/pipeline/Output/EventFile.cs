using System.Buffers.Binary;
using System.Numerics;
using Tensorboard;

namespace MnistAdder.Training.Tests.Output;

/// <summary>TensorBoard's event files: records of length, its checksum, an event, its checksum.</summary>
internal static class EventFile
{
    /// <summary>Every event in a folder's files, in order; checksums are verified.</summary>
    public static IReadOnlyList<Event> Read(string folder) => [.. Directory.GetFiles(folder, "events.out.tfevents.*").Order(StringComparer.Ordinal).SelectMany(ReadFile)];

    private static IEnumerable<Event> ReadFile(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        for (int start = 0; start < file.Length;)
        {
            int length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(start)));
            Assert.Equal(MaskedCrc(file.AsSpan(start, 8)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(start + 8)));
            Assert.Equal(MaskedCrc(file.AsSpan(start + 12, length)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(start + 12 + length)));
            yield return Event.Parser.ParseFrom(file, start + 12, length);
            start += 16 + length;
        }
    }

    // CRC-32C, rotated and offset: tensorflow/core/lib/hash/crc32c.h.
    private static uint MaskedCrc(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte one in data)
            crc = BitOperations.Crc32C(crc, one);
        return BitOperations.RotateRight(~crc, 15) + 0xA282EAD8;
    }
}
