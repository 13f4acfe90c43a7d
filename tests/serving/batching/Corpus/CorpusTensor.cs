using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using MnistAdder.Onnx;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Corpus;

/// <summary>A tensor of a test: a model's input, what it should give or what it gave.</summary>
/// <param name="Name">Its name in the model.</param>
/// <param name="Type">The elements' type.</param>
/// <param name="Dimensions">Its dimensions, none for a scalar.</param>
/// <param name="Values">The elements as a column of ML.NET has them, in row-major order.</param>
internal sealed record CorpusTensor(string Name, ElementType Type, long[] Dimensions, Array Values)
{
    /// <summary>The column that holds it: a vector of the tensor's dimensions, or a scalar.</summary>
    public DataViewType ColumnType
    {
        get
        {
            if (Dimensions.Length == 0)
                return Kind.ItemType;
            // Zeros among a vector's dimensions are ML.NET's word for an unknown length.
            return Dimensions.Contains(0) ? new VectorDataViewType(Kind.ItemType) : new VectorDataViewType(Kind.ItemType, Dimensions.Select(size => (int)size).ToArray());
        }
    }

    public TensorKind Kind => TensorKind.Of(Type)!;

    public static CorpusTensor Parse(string name, byte[] file)
    {
        TensorProto tensor = TensorProto.Parser.ParseFrom(file);
        var type = (ElementType)tensor.DataType;
        return new(name, type, [.. tensor.Dims], TensorKind.Of(type)!.Parse(tensor));
    }

    public static CorpusTensor Read(string name, OrtValue value)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        // ONNX Runtime's numbers of the types are ONNX's own.
        var type = (ElementType)(int)info.ElementDataType;
        return new(name, type, info.Shape, TensorKind.Of(type)!.Read(value));
    }

    public OrtValue ToValue() => Kind.ToValue(Values, Dimensions);
}
