using System.Security.Cryptography;
using MnistAdder.Training.Weights;

namespace MnistAdder.Training.Checkpoints;

/// <summary>Safetensors files that tell of themselves whether they are whole: the last tensor is the SHA-256 of all bytes before it.</summary>
/// <remarks>
/// The format has no checksum, and most damage would pass for other weights. As a tensor it is no obstacle to other readers. Every byte
/// is covered: those of the header too, which are settled before the sum is taken.
/// </remarks>
internal static class SealedTensors
{
    // Tensors are ordered by element size, then name: nothing of one byte may be named beyond this.
    private const string Name = "sha256";

    /// <summary>Writes a file.</summary>
    /// <param name="stream">Receives the file's bytes; it stays open.</param>
    /// <param name="tensors">The tensors; the names of those of single bytes are before <c>sha256</c>.</param>
    /// <param name="metadata">Texts by name.</param>
    public static void Write(Stream stream, IEnumerable<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using var file = new MemoryStream();
        SafetensorsFile.Write(file, tensors.Append(new SafetensorsTensor(Name, SafetensorsType.U8, [SHA256.HashSizeInBytes], new byte[SHA256.HashSizeInBytes])), metadata);
        Span<byte> bytes = file.GetBuffer().AsSpan(0, (int)file.Length);
        Seal(bytes);
        stream.Write(bytes);
    }

    /// <summary>Puts the sum of a file's bytes at its end.</summary>
    /// <param name="file">A file of <see cref="Write"/>, whose content may have been changed since.</param>
    internal static void Seal(Span<byte> file) => SHA256.HashData(file[..^SHA256.HashSizeInBytes], file[^SHA256.HashSizeInBytes..]);

    /// <summary>Reads a file.</summary>
    /// <param name="stream">The file's bytes, seekable; it stays open.</param>
    /// <param name="name">What the message calls it.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="InvalidDataException">A byte isn't what was written, or the file is another kind of file.</exception>
    public static SafetensorsContent Read(Stream stream, string name)
    {
        if (!IsWhole(stream))
            throw new InvalidDataException($"{name} is damaged, or no checkpoint of this version: what stands at its end isn't the SHA-256 of its bytes.");
        SafetensorsContent content = SafetensorsFile.Read(stream, name);
        return content with { Tensors = [.. content.Tensors.Where(tensor => tensor.Name != Name)] };
    }

    private static bool IsWhole(Stream stream)
    {
        long left = stream.Length - SHA256.HashSizeInBytes;
        if (left < 0)
            return false;
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> block = new byte[1 << 16];
        for (stream.Position = 0; left > 0; left -= block.Length)
        {
            block = block[..(int)Math.Min(left, block.Length)];
            stream.ReadExactly(block);
            sum.AppendData(block);
        }

        Span<byte> expected = stackalloc byte[SHA256.HashSizeInBytes];
        stream.ReadExactly(expected);
        return expected.SequenceEqual(sum.GetHashAndReset());
    }
}
