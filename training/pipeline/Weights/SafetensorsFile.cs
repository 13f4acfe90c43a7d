using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MnistAdder.Training.Weights;

/// <summary>
/// Named tensors in one file that holds nothing but their names, types, shapes and numbers, readable in many languages: eight
/// bytes of header length, a JSON header, the tensors' bytes one after the other, all little-endian.
/// </summary>
/// <remarks>
/// Source: the format's description in the README of huggingface/safetensors. Writing is deterministic. Reading is strict: a file
/// with a gap, an overlap, a missing or a superfluous byte is refused.
/// </remarks>
internal static class SafetensorsFile
{
    /// <summary>The header's name for the texts that are no tensor.</summary>
    internal const string MetadataKey = "__metadata__";

    /// <summary>Data begin at a multiple of this, so that every element lies at a multiple of its own size.</summary>
    private const int Alignment = 8;

    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Its tensors and texts.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It isn't a whole safetensors file; the message names it, and the tensor at fault.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static SafetensorsContent Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStream stream = RegularFile.OpenRead(path);
        return Read(stream, path);
    }

    /// <summary>Reads a stream from its start to its end.</summary>
    /// <param name="stream">The file's bytes, seekable; it stays open.</param>
    /// <param name="name">What the messages call it.</param>
    /// <returns>Its tensors and texts.</returns>
    /// <exception cref="InvalidDataException">It isn't a whole safetensors file; the message has the name.</exception>
    public static SafetensorsContent Read(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrEmpty(name);
        stream.Position = 0;
        SafetensorsHeader header = SafetensorsHeader.Read(stream, name);
        var tensors = new List<SafetensorsTensor>(header.Entries.Count);
        foreach (SafetensorsEntry entry in header.Entries)
        {
            byte[] data = new byte[entry.End - entry.Begin];
            stream.ReadExactly(data);
            tensors.Add(new SafetensorsTensor(entry.Name, entry.Type, entry.Shape, data));
        }

        return new SafetensorsContent(tensors, header.Metadata);
    }

    /// <summary>Writes a file, which appears under its name only when whole.</summary>
    /// <param name="path">The file's final path.</param>
    /// <param name="tensors">The tensors, in any order, their names unique.</param>
    /// <param name="metadata">Texts by name, or <see langword="null"/> for none.</param>
    /// <exception cref="ArgumentException">Two tensors have one name.</exception>
    /// <exception cref="IOException">The file can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder or file must not be written.</exception>
    public static void Write(string path, IEnumerable<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        AtomicFile.Write(path, stream => Write(stream, tensors, metadata));

    /// <summary>Writes a stream. Equal tensors and texts give equal bytes, whatever order they come in.</summary>
    /// <param name="stream">Receives the file's bytes; it stays open.</param>
    /// <param name="tensors">The tensors, in any order, their names unique.</param>
    /// <param name="metadata">Texts by name, or <see langword="null"/> for none.</param>
    /// <exception cref="ArgumentException">Two tensors have one name.</exception>
    public static void Write(Stream stream, IEnumerable<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(tensors);

        // The format allows no gaps, so elements are aligned by putting the larger types first, as the reference does.
        SafetensorsTensor[] ordered = [.. tensors.OrderByDescending(tensor => tensor.Type.Size).ThenBy(tensor => tensor.Name, StringComparer.Ordinal)];
        if (ordered.CountBy(tensor => tensor.Name).FirstOrDefault(group => group.Value > 1) is { Key: { } twice })
            throw new ArgumentException($"Two tensors are named '{twice}'.", nameof(tensors));

        byte[] header = Header(ordered, metadata);
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (SafetensorsTensor tensor in ordered)
            stream.Write(tensor.Data.Span);
    }

    private static byte[] Header(IEnumerable<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, s_json))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(MetadataKey);
                foreach ((string key, string text) in metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal))
                    json.WriteString(key, text);
                json.WriteEndObject();
            }

            long end = 0;
            foreach (SafetensorsTensor tensor in tensors)
            {
                long begin = end;
                end += tensor.Data.Length;
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.Type.Name);
                WriteNumbers(json, "shape", tensor.Shape);
                WriteNumbers(json, "data_offsets", [begin, end]);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (bytes.Length % Alignment != 0)
            bytes.WriteByte((byte)' ');
        return bytes.ToArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IReadOnlyList<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }
}

/// <summary>What a safetensors file holds.</summary>
/// <param name="Tensors">The tensors in the order of their data.</param>
/// <param name="Metadata">Texts by name, for instance what wrote the file; often empty.</param>
internal sealed record SafetensorsContent(IReadOnlyList<SafetensorsTensor> Tensors, IReadOnlyDictionary<string, string> Metadata);
