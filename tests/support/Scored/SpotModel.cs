using Google.Protobuf;
using MnistAdder.Onnx;
using MnistAdder.Tests.Support.Models;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.Tests.Support.Scored;

/// <summary>A digit-sum model that reads a spot instead of handwriting: the digit is the spot's place, and no sum is ever wrong.</summary>
internal static class SpotModel
{
    private const int Row = 14;
    private const int FirstColumn = 9;

    // A bar above and one below give the picture MNIST's size and centre of mass, so that it is taken as it is.
    private const int FirstInk = 5;
    private const int LastInk = 23;

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
        foreach (int row in (int[])[FirstInk, LastInk])
            levels.AsSpan((row * Side) + FirstInk, LastInk - FirstInk + 1).Fill(255);
        writer.Write(levels);
        return file.ToArray();
    }

    /// <summary>The model's file.</summary>
    /// <param name="metadata">Its metadata properties.</param>
    public static byte[] Bytes(params KeyValuePair<string, string>[] metadata)
    {
        ModelProto model = ModelProto.Parser.ParseFrom(Bytes(largestBatch: int.MaxValue));
        model.MetadataProps.Add(metadata.Select(pair => new StringStringEntryProto { Key = pair.Key, Value = pair.Value }));
        return model.ToByteArray();
    }

    /// <summary>The model's file, where more rows take a buffer that no machine has memory for.</summary>
    /// <remarks>The number of rows goes through a sequence, which isn't followed: a model that is seen to ask for it is run row by row.</remarks>
    /// <param name="largestBatch">Rows that fit.</param>
    public static byte[] Bytes(int largestBatch)
    {
        const int Spot = (Row * MnistGeometry.Side) + FirstColumn;
        return new TestModel()
            .Input(ModelContract.Image, ElementType.Uint8, -1, 1, MnistGeometry.Side, MnistGeometry.Side)
            .Input(ModelContract.Number, ElementType.Int64, -1, 1)
            .Output(ModelContract.Digit, ElementType.Int64, -1)
            .Output(ModelContract.DigitProbabilities, ElementType.Float, -1, ModelContract.DigitClasses)
            .Output(ModelContract.Sum, ElementType.Int64, -1)
            .Output(ModelContract.SumProbabilities, ElementType.Float, -1, ModelContract.SumClasses)
            .Constant("from", [Spot], 1)
            .Constant("to", [Spot + ModelContract.DigitClasses], 1)
            .Constant("one", [1L], 1)
            .Constant("sums", [ModelContract.SumClasses], 1)
            .Constant("off_on", [0f, 255f], 2)
            .Constant("first", [0L], 1)
            .Constant("index", [0L])
            .Constant("most", [(long)largestBatch], 1)
            .Constant("petabyte", [1L << 48], 1)
            .Node("Shape", [ModelContract.Number], ["shape"])
            .Node("SequenceConstruct", ["shape"], ["shapes"])
            .Node("SequenceAt", ["shapes", "index"], ["size_of_number"])
            .Node("Gather", ["size_of_number", "first"], ["rows"])
            .Node("Greater", ["rows", "most"], ["is_large"])
            .Node("Where", ["is_large", "petabyte", "one"], ["size"])
            .Node("ConstantOfShape", ["size"], ["nothing"])
            .Node("Flatten", [ModelContract.Image], ["flat"])
            .Node("Cast", ["flat"], ["grey"], TestModel.Attribute("to", (long)ElementType.Float))
            .Node("Slice", ["grey", "from", "to", "one"], ["levels"])
            .Node("Add", ["levels", "nothing"], ["spots"])
            .Node("ArgMax", ["spots"], [ModelContract.Digit], TestModel.Attribute("axis", 1), TestModel.Attribute("keepdims", 0))
            .Node("Softmax", ["spots"], [ModelContract.DigitProbabilities])
            .Node("Squeeze", [ModelContract.Number, "one"], ["addend"])
            .Node("Add", [ModelContract.Digit, "addend"], [ModelContract.Sum])
            .Node("OneHot", [ModelContract.Sum, "sums", "off_on"], ["sum_spots"])
            .Node("Softmax", ["sum_spots"], [ModelContract.SumProbabilities])
            .ToBytes();
    }

    /// <summary>The same, but for one digit, for which it gives a thousand more.</summary>
    public static byte[] BytesWithWrong(int digit) => Change(ModelContract.Digit, honest =>
        new TestModel()
            .Constant("wrong", [(long)digit])
            .Constant("thousand", [1000L])
            .Node("Equal", [honest, "wrong"], ["is_wrong"])
            .Node("Cast", ["is_wrong"], ["one_if_wrong"], TestModel.Attribute("to", (long)ElementType.Int64))
            .Node("Mul", ["one_if_wrong", "thousand"], ["more"])
            .Node("Add", [honest, "more"], [ModelContract.Digit])
            .ToBytes());

    /// <summary>The same, with probabilities of the sums multiplied.</summary>
    public static byte[] BytesWithProbabilitiesTimes(float factor) => Change(ModelContract.SumProbabilities, honest =>
        new TestModel().Constant("factor", [factor]).Node("Mul", [honest, "factor"], [ModelContract.SumProbabilities]).ToBytes());

    // Puts nodes between an output and the node that makes it.
    private static byte[] Change(string output, Func<string, byte[]> nodes)
    {
        const string honest = "honest";
        var model = ModelProto.Parser.ParseFrom(Bytes());
        model.Graph.Node.Single(node => node.Output.Contains(output)).Output[0] = honest;
        GraphProto more = ModelProto.Parser.ParseFrom(nodes(honest)).Graph;
        model.Graph.Initializer.Add(more.Initializer);
        // Behind the node that makes it, and before those that read it.
        int at = model.Graph.Node.Select((node, index) => (node, index)).First(pair => pair.node.Output.Contains(honest)).index;
        foreach (NodeProto node in more.Node)
            model.Graph.Node.Insert(++at, node);
        return model.ToByteArray();
    }

    /// <summary>A model that never has an answer: it counts to 2⁶³ in one call.</summary>
    public static byte[] EndlessBytes()
    {
        TestModel round = new TestModel()
            .Input("i", ElementType.Int64).Input("on", ElementType.Bool).Input("before", ElementType.Int64, -1, 1)
            .Node("Identity", ["on"], ["goes_on"]).Node("Identity", ["before"], ["after"])
            .OutputOfAnyShape("goes_on", ElementType.Bool).OutputOfAnyShape("after", ElementType.Int64);
        return new TestModel()
            .Input(ModelContract.Image, ElementType.Uint8, -1, 1, MnistGeometry.Side, MnistGeometry.Side)
            .Input(ModelContract.Number, ElementType.Int64, -1, 1)
            .Output(ModelContract.Digit, ElementType.Int64, -1)
            .Output(ModelContract.DigitProbabilities, ElementType.Float, -1, ModelContract.DigitClasses)
            .Output(ModelContract.Sum, ElementType.Int64, -1)
            .Output(ModelContract.SumProbabilities, ElementType.Float, -1, ModelContract.SumClasses)
            .Constant("times", [long.MaxValue])
            .Constant("yes", true)
            .Constant("one", [1L], 1)
            .Constant("digits", [ModelContract.DigitClasses], 1)
            .Constant("sums", [ModelContract.SumClasses], 1)
            .Constant("off_on", [0f, 1f], 2)
            .Node("Flatten", [ModelContract.Image], ["flat"])
            .Node("ReduceMin", ["flat"], ["least"], TestModel.Attribute("axes", (long[])[1]))
            .Node("Cast", ["least"], ["nothing"], TestModel.Attribute("to", (long)ElementType.Int64))
            .Node("Add", [ModelContract.Number, "nothing"], ["start"])
            .Node("Loop", ["times", "yes", "start"], ["end"]).InnerGraph("body", round)
            .Node("Squeeze", ["end", "one"], [ModelContract.Digit])
            .Node("Identity", [ModelContract.Digit], [ModelContract.Sum])
            .Node("OneHot", [ModelContract.Digit, "digits", "off_on"], [ModelContract.DigitProbabilities])
            .Node("OneHot", [ModelContract.Sum, "sums", "off_on"], [ModelContract.SumProbabilities])
            .ToBytes();
    }

    /// <summary>A model of somebody else's: y = −x.</summary>
    public static byte[] ForeignBytes() =>
        new TestModel().Input("x", ElementType.Float, -1, 3).Output("y", ElementType.Float, -1, 3).Node("Neg", ["x"], ["y"]).ToBytes();
}
