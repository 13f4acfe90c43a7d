using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using MnistAdder.Onnx;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Corpus;

/// <summary>A type of ONNX's tensors that a column of ML.NET can hold, and how its values get from a file to ONNX Runtime and to a column.</summary>
internal abstract class TensorKind
{
    private static readonly Dictionary<ElementType, TensorKind> s_all = new()
    {
        [ElementType.Float] = new Number<float>(NumberDataViewType.Single, tensor => tensor.FloatData),
        [ElementType.Double] = new Number<double>(NumberDataViewType.Double, tensor => tensor.DoubleData),
        [ElementType.Int8] = new Number<sbyte>(NumberDataViewType.SByte, tensor => tensor.Int32Data.Select(value => (sbyte)value)),
        [ElementType.Int16] = new Number<short>(NumberDataViewType.Int16, tensor => tensor.Int32Data.Select(value => (short)value)),
        [ElementType.Int32] = new Number<int>(NumberDataViewType.Int32, tensor => tensor.Int32Data),
        [ElementType.Int64] = new Number<long>(NumberDataViewType.Int64, tensor => tensor.Int64Data),
        [ElementType.Uint8] = new Number<byte>(NumberDataViewType.Byte, tensor => tensor.Int32Data.Select(value => (byte)value)),
        [ElementType.Uint16] = new Number<ushort>(NumberDataViewType.UInt16, tensor => tensor.Int32Data.Select(value => (ushort)value)),
        [ElementType.Uint32] = new Number<uint>(NumberDataViewType.UInt32, tensor => tensor.Uint64Data.Select(value => (uint)value)),
        [ElementType.Uint64] = new Number<ulong>(NumberDataViewType.UInt64, tensor => tensor.Uint64Data),
        [ElementType.Bool] = new Number<bool>(BooleanDataViewType.Instance, tensor => tensor.Int32Data.Select(value => value != 0)),
        [ElementType.Float16] = new HalfNumber(),
        [ElementType.String] = new Text(),
    };

    private TensorKind(PrimitiveDataViewType itemType) => ItemType = itemType;

    /// <summary>The type of a column's items.</summary>
    public PrimitiveDataViewType ItemType { get; }

    /// <summary>The kind of an element type; <see langword="null"/> where no column can hold it.</summary>
    public static TensorKind? Of(ElementType type) => s_all.GetValueOrDefault(type);

    /// <summary>A file's values, as a column has them.</summary>
    public abstract Array Parse(TensorProto tensor);

    /// <summary>A value of ONNX Runtime over a column's values.</summary>
    public abstract OrtValue ToValue(Array values, long[] dimensions);

    /// <summary>A copy of what ONNX Runtime gave, as a column has it.</summary>
    public abstract Array Read(OrtValue value);

    /// <summary>Values that are there only to be of a type.</summary>
    public abstract Array Zeros(int count);

    /// <summary>A getter of vectors.</summary>
    public abstract Delegate VectorGetter(Func<Array> current);

    /// <summary>A getter of scalars.</summary>
    public abstract Delegate ScalarGetter(Func<Array> current);

    private static ValueGetter<VBuffer<T>> Vectors<T>(Func<T[]> current) => (ref VBuffer<T> value) =>
    {
        T[] items = current();
        var editor = VBufferEditor.Create(ref value, items.Length);
        items.CopyTo(editor.Values);
        value = editor.Commit();
    };

    private static T[] Raw<T>(TensorProto tensor)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(tensor.RawData.Span).ToArray();

    private sealed class Number<T>(PrimitiveDataViewType itemType, Func<TensorProto, IEnumerable<T>> typed) : TensorKind(itemType)
        where T : unmanaged
    {
        public override Array Parse(TensorProto tensor) => tensor.HasRawData ? Raw<T>(tensor) : typed(tensor).ToArray();

        public override OrtValue ToValue(Array values, long[] dimensions) => OrtValue.CreateTensorValueFromMemory((T[])values, dimensions);

        public override Array Read(OrtValue value) => value.GetTensorDataAsSpan<T>().ToArray();

        public override Array Zeros(int count) => new T[count];

        public override Delegate VectorGetter(Func<Array> current) => Vectors(() => (T[])current());

        public override Delegate ScalarGetter(Func<Array> current) => (ValueGetter<T>)((ref T value) => value = ((T[])current())[0]);
    }

    // ML.NET has no 16-bit floating-point numbers; Single has all of their values.
    private sealed class HalfNumber() : TensorKind(NumberDataViewType.Single)
    {
        public override Array Parse(TensorProto tensor) => tensor.HasRawData
            ? Raw<Half>(tensor).Select(value => (float)value).ToArray()
            : tensor.Int32Data.Select(bits => (float)BitConverter.UInt16BitsToHalf((ushort)bits)).ToArray();

        public override OrtValue ToValue(Array values, long[] dimensions) => OrtValue.CreateTensorValueFromMemory(
            ((float[])values).Select(value => new Float16(BitConverter.HalfToUInt16Bits((Half)value))).ToArray(), dimensions);

        public override Array Read(OrtValue value) =>
            value.GetTensorDataAsSpan<Float16>().ToArray().Select(item => (float)BitConverter.UInt16BitsToHalf(item.value)).ToArray();

        public override Array Zeros(int count) => new float[count];

        public override Delegate VectorGetter(Func<Array> current) => Vectors(() => (float[])current());

        public override Delegate ScalarGetter(Func<Array> current) => (ValueGetter<float>)((ref float value) => value = ((float[])current())[0]);
    }

    private sealed class Text() : TensorKind(TextDataViewType.Instance)
    {
        public override Array Parse(TensorProto tensor) => tensor.StringData.Select(text => text.ToStringUtf8()).ToArray();

        public override OrtValue ToValue(Array values, long[] dimensions)
        {
            OrtValue value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, dimensions);
            for (int i = 0; i < values.Length; i++)
                value.StringTensorSetElementAt(((string[])values)[i].AsSpan(), i);
            return value;
        }

        public override Array Read(OrtValue value) => value.GetStringTensorAsArray();

        public override Array Zeros(int count) => Enumerable.Repeat("", count).ToArray();

        public override Delegate VectorGetter(Func<Array> current) => Vectors(() => ((string[])current()).Select(text => text.AsMemory()).ToArray());

        public override Delegate ScalarGetter(Func<Array> current) =>
            (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) => value = ((string[])current())[0].AsMemory());
    }
}
