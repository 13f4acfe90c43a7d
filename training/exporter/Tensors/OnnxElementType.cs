using System.Diagnostics.CodeAnalysis;

namespace MnistAdder.OnnxExport;

/// <summary>The element type of a tensor; the numbers are those of the ONNX specification's <c>TensorProto.DataType</c>.</summary>
[SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "ONNX's own names of element types.")]
public enum OnnxElementType
{
    /// <summary>No type; not valid for a tensor.</summary>
    Undefined = 0,

    /// <summary>32-bit IEEE 754 number.</summary>
    Float = 1,

    /// <summary>8-bit unsigned integer.</summary>
    UInt8 = 2,

    /// <summary>8-bit signed integer.</summary>
    Int8 = 3,

    /// <summary>16-bit unsigned integer.</summary>
    UInt16 = 4,

    /// <summary>16-bit signed integer.</summary>
    Int16 = 5,

    /// <summary>32-bit signed integer.</summary>
    Int32 = 6,

    /// <summary>64-bit signed integer.</summary>
    Int64 = 7,

    /// <summary>UTF-8 text.</summary>
    String = 8,

    /// <summary>Truth value, a byte each.</summary>
    Bool = 9,

    /// <summary>16-bit IEEE 754 number.</summary>
    Float16 = 10,

    /// <summary>64-bit IEEE 754 number.</summary>
    Double = 11,

    /// <summary>32-bit unsigned integer.</summary>
    UInt32 = 12,

    /// <summary>64-bit unsigned integer.</summary>
    UInt64 = 13,
}
