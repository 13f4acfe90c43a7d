using Microsoft.ML.Data;

namespace MnistAdder.Training.Data;

/// <summary>A row of the data that <see cref="DigitSumTrainer"/> learns from and is judged on.</summary>
public sealed class DigitRow
{
    /// <summary>The column of labels.</summary>
    public const string LabelColumn = "label";

    /// <summary>The column of right sums, in the rows that a model is judged on.</summary>
    public const string SumLabelColumn = "sum_label";

    /// <summary>28×28 grey levels in MNIST geometry, 0 = background, 255 = full ink.</summary>
    [ColumnName(ModelContract.Image)]
    [VectorType(MnistGeometry.PixelCount)]
    public required byte[] Image { get; init; }

    /// <summary>The number to add, 0…9. Training draws its own.</summary>
    [ColumnName(ModelContract.Number)]
    public long Number { get; init; }

    /// <summary>What the answer should be: label + number, 0…18. Training makes its own.</summary>
    [ColumnName(SumLabelColumn)]
    public long SumLabel => Label + Number;

    /// <summary>The digit in the image, 0…9.</summary>
    [ColumnName(LabelColumn)]
    public byte Label { get; init; }
}
