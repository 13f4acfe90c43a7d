using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace MnistAdder.Server.Protocol;

/// <summary>A datatype of the Open Inference Protocol, and what ONNX Runtime calls it.</summary>
/// <remarks>Source: the table of tensor datatypes in the protocol's version 2 (KServe), and BF16 of its binary extension (Triton).</remarks>
internal sealed class TensorType
{
    private static readonly TensorType[] s_all =
    [
        new("BOOL", TensorElementType.Bool, typeof(bool), 1), new("UINT8", TensorElementType.UInt8, typeof(byte), 1),
        new("UINT16", TensorElementType.UInt16, typeof(ushort), 2), new("UINT32", TensorElementType.UInt32, typeof(uint), 4),
        new("UINT64", TensorElementType.UInt64, typeof(ulong), 8), new("INT8", TensorElementType.Int8, typeof(sbyte), 1),
        new("INT16", TensorElementType.Int16, typeof(short), 2), new("INT32", TensorElementType.Int32, typeof(int), 4),
        new("INT64", TensorElementType.Int64, typeof(long), 8), new("FP16", TensorElementType.Float16, typeof(Float16), 2),
        new("BF16", TensorElementType.BFloat16, typeof(BFloat16), 2), new("FP32", TensorElementType.Float, typeof(float), 4),
        new("FP64", TensorElementType.Double, typeof(double), 8), new("BYTES", TensorElementType.String, typeof(string), 0),
    ];

    private TensorType(string name, TensorElementType element, Type type, int size) => (Name, Element, ClrType, Size) = (name, element, type, size);

    /// <summary>The protocol's name.</summary>
    public string Name { get; }

    /// <summary>ONNX Runtime's name.</summary>
    public TensorElementType Element { get; }

    /// <summary>Bytes of an element; 0 where they vary.</summary>
    public int Size { get; }

    /// <summary>Whether elements are strings of bytes.</summary>
    public bool IsBytes => Size == 0;

    /// <summary>Whether JSON has no number for the elements, by the protocol: half-sized floats go as bytes.</summary>
    public bool IsBinaryOnly => Element is TensorElementType.Float16 or TensorElementType.BFloat16;

    private Type ClrType { get; }

    /// <summary>Writes how JSON calls a tensor: name, datatype and shape, members of an object.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="name">The tensor's name.</param>
    /// <param name="shape">Its dimensions.</param>
    public void Write(Utf8JsonWriter json, string name, long[] shape)
    {
        json.WriteString("name", name);
        json.WriteString("datatype", Name);
        json.WriteStartArray("shape");
        foreach (long size in shape)
            json.WriteNumberValue(size);
        json.WriteEndArray();
    }

    /// <summary>The datatype of a name; null where the protocol has none such.</summary>
    public static TensorType? Named(string name) => Array.Find(s_all, type => type.Name == name);

    /// <summary>The datatype of a model's tensor; null where the protocol has none for it.</summary>
    /// <param name="type">The elements' .NET type.</param>
    public static TensorType? Of(Type? type) => Array.Find(s_all, other => other.ClrType == type);
}
