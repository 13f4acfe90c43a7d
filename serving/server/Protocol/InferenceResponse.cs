using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace MnistAdder.Server.Protocol;

/// <summary>What a model answers.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Request">What was asked.</param>
/// <param name="Outputs">The outputs that were asked for, in the request's order.</param>
internal sealed record InferenceResponse(string Model, string Version, InferenceRequest Request, IReadOnlyList<Tensor> Outputs)
{
    /// <summary>Whether some outputs come as bytes behind the JSON.</summary>
    public bool HasBinary => Outputs.Any(output => Request.IsBinary(output.Name));

    /// <summary>The outputs that come as bytes behind the JSON, in order.</summary>
    public IEnumerable<Tensor> Binary => Outputs.Where(output => Request.IsBinary(output.Name));

    /// <summary>Writes what is JSON of it.</summary>
    /// <param name="json">Receives it. JSON has no NaN and no infinity: null stands for them, where bytes would keep them.</param>
    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("model_name", Model);
        json.WriteString("model_version", Version);
        if (Request.Id is not null)
            json.WriteString("id", Request.Id);
        json.WriteStartArray("outputs");
        foreach (Tensor output in Outputs)
        {
            json.WriteStartObject();
            output.Type.Write(json, output.Name, output.Shape);
            if (Request.IsBinary(output.Name))
            {
                json.WriteStartObject("parameters");
                json.WriteNumber("binary_data_size", output.Data.Length);
                json.WriteEndObject();
            }
            else
            {
                json.WriteStartArray("data");
                WriteElements(json, output.Type, output.Data.Span);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteElements(Utf8JsonWriter json, TensorType type, ReadOnlySpan<byte> data)
    {
        switch (type.Element)
        {
            case TensorElementType.Bool:
                foreach (byte value in data)
                    json.WriteBooleanValue(value != 0);
                break;
            case TensorElementType.UInt8:
                foreach (byte value in data)
                    json.WriteNumberValue((uint)value);
                break;
            case TensorElementType.Int8:
                foreach (sbyte value in MemoryMarshal.Cast<byte, sbyte>(data))
                    json.WriteNumberValue(value);
                break;
            case TensorElementType.UInt16:
                foreach (ushort value in MemoryMarshal.Cast<byte, ushort>(data))
                    json.WriteNumberValue((uint)value);
                break;
            case TensorElementType.Int16:
                foreach (short value in MemoryMarshal.Cast<byte, short>(data))
                    json.WriteNumberValue(value);
                break;
            case TensorElementType.UInt32:
                foreach (uint value in MemoryMarshal.Cast<byte, uint>(data))
                    json.WriteNumberValue(value);
                break;
            case TensorElementType.Int32:
                foreach (int value in MemoryMarshal.Cast<byte, int>(data))
                    json.WriteNumberValue(value);
                break;
            case TensorElementType.UInt64:
                foreach (ulong value in MemoryMarshal.Cast<byte, ulong>(data))
                    json.WriteNumberValue(value);
                break;
            case TensorElementType.Int64:
                foreach (long value in MemoryMarshal.Cast<byte, long>(data))
                    json.WriteNumberValue(value);
                break;
            case TensorElementType.Float:
                foreach (float value in MemoryMarshal.Cast<byte, float>(data))
                    WriteNumber(json, value);
                break;
            case TensorElementType.Double:
                foreach (double value in MemoryMarshal.Cast<byte, double>(data))
                    WriteNumber(json, value);
                break;
            default:
                WriteStrings(json, data);
                break;
        }
    }

    private static void WriteNumber(Utf8JsonWriter json, float value)
    {
        if (float.IsFinite(value))
            json.WriteNumberValue(value);
        else
            json.WriteNullValue();
    }

    private static void WriteNumber(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumberValue(value);
        else
            json.WriteNullValue();
    }

    // Bytes that aren't UTF-8 come out with replacement characters; binary outputs keep them.
    private static void WriteStrings(Utf8JsonWriter json, ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(data);
            json.WriteStringValue(System.Text.Encoding.UTF8.GetString(data.Slice(Tensor.LengthBytes, length)));
            data = data[(Tensor.LengthBytes + length)..];
        }
    }
}
