using MnistAdder.OnnxBatching;

namespace MnistAdder.Serving;

/// <summary>A digit-sum model and how it is applied. One of <see cref="ModelFile"/> and <see cref="ModelBytes"/> is set.</summary>
public sealed record DigitSumOptions
{
    /// <summary>The path of a <c>model.onnx</c>.</summary>
    public string? ModelFile { get; init; }

    /// <summary>The contents of a <c>model.onnx</c>.</summary>
    public byte[]? ModelBytes { get; init; }

    /// <summary>
    /// The column with the image: text is the path of a file, a vector of bytes is an encoded file (PNG, JPEG, BMP, GIF, WebP), a
    /// vector of exactly 784 bytes is raw grey levels of the model's own geometry, and an <c>MLImage</c> is a decoded image.
    /// </summary>
    public string ImageColumn { get; init; } = "path";

    /// <summary>The column with the number to add, 0…9: any integer type, or text that is such a number once spaces are trimmed.</summary>
    public string NumberColumn { get; init; } = ModelContract.Number;

    /// <summary>The folder that relative paths start from; the working directory where it is left out.</summary>
    public string? ImageFolder { get; init; }

    /// <summary>How images are brought to the model's geometry. Raw grey levels are taken as they are.</summary>
    public ImagePreparation Preparation { get; init; } = ImagePreparation.Auto;

    /// <summary>What an image may cost; <see cref="ImageLimits.Default"/> where left out.</summary>
    public ImageLimits? Limits { get; init; }

    /// <summary>The names of the columns that are added.</summary>
    public DigitSumColumns Columns { get; init; } = new();

    /// <summary>Provider, batch size and threads.</summary>
    public InferenceOptions Inference { get; init; } = InferenceOptions.Default;
}

/// <summary>The names of the columns that the digit-sum transform adds.</summary>
public sealed record DigitSumColumns
{
    /// <summary>The most likely digit, Int64, 0…9; −1 in a failed row.</summary>
    public string Digit { get; init; } = nameof(Digit);

    /// <summary>A probability for each digit, Vector&lt;Single, 10&gt;; NaN in a failed row.</summary>
    public string DigitProbabilities { get; init; } = nameof(DigitProbabilities);

    /// <summary>The most likely sum, Int64, 0…18; −1 in a failed row.</summary>
    public string Sum { get; init; } = nameof(Sum);

    /// <summary>A probability for each sum, Vector&lt;Single, 19&gt;; NaN in a failed row.</summary>
    public string SumProbabilities { get; init; } = nameof(SumProbabilities);

    /// <summary>Why a row failed, text; empty where it didn't.</summary>
    public string Error { get; init; } = nameof(Error);

    /// <summary>What casts doubt on a row's image, see <see cref="ImageWarnings"/>, text; empty where nothing does, and in a failed row.</summary>
    public string Warning { get; init; } = nameof(Warning);
}
