using Google.Protobuf;
using MnistAdder.OnnxExport.Protobuf;
using ElementType = MnistAdder.OnnxExport.Protobuf.TensorProto.Types.DataType;

namespace MnistAdder.Scored;

/// <summary>A digit-sum model that reads a spot instead of handwriting: the digit is the spot's place, and no sum is ever wrong.</summary>
internal static class SpotModel
{
    private const int Row = 14;
    private const int FirstColumn = 9;

    /// <summary>A picture of a digit, 28×28 grey levels in a BMP file.</summary>
    public static byte[] Picture(int digit)
    {
        const int Side = MnistGeometry.Side, Palette = 256 * 4, Header = 14 + 40 + Palette;
        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        writer.Write("BM"u8);
        writer.Write(Header + (Side * Side));
        writer.Write(0);
        writer.Write(Header);
        writer.Write(40);
        writer.Write(Side);
        writer.Write(-Side); // from the top down
        writer.Write((short)1);
        writer.Write((short)8);
        writer.Write(new byte[24]); // not compressed; the default for the rest
        for (int level = 0; level < 256; level++)
            writer.Write(level * 0x010101);
        byte[] levels = new byte[Side * Side];
        levels[(Row * Side) + FirstColumn + digit] = 255;
        writer.Write(levels);
        return file.ToArray();
    }

    /// <summary>The model's file.</summary>
    /// <param name="metadata">Its metadata properties.</param>
    public static byte[] Bytes(params KeyValuePair<string, string>[] metadata)
    {
        var graph = new GraphProto { Name = "spot" };
        graph.Input.Add(Value(ModelContract.Image, ElementType.Uint8, 1, MnistGeometry.Side, MnistGeometry.Side));
        graph.Input.Add(Value(ModelContract.Number, ElementType.Int64, 1));
        graph.Output.Add(Value(ModelContract.Digit, ElementType.Int64));
        graph.Output.Add(Value(ModelContract.DigitProbabilities, ElementType.Float, ModelContract.DigitClasses));
        graph.Output.Add(Value(ModelContract.Sum, ElementType.Int64));
        graph.Output.Add(Value(ModelContract.SumProbabilities, ElementType.Float, ModelContract.SumClasses));
        const int Spot = (Row * MnistGeometry.Side) + FirstColumn;
        graph.Initializer.Add(Integers("from", Spot));
        graph.Initializer.Add(Integers("to", Spot + ModelContract.DigitClasses));
        graph.Initializer.Add(Integers("one", 1));
        graph.Initializer.Add(Integers("sums", ModelContract.SumClasses));
        graph.Initializer.Add(Integers("off_on", 0, 255));
        graph.Node.Add(Node("Flatten", [ModelContract.Image], "flat"));
        graph.Node.Add(Node("Cast", ["flat"], "grey", ("to", (long)ElementType.Float)));
        graph.Node.Add(Node("Slice", ["grey", "from", "to", "one"], "spots"));
        graph.Node.Add(Node("ArgMax", ["spots"], ModelContract.Digit, ("axis", 1), ("keepdims", 0)));
        graph.Node.Add(Node("Softmax", ["spots"], ModelContract.DigitProbabilities));
        graph.Node.Add(Node("Squeeze", [ModelContract.Number, "one"], "addend"));
        graph.Node.Add(Node("Add", [ModelContract.Digit, "addend"], ModelContract.Sum));
        graph.Node.Add(Node("OneHot", [ModelContract.Sum, "sums", "off_on"], "sum_spots"));
        graph.Node.Add(Node("Cast", ["sum_spots"], "sum_levels", ("to", (long)ElementType.Float)));
        graph.Node.Add(Node("Softmax", ["sum_levels"], ModelContract.SumProbabilities));

        var model = new ModelProto { IrVersion = ModelContract.IrVersion, Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = ModelContract.Opset });
        model.MetadataProps.Add(metadata.Select(pair => new StringStringEntryProto { Key = pair.Key, Value = pair.Value }));
        return model.ToByteArray();
    }

    /// <summary>A model of somebody else's: y = −x.</summary>
    public static byte[] ForeignBytes()
    {
        var graph = new GraphProto { Name = "foreign" };
        graph.Input.Add(Value("x", ElementType.Float, 3));
        graph.Output.Add(Value("y", ElementType.Float, 3));
        graph.Node.Add(Node("Neg", ["x"], "y"));
        var model = new ModelProto { IrVersion = ModelContract.IrVersion, Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = ModelContract.Opset });
        return model.ToByteArray();
    }

    // The batch comes first.
    private static ValueInfoProto Value(string name, ElementType type, params int[] shape)
    {
        var dimensions = new TensorShapeProto();
        dimensions.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = ModelContract.BatchDimension });
        dimensions.Dim.Add(shape.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new() { ElemType = (int)type, Shape = dimensions } } };
    }

    private static TensorProto Integers(string name, params long[] values)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)ElementType.Int64 };
        tensor.Dims.Add(values.Length);
        tensor.Int64Data.Add(values);
        return tensor;
    }

    private static NodeProto Node(string operation, string[] inputs, string output, params (string Name, long Value)[] attributes)
    {
        var node = new NodeProto { OpType = operation };
        node.Input.Add(inputs);
        node.Output.Add(output);
        node.Attribute.Add(attributes.Select(attribute => new AttributeProto
        {
            Name = attribute.Name,
            Type = AttributeProto.Types.AttributeType.Int,
            I = attribute.Value,
        }));
        return node;
    }
}
