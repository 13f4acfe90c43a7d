using System.Globalization;

namespace MnistAdder.Serving.Tests.Images;

/// <summary>
/// What the released model makes of drawn pictures: of all untidy pictures of a digit together 85 in 100 at least are read right; every
/// picture without a digit, or with several, has a warning or an error; clean digits are read, 98 in 100 of them at least, and at most 1 in 100
/// has one.
/// </summary>
public sealed class UntidyPicturesTests(ITestOutputHelper output) : IDisposable
{
    private const int CleanPictures = 200;

    private readonly DigitSumPredictor _predictor = new(Path.Combine(Repository.Root, "artifacts", "pretrained", "model.onnx"));

    public static TheoryData<string> DigitlessKinds => [.. DigitlessPictures.Kinds];

    public void Dispose() => _predictor.Dispose();

    [Fact]
    public void Digits_in_untidy_pictures_are_read()
    {
        ScoredPicture[] scored = [.. ScoredPicture.Score(_predictor, UntidyPictures.Kinds.SelectMany(kind => UntidyPictures.Of(kind)))];
        foreach (IGrouping<string, ScoredPicture> kind in scored.GroupBy(picture => picture.Picture.Kind))
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kind.Key}: {kind.Count(picture => picture.IsRight)} of {kind.Count()}"));
        Assert.InRange(scored.Count(picture => picture.IsRight), 0.85 * scored.Length, scored.Length);
    }

    [Theory]
    [MemberData(nameof(DigitlessKinds))]
    public void Pictures_without_one_digit_are_flagged(string kind) =>
        Assert.Empty(ScoredPicture.Score(_predictor, DigitlessPictures.Of(kind))
            .Where(picture => !picture.IsAsWanted)
            .Select(picture => string.Create(CultureInfo.InvariantCulture, $"{picture.Picture.FileName} was read as {picture.Answer.Digit}")));

    [Fact]
    public void Clean_digits_are_read_and_not_flagged()
    {
        ScoredPicture[] scored = [.. ScoredPicture.Score(_predictor, UntidyPictures.Of(UntidyPictures.Clean, CleanPictures))];
        Assert.InRange(scored.Count(picture => picture.IsRight), 0.98 * CleanPictures, CleanPictures);
        Assert.InRange(scored.Count(picture => picture.IsFlagged), 0, 0.01 * CleanPictures);
    }
}
