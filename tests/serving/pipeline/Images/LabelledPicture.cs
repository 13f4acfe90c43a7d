using System.Globalization;

namespace MnistAdder.Serving.Tests.Images;

/// <summary>A picture and what is to be read in it.</summary>
/// <param name="Kind">What kind of picture it is.</param>
/// <param name="Number">Its place among those of its kind.</param>
/// <param name="Digit">The digit that it shows; <see langword="null"/> where a warning or an error is wanted.</param>
/// <param name="File">The encoded picture.</param>
internal sealed record LabelledPicture(string Kind, int Number, int? Digit, byte[] File)
{
    /// <summary>The digit, or <c>-</c>.</summary>
    public string Label => Digit?.ToString(CultureInfo.InvariantCulture) ?? "-";

    /// <summary>Kind, number and digit as the name of a file.</summary>
    public string FileName
    {
        get
        {
            string digit = Digit is null ? "none" : Label;
            string extension = File is [0x89, (byte)'P', ..] ? "png" : "jpg";
            return $"{Kind}-{Number.ToString("00", CultureInfo.InvariantCulture)}-{digit}.{extension}";
        }
    }
}

/// <summary>A picture and the model's answer.</summary>
internal sealed record ScoredPicture(LabelledPicture Picture, DigitSumPrediction Answer)
{
    public bool IsRefused => Answer.Error is not null;

    public bool IsWarned => Answer.Warning is not null;

    /// <summary>Whether the reader of the answer is told that it isn't to be relied on.</summary>
    public bool IsFlagged => IsRefused || IsWarned;

    public bool IsRight => Picture.Digit is { } digit && Answer.Digit == digit;

    /// <summary>Whether the digit is read, or where there is none, a warning or an error given.</summary>
    public bool IsAsWanted => Picture.Digit is null ? IsFlagged : IsRight;

    /// <summary>Scores pictures with a model.</summary>
    public static IEnumerable<ScoredPicture> Score(DigitSumPredictor predictor, IEnumerable<LabelledPicture> pictures) =>
        pictures.Select(picture => new ScoredPicture(picture, predictor.Predict(DigitImage.FromEncoded(picture.File), 0)));
}
