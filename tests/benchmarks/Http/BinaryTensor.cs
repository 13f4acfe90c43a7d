using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MnistAdder.Benchmarks.Http;

/// <summary>A tensor that goes as bytes behind the JSON of the Open Inference Protocol.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Datatype">The protocol's name of its type.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Data">Its elements in row order, little-endian.</param>
internal sealed record BinaryTensor(string Name, string Datatype, long[] Shape, ReadOnlyMemory<byte> Data)
{
    /// <summary>The header that says how many bytes of a body are JSON.</summary>
    public const string JsonLengthHeader = "Inference-Header-Content-Length";

    private const double Tolerance = 1e-5;

    public static BinaryTensor Of(string name, byte[] values, params long[] shape) => new(name, "UINT8", shape, values);

    public static BinaryTensor Of(string name, long[] values, params long[] shape) => new(name, "INT64", shape, MemoryMarshal.AsBytes<long>(values).ToArray());

    public static BinaryTensor Of(string name, float[] values, params long[] shape) => new(name, "FP32", shape, MemoryMarshal.AsBytes<float>(values).ToArray());

    /// <summary>The JSON before the tensors of a request or an answer.</summary>
    /// <param name="tensors">The tensors, in the order of their bytes.</param>
    /// <param name="role">What they are: <c>inputs</c> or <c>outputs</c>.</param>
    /// <param name="members">What else the object has.</param>
    public static byte[] Json(IEnumerable<BinaryTensor> tensors, string role, JsonObject members)
    {
        members[role] = new JsonArray([.. tensors.Select(tensor => new JsonObject
        {
            ["name"] = tensor.Name,
            ["datatype"] = tensor.Datatype,
            ["shape"] = new JsonArray([.. tensor.Shape.Select(size => (JsonNode)size)]),
            ["parameters"] = new JsonObject { ["binary_data_size"] = tensor.Data.Length },
        })]);
        return JsonSerializer.SerializeToUtf8Bytes(members);
    }

    /// <summary>The tensors of an answer.</summary>
    /// <param name="body">All of it.</param>
    /// <param name="jsonLength">The bytes of it that are JSON.</param>
    public static BinaryTensor[] Read(ReadOnlyMemory<byte> body, int jsonLength)
    {
        using JsonDocument json = JsonDocument.Parse(body[..jsonLength]);
        int at = jsonLength;
        return [.. json.RootElement.GetProperty("outputs").EnumerateArray().Select(output =>
        {
            int size = output.GetProperty("parameters").GetProperty("binary_data_size").GetInt32();
            at += size;
            long[] shape = [.. output.GetProperty("shape").EnumerateArray().Select(dimension => dimension.GetInt64())];
            return new BinaryTensor(output.GetProperty("name").GetString()!, output.GetProperty("datatype").GetString()!, shape, body.Slice(at - size, size));
        })];
    }

    /// <summary>Whether another tensor is the same but for the rounding of sums: floats within 1e-5, integers exactly.</summary>
    public bool IsNear(BinaryTensor other) =>
        other.Name == Name && other.Datatype == Datatype && other.Shape.AsSpan().SequenceEqual(Shape) && IsNear(other.Data.Span);

    /// <summary>The same of the elements alone.</summary>
    public bool IsNear(ReadOnlySpan<byte> elements)
    {
        ReadOnlySpan<byte> own = Data.Span;
        if (Datatype != "FP32" || elements.Length != own.Length)
            return elements.SequenceEqual(own);
        for (int i = 0; i < own.Length; i += sizeof(float))
        {
            // Not "greater": NaN is near to nothing.
            float expected = BinaryPrimitives.ReadSingleLittleEndian(own[i..]), given = BinaryPrimitives.ReadSingleLittleEndian(elements[i..]);
            if (!(Math.Abs(expected - given) <= Tolerance * Math.Max(1, Math.Abs(expected))))
                return false;
        }

        return true;
    }
}
