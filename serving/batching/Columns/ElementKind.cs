using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Transforms.Onnx;
using MnistAdder.OnnxBatching.Tensors;

namespace MnistAdder.OnnxBatching.Columns;

/// <summary>What a model's tensor has as elements, and which ML.NET column holds them.</summary>
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
        // ML.NET has no floats of 16 bits.
        [typeof(Float16)] = new Half(),
        [typeof(string)] = new Text(),
    };

    private static readonly Dictionary<(Type Key, Type Value), ElementKind> MapKinds = new()
    {
        [(typeof(long), typeof(float))] = new Maps<long, float>(),
        [(typeof(long), typeof(double))] = new Maps<long, double>(),
        [(typeof(long), typeof(long))] = new Maps<long, long>(),
        [(typeof(long), typeof(string))] = new Maps<long, string>(),
        [(typeof(string), typeof(float))] = new Maps<string, float>(),
        [(typeof(string), typeof(double))] = new Maps<string, double>(),
        [(typeof(string), typeof(long))] = new Maps<string, long>(),
        [(typeof(string), typeof(string))] = new Maps<string, string>(),
    };

    /// <summary>The type of a column's items.</summary>
    public abstract DataViewType ItemType { get; }

    /// <summary>What an element takes in memory, bytes; a guess for texts.</summary>
    public abstract int Size { get; }

    /// <summary>The kind of a tensor's elements; <see langword="null"/> where no ML.NET column holds them.</summary>
    public static ElementKind? Of(TensorSignature signature) => signature.MapTypes is { } map
        ? MapKinds.GetValueOrDefault(map)
        : signature.ElementType is { } type ? Kinds.GetValueOrDefault(type) : null;

    /// <summary>Makes what feeds a column to an input.</summary>
    public abstract ModelInput CreateInput(TensorSignature signature, DataViewRow row, DataViewSchema.Column column, int capacity);

    /// <summary>Makes what takes an output's rows.</summary>
    /// <param name="signature">The output.</param>
    /// <param name="capacity">The greatest number of rows.</param>
    /// <param name="isScalar">Whether its column has one value a row instead of a vector.</param>
    /// <param name="isCertain">Whether rows are known to have the shape of the signature.</param>
    public abstract OutputTensor CreateOutput(TensorSignature signature, int capacity, bool isScalar, bool isCertain);

    /// <summary>The column as an estimator's schema describes it.</summary>
    public abstract SchemaShape.Column Describe(TransformsCatalog catalog, string name, DataViewType type);

    // The constructor of SchemaShape.Column is closed to other assemblies; an estimator of ML.NET's own makes it.
    private static SchemaShape.Column Describe<TRow>(TransformsCatalog catalog, string name, DataViewType type)
        where TRow : class, new()
    {
        var definition = SchemaDefinition.Create(typeof(TRow));
        SchemaDefinition.Column column = definition[0];
        column.ColumnName = name;
        column.ColumnType = type;
        return catalog.CustomMapping<Nothing, TRow>((_, _) => { }, contractName: null, outputSchemaDefinition: definition).GetOutputSchema(new SchemaShape([]))[0];
    }

    private abstract class Values<T> : ElementKind
    {
        public override SchemaShape.Column Describe(TransformsCatalog catalog, string name, DataViewType type) =>
            type is VectorDataViewType ? Describe<VectorRow<T>>(catalog, name, type) : Describe<ScalarRow<T>>(catalog, name, type);
    }

    private sealed class Number<T>(PrimitiveDataViewType itemType) : Values<T>
        where T : unmanaged
    {
        public override DataViewType ItemType => itemType;

        public override unsafe int Size => sizeof(T);

        public override ModelInput CreateInput(TensorSignature signature, DataViewRow row, DataViewSchema.Column column, int capacity) =>
            signature.RowLength is null || signature.MayBeEmpty
                ? new OpenModelInput<T>(signature, row, column, capacity)
                : new FixedModelInput<T>(signature, row, column, capacity);

        public override OutputTensor CreateOutput(TensorSignature signature, int capacity, bool isScalar, bool isCertain) => isCertain && signature.RowLength is not null
            ? new FixedOutputTensor<T>(signature, capacity)
            : new OpenNumericOutput<T>(signature.Name, capacity, isScalar);
    }

    private sealed class Half : Values<float>
    {
        public override DataViewType ItemType => NumberDataViewType.Single;

        public override int Size => sizeof(short);

        public override ModelInput CreateInput(TensorSignature signature, DataViewRow row, DataViewSchema.Column column, int capacity) =>
            new HalfModelInput(signature, row, column, capacity);

        public override OutputTensor CreateOutput(TensorSignature signature, int capacity, bool isScalar, bool isCertain) =>
            new HalfOutput(signature.Name, capacity, isScalar);
    }

    private sealed class Text : Values<ReadOnlyMemory<char>>
    {
        public override DataViewType ItemType => TextDataViewType.Instance;

        public override int Size => 32;

        public override ModelInput CreateInput(TensorSignature signature, DataViewRow row, DataViewSchema.Column column, int capacity) =>
            new TextModelInput(signature, row, column, capacity);

        public override OutputTensor CreateOutput(TensorSignature signature, int capacity, bool isScalar, bool isCertain) =>
            new TextOutput(signature.Name, capacity, isScalar);
    }

    private sealed class Maps<TKey, TValue> : ElementKind
        where TKey : notnull
    {
        public override DataViewType ItemType { get; } = new OnnxSequenceType(typeof(IDictionary<TKey, TValue>));

        public override int Size => 256;

        public override ModelInput CreateInput(TensorSignature signature, DataViewRow row, DataViewSchema.Column column, int capacity) =>
            throw new NotSupportedException($"The model's input '{signature.Name}' is a {signature}, which no ML.NET column feeds.");

        public override OutputTensor CreateOutput(TensorSignature signature, int capacity, bool isScalar, bool isCertain) =>
            new MapOutputTensor<TKey, TValue>(signature.Name, capacity);

        public override SchemaShape.Column Describe(TransformsCatalog catalog, string name, DataViewType type) =>
            Describe<ScalarRow<IEnumerable<IDictionary<TKey, TValue>>>>(catalog, name, type);
    }

    private sealed class Nothing;

    private sealed class ScalarRow<T>
    {
        public T? Value { get; set; }
    }

    private sealed class VectorRow<T>
    {
        public VBuffer<T> Value { get; set; }
    }
}
