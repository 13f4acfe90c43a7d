using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using MnistAdder.Fuzzing;
using MnistAdder.Serving.Tests.Images.Png;

namespace MnistAdder.Serving.Tests.Fuzzing;

/// <summary>Edits of a zip file's entries (PKWARE's APPNOTE, 4.3).</summary>
/// <remarks>
/// Check sums are put right only for entries whose content this project's own code looks at. Stock ML.NET 5.0.1 is no parser to attack:
/// its Utils.ReadBinaryDataIntoSpan waits forever for the rest of an array that ends too early, for instance in the schema's types.
/// </remarks>
internal static class ZipEdits
{
    private const int LongestEntry = 1 << 20;
    private static readonly byte[][] s_records = [[.. "PK\x01\x02"u8], [.. "PK\x03\x04"u8], [.. "PK\x05\x06"u8]];
    private static readonly string[] s_names = ["../outside", "/etc/outside", "..\\outside", "TransformerChain\\Model.key", "", "a\0b", "Schema", "TransformerChain/Transform_000/OnnxModel"];

    /// <summary>Changes an entry's content, name or number, with all check sums right, or a number in a record of the file's own.</summary>
    public static byte[]? Edit(byte[] file, Mutator mutator)
    {
        if (mutator.OneIn(4))
            return EditRecord(file, mutator);
        if (Entries(file) is not { Count: > 0 } entries)
            return null;
        int at = mutator.Below(entries.Count);
        (string name, byte[] content) = entries[at];
        switch (mutator.Below(10))
        {
            case 0:
                entries.RemoveAt(at);
                break;
            case 1:
                entries.Add((name, mutator.OneOf(entries).Content));
                break;
            case 2:
                entries[at] = (mutator.OneIn(2) ? mutator.OneOf(s_names) : mutator.OneOf(entries).Name, content);
                break;
            case 3:
                // Zeros take a thousandth of their length.
                entries[at] = (name, [.. content, .. new byte[1 << (10 + mutator.Below(11))]]);
                break;
            default:
                if (!IsOwn(name))
                    return null;
                bool isText = name.EndsWith(".json", StringComparison.Ordinal);
                entries[at] = (name, isText && !mutator.OneIn(4)
                    ? Encoding.UTF8.GetBytes(JsonEdits.Edit(Encoding.UTF8.GetString(content), mutator))
                    : ByteEdits.Edit(content, [.. entries.Select(entry => entry.Content)], mutator));
                break;
        }

        return Zip(entries, mutator.OneIn(2) ? CompressionLevel.NoCompression : CompressionLevel.Fastest);
    }

    /// <summary>Computes the check sums of stored entries anew, so that a changed byte in one is read.</summary>
    public static byte[] MendChecks(byte[] file)
    {
        byte[] mended = (byte[])file.Clone();
        for (int at = 0; (at = Next(mended, at, s_records[0])) >= 0; at++)
        {
            Span<byte> record = mended.AsSpan(at);
            if (record.Length < 46)
                break;
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(record[20..]), local = BinaryPrimitives.ReadUInt32LittleEndian(record[42..]);
            bool isStored = BinaryPrimitives.ReadUInt16LittleEndian(record[10..]) == 0;
            int nameLength = Math.Min(BinaryPrimitives.ReadUInt16LittleEndian(record[28..]), record.Length - 46);
            if (!isStored || local + 30L > mended.Length || !IsOwn(Encoding.UTF8.GetString(record.Slice(46, nameLength))))
                continue;
            long begin = local + 30L + BinaryPrimitives.ReadUInt16LittleEndian(mended.AsSpan((int)local + 26)) + BinaryPrimitives.ReadUInt16LittleEndian(mended.AsSpan((int)local + 28));
            if (begin + size > mended.Length)
                continue;
            uint check = PngBytes.Check(mended.AsSpan((int)begin, (int)size));
            BinaryPrimitives.WriteUInt32LittleEndian(record[16..], check);
            BinaryPrimitives.WriteUInt32LittleEndian(mended.AsSpan((int)local + 14), check);
        }

        return mended;
    }

    private static bool IsOwn(string name) => name.EndsWith(".json", StringComparison.Ordinal) || name.EndsWith("OnnxModel", StringComparison.Ordinal) || name.EndsWith(".txt", StringComparison.Ordinal);

    private static byte[] EditRecord(byte[] file, Mutator mutator)
    {
        byte[] signature = mutator.OneOf(s_records);
        int at = Next(file, mutator.Below(file.Length), signature);
        if (at < 0)
            at = Math.Max(0, Next(file, 0, signature));
        return file.Length == 0 ? file : ByteEdits.WithNumber(file, Math.Min(file.Length - 1, at + 4 + mutator.Below(42)), mutator);
    }

    private static int Next(byte[] file, int from, byte[] signature)
    {
        int at = file.AsSpan(Math.Min(from, file.Length)).IndexOf(signature);
        return at < 0 ? -1 : at + from;
    }

    private static List<(string Name, byte[] Content)>? Entries(byte[] file)
    {
        try
        {
            using var archive = new ZipArchive(new MemoryStream(file, writable: false));
            var entries = new List<(string, byte[])>();
            foreach (ZipArchiveEntry entry in archive.Entries)
            {
                using Stream stream = entry.Open();
                byte[] content = new byte[Math.Min(LongestEntry, entry.Length)];
                content = content[..stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false)];
                if (PngBytes.Check(content) != entry.Crc32)
                    return null;
                entries.Add((entry.FullName, content));
            }

            return entries;
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static byte[] Zip(List<(string Name, byte[] Content)> entries, CompressionLevel level)
    {
        var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in entries)
            {
                using Stream entry = archive.CreateEntry(name.Length == 0 ? " " : name, level).Open();
                entry.Write(content);
            }
        }

        return stream.ToArray();
    }
}
