using CsCheck;

namespace MnistAdder.Tests;

public class MnistGeometryTests
{
    private const int Side = MnistGeometry.Side;

    [Fact]
    public void A_picture_without_ink_says_so_and_gives_background()
    {
        byte[] image = [.. Enumerable.Repeat((byte)9, Side * Side)];
        Assert.False(MnistGeometry.Fit(new byte[30 * 20], 30, 20, image));
        Assert.Equal(new byte[Side * Side], image);
    }

    [Fact]
    public void Ink_at_the_threshold_is_none()
    {
        byte[] ink = new byte[100];
        ink[55] = 40;
        Assert.False(MnistGeometry.Fit(ink, 10, 10, new byte[Side * Side], threshold: 40));
        Assert.True(MnistGeometry.Fit(ink, 10, 10, new byte[Side * Side], threshold: 39));
    }

    [Fact]
    public void The_longer_side_of_the_ink_fills_the_box_and_the_aspect_stays() =>
        Gen.Select(Gen.Int[1, 120], Gen.Int[1, 120], Gen.Int[0, 30], Gen.Int[0, 30]).Sample((width, height, left, top) =>
        {
            byte[] image = Fit(Rectangle(160, 160, left, top, width, height), 160, 160);
            (int fittedWidth, int fittedHeight) = InkSize(image);
            double scale = (double)MnistGeometry.Box / Math.Max(width, height);
            return Math.Max(fittedWidth, fittedHeight) == MnistGeometry.Box
                && Math.Abs(fittedWidth - Math.Max(1, width * scale)) <= 0.5
                && Math.Abs(fittedHeight - Math.Max(1, height * scale)) <= 0.5;
        });

    [Fact]
    public void The_place_of_the_ink_in_the_picture_does_not_matter() =>
        Gen.Select(Gen.Byte.Array[12 * 9], Gen.Int[0, 20], Gen.Int[0, 20]).Where(t => t.Item1.Any(level => level > 0)).Sample((ink, left, top) =>
        {
            byte[] moved = new byte[40 * 40];
            for (int y = 0; y < 9; y++)
                ink.AsSpan(y * 12, 12).CopyTo(moved.AsSpan(((top + y) * 40) + left));
            return Fit(ink, 12, 9).AsSpan().SequenceEqual(Fit(moved, 40, 40));
        });

    [Fact]
    public void The_centre_of_mass_lies_within_half_a_pixel_of_MNISTs_where_the_box_has_room() =>
        Gen.Byte.Array[20 * 20].Where(ink => ink.Count(level => level > 0) > 300).Sample(ink =>
        {
            byte[] image = Fit(ink, 20, 20);
            double mass = image.Sum(level => level);
            double x = image.Select((level, i) => level * ((i % Side) + 0.5)).Sum() / mass;
            double y = image.Select((level, i) => level * ((i / Side) + 0.5)).Sum() / mass;
            return Math.Abs(x - MnistGeometry.CentreOfMass) <= 0.51 && Math.Abs(y - MnistGeometry.CentreOfMass) <= 0.51;
        });

    [Fact]
    public void A_digit_of_the_boxs_size_keeps_its_pixels_and_so_does_one_enlarged_by_a_whole_factor() =>
        Gen.Select(Gen.Byte[1, 255].Array[20 * 20], Gen.Int[1, 7]).Sample((ink, factor) =>
        {
            byte[] enlarged = new byte[400 * factor * factor];
            for (int i = 0; i < enlarged.Length; i++)
                enlarged[i] = ink[(i / (20 * factor) / factor * 20) + (i % (20 * factor) / factor)];
            byte[] image = Fit(enlarged, 20 * factor, 20 * factor);
            int first = Array.FindIndex(image, level => level > 0);
            return Enumerable.Range(0, 400).All(i => image[first + (i / 20 * Side) + (i % 20)] == ink[i]);
        });

    [Fact]
    public void Full_ink_stays_full_and_nothing_exceeds_it() =>
        Gen.Select(Gen.Int[1, 100], Gen.Int[1, 100]).Sample((width, height) =>
            Fit(Rectangle(width, height, 0, 0, width, height), width, height).All(level => level is 0 or 255));

    [Fact]
    public void The_box_stays_inside_the_field_however_lopsided_the_mass()
    {
        byte[] ink = new byte[20 * 20];
        ink[0] = 1;
        ink[^1] = 255;
        Assert.Equal((20, 20), InkSize(Fit(ink, 20, 20)));
    }

    [Theory]
    [InlineData(0, 10, 0, 784)]
    [InlineData(10, 0, 0, 784)]
    [InlineData(10, 10, 99, 784)]
    [InlineData(10, 10, 100, 783)]
    public void Sizes_that_do_not_fit_are_refused(int width, int height, int inkLength, int imageLength) =>
        Assert.ThrowsAny<ArgumentException>(() => MnistGeometry.Fit(new byte[inkLength], width, height, new byte[imageLength]));

    private static byte[] Fit(byte[] ink, int width, int height)
    {
        byte[] image = new byte[Side * Side];
        Assert.True(MnistGeometry.Fit(ink, width, height, image));
        return image;
    }

    private static byte[] Rectangle(int width, int height, int left, int top, int inkWidth, int inkHeight)
    {
        byte[] ink = new byte[width * height];
        for (int y = top; y < top + inkHeight; y++)
            ink.AsSpan((y * width) + left, inkWidth).Fill(255);
        return ink;
    }

    private static (int Width, int Height) InkSize(byte[] image)
    {
        int[] ink = [.. Enumerable.Range(0, image.Length).Where(i => image[i] > 0)];
        return (ink.Max(i => i % Side) - ink.Min(i => i % Side) + 1, ink.Max(i => i / Side) - ink.Min(i => i / Side) + 1);
    }
}
