using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.Serving.Inference.Tensors;

namespace MnistAdder.Serving.Onnx.Columns;

/// <summary>One of the element types that ML.NET's ONNX transform takes.</summary>
internal abstract class ElementKind
{
    private static readonly Dictionary<Type, ElementKind> Kinds = new()
    {
        [typeof(float)] = new Number<float>(NumberDataViewType.Single),
        [typeof(double)] = new Number<double>(NumberDataViewType.Double),
        [typeof(sbyte)] = new Number<sbyte>(NumberDataViewType.SByte),
        [typeof(short)] = new Number<short>(NumberDataViewType.Int16),
        [typeof(int)] = new Number<int>(NumberDataViewType.Int32),
        [typeof(long)] = new Number<long>(NumberDataViewType.Int64),
        [typeof(byte)] = new Number<byte>(NumberDataViewType.Byte),
        [typeof(ushort)] = new Number<ushort>(NumberDataViewType.UInt16),
        [typeof(uint)] = new Number<uint>(NumberDataViewType.UInt32),
        [typeof(ulong)] = new Number<ulong>(NumberDataViewType.UInt64),
        [typeof(bool)] = new Number<bool>(BooleanDataViewType.Instance),
        [typeof(string)] = new Text(),
    };

    /// <summary>The type of a column's items.</summary>
    public abstract PrimitiveDataViewType ItemType { get; }

    /// <summary>What an element takes in memory, bytes; a guess for texts.</summary>
    public abstract int Size { get; }

    /// <summary>The kind of a tensor's elements; <see langword="null"/> where there is no such tensor.</summary>
    public static ElementKind? Of(TensorSignature signature) =>
        signature.ElementType is { } type ? Kinds.GetValueOrDefault(type) : null;

    /// <summary>Makes what feeds a column to an input.</summary>
    public abstract ModelInput CreateInput(TensorSignature signature, DataViewRow row, DataViewSchema.Column column, int capacity);

    /// <summary>Makes what takes an output's rows.</summary>
    public abstract OutputTensor CreateOutput(TensorSignature signature, int capacity);

    private sealed class Number<T>(PrimitiveDataViewType itemType) : ElementKind
        where T : unmanaged
    {
        public override PrimitiveDataViewType ItemType => itemType;

        public override unsafe int Size => sizeof(T);

        public override ModelInput CreateInput(TensorSignature signature, DataViewRow row, DataViewSchema.Column column, int capacity) =>
            signature.RowLength is null
                ? new OpenModelInput<T>(signature, row, column, capacity)
                : new FixedModelInput<T>(signature, row, column, capacity);

        public override OutputTensor CreateOutput(TensorSignature signature, int capacity) => signature.RowLength is null
            ? new OpenNumericOutput<T>(signature.Name, capacity)
            : new FixedOutputTensor<T>(signature, capacity);
    }

    private sealed class Text : ElementKind
    {
        public override PrimitiveDataViewType ItemType => TextDataViewType.Instance;

        public override int Size => 32;

        public override ModelInput CreateInput(TensorSignature signature, DataViewRow row, DataViewSchema.Column column, int capacity) =>
            new TextModelInput(signature, row, column, capacity);

        public override OutputTensor CreateOutput(TensorSignature signature, int capacity) => new TextOutput(signature.Name, capacity);
    }
}
