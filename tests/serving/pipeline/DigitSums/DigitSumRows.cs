using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MnistAdder.Serving.Tests.DigitSums;

/// <summary>A row with the image in every form, and the number in every type.</summary>
internal sealed class ImageRow
{
    [ColumnName("path")]
    public string Path { get; set; } = "";

    [ColumnName("number")]
    public long Number { get; set; }

    public byte[] Encoded { get; set; } = [];

    [VectorType(MnistGeometry.PixelCount)]
    public byte[] Pixels { get; set; } = new byte[MnistGeometry.PixelCount];

    [ImageType(MnistGeometry.Side, MnistGeometry.Side)]
    public MLImage? Picture { get; set; }

    public string NumberText { get; set; } = "";

    public byte NumberByte { get; set; }

    public int NumberInt { get; set; }

    public ulong NumberUnsigned { get; set; }

    public float NumberSingle { get; set; }
}

/// <summary>What the transform adds.</summary>
internal sealed class DigitSumRow
{
    public long Digit { get; set; }

    [VectorType(ModelContract.DigitClasses)]
    public float[] DigitProbabilities { get; set; } = [];

    public long Sum { get; set; }

    [VectorType(ModelContract.SumClasses)]
    public float[] SumProbabilities { get; set; } = [];

    public string Error { get; set; } = "";

    public string Warning { get; set; } = "";

    /// <summary>The four columns that stock ML.NET gives, vectors all, in the order of these properties.</summary>
    public static DigitSumRow FromStock(object?[] values) => new()
    {
        Digit = (long)((object[])values[0]!)[0],
        DigitProbabilities = [.. ((object[])values[1]!).Cast<float>()],
        Sum = (long)((object[])values[2]!)[0],
        SumProbabilities = [.. ((object[])values[3]!).Cast<float>()],
    };

    /// <summary>All of it as values that compare.</summary>
    public override string ToString() =>
        $"{Digit} {Sum} [{string.Join(' ', DigitProbabilities)}] [{string.Join(' ', SumProbabilities)}] {Error} {Warning}";
}
