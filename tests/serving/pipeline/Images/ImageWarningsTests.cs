namespace MnistAdder.Serving.Tests.Images;

public class ImageWarningsTests
{
    [Theory]
    [InlineData(ImageWarnings.None, null)]
    [InlineData(ImageWarnings.SeveralInks, "several separate inks side by side")]
    [InlineData(ImageWarnings.InkAtBorder, "ink touches the border")]
    [InlineData(ImageWarnings.LittleInk, "hardly any ink")]
    [InlineData(ImageWarnings.Rectangle, "the ink is a rectangle")]
    [InlineData(ImageWarnings.LowContrast, "low contrast")]
    [InlineData(ImageWarnings.LowContrast | ImageWarnings.SeveralInks, "several separate inks side by side; low contrast")]
    [InlineData(ImageWarnings.Rectangle | ImageWarnings.InkAtBorder | ImageWarnings.LittleInk, "ink touches the border; hardly any ink; the ink is a rectangle")]
    public void Warnings_are_joined_in_their_order(ImageWarnings warnings, string? text) => Assert.Equal(text, warnings.ToText());

    [Fact]
    public void Every_combination_has_a_text_of_its_own_that_is_made_once()
    {
        ImageWarnings all = Enum.GetValues<ImageWarnings>().Aggregate((one, other) => one | other);
        ImageWarnings[] combinations = [.. Enumerable.Range(0, (int)all + 1).Select(bits => (ImageWarnings)bits)];

        Assert.Equal(combinations.Length, combinations.Select(warnings => warnings.ToText()).Distinct().Count());
        Assert.All(combinations, warnings => Assert.Same(warnings.ToText(), warnings.ToText()));
    }

    [Theory]
    [InlineData(ImagePreparation.Raw)]
    [InlineData(ImagePreparation.Auto)]
    public void A_picture_that_is_taken_as_it_is_has_none(ImagePreparation preparation)
    {
        var decoder = new DigitImageDecoder(preparation);
        Assert.True(decoder.TryDecode(EncodedBars.Lossless["PNG, grey, 8 bits"], new byte[MnistGeometry.PixelCount], out ImageWarnings warnings, out _));
        Assert.Equal(ImageWarnings.None, warnings);
    }

    [Fact]
    public void A_picture_that_cannot_be_used_has_none()
    {
        Assert.False(new DigitImageDecoder().TryDecode("text"u8, new byte[MnistGeometry.PixelCount], out ImageWarnings warnings, out _));
        Assert.Equal(ImageWarnings.None, warnings);
    }
}
