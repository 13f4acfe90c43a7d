using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport;

/// <summary>A tensor with its contents, held on the CPU in row-major, little-endian order.</summary>
public sealed class OnnxTensor
{
    private readonly byte[] _data;

    private OnnxTensor(OnnxElementType elementType, long[] shape, byte[] data)
    {
        ElementType = elementType;
        Shape = shape;
        _data = data;
    }

    /// <summary>The type of the elements.</summary>
    public OnnxElementType ElementType { get; }

    /// <summary>The sizes of the dimensions, empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The number of elements.</summary>
    private long Count => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>The contents, as the ONNX field <c>raw_data</c> has them.</summary>
    internal ReadOnlyMemory<byte> Data => _data;

    /// <summary>Copies a TorchSharp tensor of any device and memory layout.</summary>
    /// <param name="tensor">The tensor; it stays as it is.</param>
    /// <returns>The copy.</returns>
    /// <exception cref="NotSupportedException">The tensor is sparse, of more than 2 GB, or of a type with no counterpart here.</exception>
    public static OnnxTensor From(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.is_sparse)
            throw new NotSupportedException("A sparse tensor can't be written to ONNX; call to_dense() on it first.");
        OnnxElementType elementType = ElementTypeOf(tensor.dtype);
        if (tensor.numel() * tensor.element_size() > Array.MaxLength)
            throw new NotSupportedException("A tensor of more than 2 GB can't be written to one ONNX file.");

