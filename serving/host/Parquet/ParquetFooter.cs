using System.Buffers.Binary;
using System.IO.Hashing;

namespace MnistAdder.Scoring.Parquet;

/// <summary>The end of a Parquet file, which says where all of it lies.</summary>
internal static class ParquetFooter
{
    private const int TailLength = 8; // its length, and the format's mark

    /// <summary>The XXH128 of it, in hexadecimal digits.</summary>
    /// <param name="file">The file; its position is left where it is.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="InvalidDataException">The file isn't Parquet, or cut off.</exception>
    public static string Hash(FileStream file, string name)
    {
        Span<byte> tail = stackalloc byte[TailLength];
        long end = file.Length - TailLength;
        if (end < 0 || RandomAccess.Read(file.SafeFileHandle, tail, end) < TailLength || !tail[4..].SequenceEqual(ParquetFile.Magic))
            throw new InvalidDataException($"{name} can't be read as Parquet: it doesn't end as such a file does.");
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(tail);
        if (length > end)
            throw new InvalidDataException($"{name} can't be read as Parquet: its footer is longer than the file.");
        byte[] footer = new byte[length];
        for (int done = 0, read; done < footer.Length; done += read)
        {
            read = RandomAccess.Read(file.SafeFileHandle, footer.AsSpan(done), end - length + done);
            if (read == 0)
                throw new InvalidDataException($"{name} became shorter while it was read.");
        }

        return Convert.ToHexStringLower(XxHash128.Hash(footer));
    }

    /// <summary>Makes sure that it is the one that a plan was made of.</summary>
    /// <exception cref="InvalidDataException">It is another one.</exception>
    public static void RequireUnchanged(FileStream file, string name, string hash)
    {
        if (Hash(file, name) != hash)
            throw new InvalidDataException($"'{name}' isn't what it was when the plan was made: its footer differs. Plan anew in another folder.");
    }
}
