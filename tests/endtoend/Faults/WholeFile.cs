using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.Json;
using System.Xml;
using System.Xml.Linq;
using Google.Protobuf;
using MnistAdder.Onnx;

namespace MnistAdder.EndToEnd.Tests.Faults;

/// <summary>Tells a whole file of a training run from a part of one.</summary>
internal static class WholeFile
{
    /// <summary>Whether both are there with the same bytes.</summary>
    public static bool AreSame(string one, string other) =>
        File.Exists(one) && File.Exists(other) && File.ReadAllBytes(one).AsSpan().SequenceEqual(File.ReadAllBytes(other));

    /// <summary>What is wrong with a file, as far as its own format can tell; <see langword="null"/> where nothing is.</summary>
    public static string? Problem(string file)
    {
        try
        {
            byte[] bytes = File.ReadAllBytes(file);
            return Path.GetExtension(file) switch
            {
                ".safetensors" => TensorsProblem(bytes),
                ".json" => JsonProblem(bytes),
                ".csv" => TableProblem(File.ReadAllText(file)),
                ".svg" or ".html" => XDocument.Load(file).Root is null ? "no element" : null,
                ".zip" => ZipProblem(file),
                ".onnx" => ModelProblem(bytes),
                _ => "of a kind that no run writes",
            };
        }
        catch (Exception error) when (error is JsonException or XmlException or InvalidDataException or InvalidProtocolBufferException)
        {
            return error.Message;
        }
    }

    private static string? TensorsProblem(byte[] bytes)
    {
        if (bytes.Length < sizeof(long))
            return "shorter than its length";
        long header = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        if (header < 0 || header > bytes.Length - sizeof(long))
            return "cut off in its header";
        using var json = JsonDocument.Parse(bytes.AsMemory(sizeof(long), (int)header));
        long end = json.RootElement.EnumerateObject()
            .Where(tensor => tensor.Name != "__metadata__")
            .Max(tensor => tensor.Value.GetProperty("data_offsets")[1].GetInt64());
        return sizeof(long) + header + end == bytes.Length ? null : "not as long as its tensors";
    }

    private static string? JsonProblem(byte[] bytes)
    {
        using var json = JsonDocument.Parse(bytes);
        return null;
    }

    private static string? TableProblem(string text)
    {
        string[] lines = text.Split('\n');
        int fields = lines[0].Split(',').Length;
        return lines.Length > 1 && lines[^1].Length == 0 && lines[..^1].All(line => line.Split(',').Length == fields) ? null : "cut off in a line";
    }

    private static string? ZipProblem(string file)
    {
        using ZipArchive zip = ZipFile.OpenRead(file);
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            using Stream content = entry.Open();
            content.CopyTo(Stream.Null);
        }

        return zip.Entries.Any(entry => entry.Length > 0) ? null : "empty";
    }

    private static string? ModelProblem(byte[] bytes)
    {
        var model = ModelProto.Parser.ParseFrom(bytes);
        return model.Graph?.Output.Count == 4 && model.MetadataProps.Count > 0 ? null : "without all outputs and metadata";
    }
}