        using Tensor detached = tensor.detach();
        using Tensor onCpu = detached.cpu();
        using Tensor contiguous = onCpu.contiguous();
        return new OnnxTensor(elementType, contiguous.shape, contiguous.bytes.ToArray());
    }

    /// <summary>A tensor of given values.</summary>
    /// <typeparam name="T">One of float, double, Half, bool and the integers of 8 to 64 bits.</typeparam>
    /// <param name="values">The elements in row-major order.</param>
    /// <param name="shape">The sizes of the dimensions; their product is the number of values.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="ArgumentException">The values don't fill the shape.</exception>
    /// <exception cref="NotSupportedException">ONNX has no element type for <typeparamref name="T"/>.</exception>
    public static OnnxTensor Of<T>(ReadOnlySpan<T> values, params ReadOnlySpan<long> shape)
        where T : unmanaged
    {
        var tensor = new OnnxTensor(ElementTypeOf(typeof(T)), shape.ToArray(), MemoryMarshal.AsBytes(values).ToArray());
        if (tensor.Count != values.Length)
        {
            throw new ArgumentException(
                $"{values.Length} values don't fill the shape [{string.Join(", ", tensor.Shape)}].", nameof(values));
        }

        return tensor;
    }

    /// <summary>A tensor without dimensions.</summary>
    /// <param name="elementType">The type of its element.</param>
    /// <param name="value">The element; rounded to a floating-point type, exact for an integer type.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="ArgumentException">The value isn't one of an integer type, or the type is no number.</exception>
    public static OnnxTensor Scalar(OnnxElementType elementType, double value) => FromNumbers(elementType, [value]);

    /// <summary>A tensor all of whose elements are equal.</summary>
    /// <param name="elementType">The type of the elements.</param>
    /// <param name="value">The element; rounded to a floating-point type, exact for an integer type.</param>
    /// <param name="shape">The sizes of the dimensions.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="ArgumentException">The value isn't one of an integer type, or the type is no number.</exception>
    public static OnnxTensor Filled(OnnxElementType elementType, double value, params ReadOnlySpan<long> shape)
    {
        var values = new double[Product(shape)];
        Array.Fill(values, value);
        return FromNumbers(elementType, values, shape);
    }

    /// <summary>A small tensor of given numbers in any element type.</summary>
    /// <param name="elementType">The type of the elements.</param>
    /// <param name="values">The elements in row-major order; rounded to a floating-point type, exact for an integer type.</param>
    /// <param name="shape">The sizes of the dimensions; their product is the number of values.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="ArgumentException">
    /// A value isn't one of an integer type, the type is no number, or the values don't fill the shape.
    /// </exception>
    public static OnnxTensor FromNumbers(
        OnnxElementType elementType, ReadOnlySpan<double> values, params ReadOnlySpan<long> shape) => elementType switch
    {
        OnnxElementType.Float => Of<float>(Converted(values, value => (float)value), shape),
        OnnxElementType.Double => Of(values, shape),
        OnnxElementType.Float16 => Of<Half>(Converted(values, value => (Half)value), shape),
        OnnxElementType.Int64 => Of<long>(Converted(values, Exact<long>), shape),
        OnnxElementType.Int32 => Of<int>(Converted(values, Exact<int>), shape),
        OnnxElementType.Int16 => Of<short>(Converted(values, Exact<short>), shape),
        OnnxElementType.Int8 => Of<sbyte>(Converted(values, Exact<sbyte>), shape),
        OnnxElementType.UInt64 => Of<ulong>(Converted(values, Exact<ulong>), shape),
        OnnxElementType.UInt32 => Of<uint>(Converted(values, Exact<uint>), shape),
        OnnxElementType.UInt16 => Of<ushort>(Converted(values, Exact<ushort>), shape),
        OnnxElementType.UInt8 => Of<byte>(Converted(values, Exact<byte>), shape),
        _ => throw new ArgumentException($"A tensor of {elementType} can't be made from numbers.", nameof(elementType)),
    };

    /// <summary>Says which ONNX type has the elements of a TorchSharp tensor.</summary>
    /// <param name="type">TorchSharp's type.</param>
    /// <returns>The ONNX type.</returns>
    /// <exception cref="NotSupportedException">There is none that the operators here take, as for bfloat16 and complex numbers.</exception>
    internal static OnnxElementType ElementTypeOf(ScalarType type) => type switch
    {
        ScalarType.Float32 => OnnxElementType.Float,
        ScalarType.Float64 => OnnxElementType.Double,
        ScalarType.Float16 => OnnxElementType.Float16,
        ScalarType.Int64 => OnnxElementType.Int64,
        ScalarType.Int32 => OnnxElementType.Int32,
        ScalarType.Int16 => OnnxElementType.Int16,
        ScalarType.Int8 => OnnxElementType.Int8,
        ScalarType.Byte => OnnxElementType.UInt8,
        ScalarType.Bool => OnnxElementType.Bool,
        _ when ComplexNumbers.IsComplex(type) => throw new NotSupportedException(
            "Complex numbers can't be exported as such, since ONNX's operators don't take them; give their parts, as view_as_real does."),
        _ => throw new NotSupportedException(
            $"Tensors of type {type} can't be exported, since ONNX's operators don't take them; "
            + "convert the module with .to(ScalarType.Float32)."),
    };

    /// <summary>TorchSharp's type with the elements of an ONNX tensor.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    internal static ScalarType ScalarTypeOf(OnnxElementType type) => Enum.GetValues<ScalarType>().Cast<ScalarType?>().FirstOrDefault(other => IsOf(other!.Value, type))
        ?? throw new ArgumentException($"TorchSharp has no tensors of {type}.", nameof(type));

    private static bool IsOf(ScalarType torch, OnnxElementType type)
    {
        try
        {
            return ElementTypeOf(torch) == type;
        }
        catch (NotSupportedException)
        {
            return false;
        }
    }

    internal bool HasContentsOf(OnnxTensor other) =>
        ElementType == other.ElementType && Shape.SequenceEqual(other.Shape) && _data.AsSpan().SequenceEqual(other._data);

    /// <summary>Where a tensor's elements are: equal for two wrappers of one parameter.</summary>
    internal static unsafe nint StorageOf(Tensor tensor)
    {
        if (tensor.device_type != DeviceType.CPU || tensor.is_sparse || !tensor.is_contiguous() || tensor.numel() * tensor.element_size() > Array.MaxLength)
            return tensor.Handle;
        return (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));
    }

    /// <summary>Where the memory begins that a tensor, or a view of another, has its elements in; 0 where there is none or it isn't the CPU's.</summary>
    internal static nint BaseOf(Tensor tensor)
    {
        if (tensor.device_type != DeviceType.CPU || tensor.is_sparse || tensor.numel() == 0)
            return 0;
        using Tensor first = tensor.detach().as_strided([1], [1], 0);
        return StorageOf(first);
    }

    private static OnnxElementType ElementTypeOf(Type type)
    {
        return type switch
        {
            _ when type == typeof(float) => OnnxElementType.Float,
            _ when type == typeof(double) => OnnxElementType.Double,
            _ when type == typeof(Half) => OnnxElementType.Float16,
            _ when type == typeof(long) => OnnxElementType.Int64,
            _ when type == typeof(int) => OnnxElementType.Int32,
            _ when type == typeof(short) => OnnxElementType.Int16,
            _ when type == typeof(sbyte) => OnnxElementType.Int8,
            _ when type == typeof(ulong) => OnnxElementType.UInt64,
            _ when type == typeof(uint) => OnnxElementType.UInt32,
            _ when type == typeof(ushort) => OnnxElementType.UInt16,
            _ when type == typeof(byte) => OnnxElementType.UInt8,
            _ when type == typeof(bool) => OnnxElementType.Bool,
            _ => throw new NotSupportedException($"ONNX has no element type for {type}."),
        };
    }

    private static T[] Converted<T>(ReadOnlySpan<double> values, Func<double, T> convert)
    {
        var converted = new T[values.Length];
        for (int i = 0; i < converted.Length; i++)
            converted[i] = convert(values[i]);
        return converted;
    }

    private static long Product(ReadOnlySpan<long> shape)
    {
        long product = 1;
        foreach (long size in shape)
            product *= size;
        return product;
    }

    private static T Exact<T>(double value)
        where T : struct, System.Numerics.INumber<T>
    {
        T exact = T.CreateSaturating(value);
        if (double.CreateChecked(exact) != value)
            throw new ArgumentException($"{value} is not a value of {typeof(T).Name}.", nameof(value));
        return exact;
    }
}
