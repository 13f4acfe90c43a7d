using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;

namespace MnistAdder.Training.Weights;

/// <summary>A header that has been checked: its tensors fill the rest of the file without gap or overlap.</summary>
/// <param name="Entries">The tensors in the order of their data.</param>
/// <param name="Metadata">Texts by name.</param>
internal sealed record SafetensorsHeader(IReadOnlyList<SafetensorsEntry> Entries, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>
    /// The greatest header in bytes. The reference implementation takes 100 MB; the longest that this program writes, a checkpoint's with
    /// a history of 10,000 epochs, has half of this.
    /// </summary>
    private const int MaxLength = 16 << 20;

    /// <summary>The most names at the header's top, a tensor each, and the most JSON tokens in all: memory follows these.</summary>
    private const int MaxNames = 10_000, MaxTokens = 32 * MaxNames;

    /// <summary>Reads and checks a header; the stream then stands at the first tensor.</summary>
    /// <param name="stream">The file from its start, of known length.</param>
    /// <param name="name">What the messages call it.</param>
    /// <returns>The header.</returns>
    /// <exception cref="InvalidDataException">The file isn't a whole safetensors file.</exception>
    public static SafetensorsHeader Read(Stream stream, string name)
    {
        Span<byte> prefix = stackalloc byte[sizeof(ulong)];
        if (stream.Length < prefix.Length)
            throw new InvalidDataException($"{name} is not a safetensors file: it is shorter than the {prefix.Length} bytes of a header's length.");
        stream.ReadExactly(prefix);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxLength)
            throw new InvalidDataException($"{name} is not a safetensors file: a header of {length} bytes is more than the {MaxLength} that are read.");
        if ((long)length > stream.Length - prefix.Length)
            throw new InvalidDataException($"{name} is cut short: its header is to have {length} bytes and {stream.Length - prefix.Length} are there.");

        byte[] json = new byte[length];
        stream.ReadExactly(json);
        return new Parser(name, stream.Length - stream.Position).Parse(json);
    }

    private sealed class Parser(string file, long dataLength)
    {
        private readonly List<SafetensorsEntry> _entries = [];
        private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

        public SafetensorsHeader Parse(byte[] json)
        {
            if (json is not [(byte)'{', ..] || !Utf8.IsValid(json))
                throw Broken("its header is not a JSON object in UTF-8");
            try
            {
                RequireFewNames(json);
                using JsonDocument document = JsonDocument.Parse(json);
                ReadProperties(document.RootElement);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                // InvalidOperationException: a text with half a surrogate pair, which JSON's grammar allows and no string holds.
                throw new InvalidDataException($"{file} is not a safetensors file: its header is not valid JSON.", e);
            }

            SafetensorsEntry[] ordered = [.. _entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End)];
            CheckThatDataAreFilled(ordered);
            return new SafetensorsHeader(ordered, _metadata);
        }

        // Before a document is made of them, which takes many times their length.
        private void RequireFewNames(ReadOnlySpan<byte> json)
        {
            var reader = new Utf8JsonReader(json);
            int names = 0;
            for (int tokens = 1; reader.Read(); tokens++)
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
                    names++;
                if (names > MaxNames || tokens > MaxTokens)
                    throw Broken($"its header has more than {(names > MaxNames ? $"{MaxNames} names" : $"{MaxTokens} JSON tokens")}");
            }
        }

        private void ReadProperties(JsonElement root)
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (JsonProperty property in root.EnumerateObject())
            {
                if (!names.Add(property.Name))
                    throw Broken($"its header has the name '{property.Name}' twice");
                if (property.Name == SafetensorsFile.MetadataKey)
                    ReadMetadata(property.Value);
                else
                    _entries.Add(ReadEntry(property.Name, property.Value));
            }
        }

        private void ReadMetadata(JsonElement metadata)
        {
            if (metadata.ValueKind != JsonValueKind.Object)
                throw Broken($"{SafetensorsFile.MetadataKey} is not an object");
            foreach (JsonProperty text in metadata.EnumerateObject())
            {
                if (text.Value.ValueKind != JsonValueKind.String)
                    throw Broken($"the value of '{text.Name}' in {SafetensorsFile.MetadataKey} is not a text");
                if (!_metadata.TryAdd(text.Name, text.Value.GetString()!))
                    throw Broken($"{SafetensorsFile.MetadataKey} has the name '{text.Name}' twice");
            }
        }

        private SafetensorsEntry ReadEntry(string name, JsonElement entry)
        {
            JsonProperty[] properties = entry.ValueKind == JsonValueKind.Object ? [.. entry.EnumerateObject()] : [];
            if (properties.Length != 3
                || !entry.TryGetProperty("dtype", out JsonElement dtype)
                || !entry.TryGetProperty("shape", out JsonElement shape)
                || !entry.TryGetProperty("data_offsets", out JsonElement offsets))
            {
                throw Broken(name, "is not described by dtype, shape and data_offsets alone");
            }

            if (dtype.ValueKind != JsonValueKind.String || SafetensorsType.Find(dtype.GetString()!) is not { } type)
                throw Broken(name, $"has the unknown dtype {dtype.GetRawText()}");
            if (ReadSizes(shape) is not { } sizes || !SafetensorsTensor.TryGetByteCount(type, sizes, out long bytes))
                throw Broken(name, "has a shape that is not a list of sizes");
            if (ReadSizes(offsets) is not [long begin, long end] || end < begin)
                throw Broken(name, "has data_offsets that are not a begin and an end");
            if (end > dataLength)
                throw Broken(name, $"ends at byte {end}, but only {dataLength} bytes follow the header");
            if (end - begin != bytes)
                throw Broken(name, $"has {end - begin} bytes, but {type} [{SafetensorsTensor.Text(sizes)}] takes {bytes}");
            return bytes <= Array.MaxLength
                ? new SafetensorsEntry(name, type, sizes, begin, end)
                : throw Broken(name, $"has {bytes} bytes, more than one array holds");
        }

        /// <summary>Whole numbers from 0 on, or <see langword="null"/> for anything else.</summary>
        private static long[]? ReadSizes(JsonElement list)
        {
            if (list.ValueKind != JsonValueKind.Array)
                return null;
            long[] sizes = new long[list.GetArrayLength()];
            for (int i = 0; i < sizes.Length; i++)
            {
                if (list[i].ValueKind != JsonValueKind.Number || !list[i].TryGetInt64(out sizes[i]) || sizes[i] < 0)
                    return null;
            }

            return sizes;
        }

        private void CheckThatDataAreFilled(SafetensorsEntry[] ordered)
        {
            long filled = 0;
            foreach (SafetensorsEntry entry in ordered)
            {
                if (entry.Begin < filled)
                    throw Broken(entry.Name, "overlaps the tensor before it");
                if (entry.Begin > filled)
                    throw Broken(entry.Name, $"leaves a gap of {entry.Begin - filled} bytes before it");
                filled = entry.End;
            }

            if (filled < dataLength)
                throw Broken($"{dataLength - filled} bytes follow its last tensor");
        }

        // Names come from the file, and a message stays one line, whatever they are.
        private InvalidDataException Broken(string reason) => new($"{file} is not a valid safetensors file: {reason.ReplaceLineEndings(" ")}.");

        private InvalidDataException Broken(string tensor, string reason) => Broken($"tensor '{tensor}' {reason}");
    }
}

/// <summary>Where a file's header says that a tensor lies.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Begin">Its first byte, counted from the end of the header.</param>
/// <param name="End">The byte after its last.</param>
internal sealed record SafetensorsEntry(string Name, SafetensorsType Type, IReadOnlyList<long> Shape, long Begin, long End);
