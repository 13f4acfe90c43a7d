using MnistAdder.Training.Data;
using MnistAdder.Training.Data.Synthetic;
using SkiaSharp;

namespace MnistAdder.Training.Tests.Data.Synthetic;

public sealed class PictureFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mnist-adder-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_contact_sheet_shows_a_row_for_each_digit()
    {
        DigitSet digits = Drawn.Digits(60, seed: 1);
        string path = Path.Combine(_folder, "new", "sheet.png");

        ContactSheet.Write(path, digits, columns: 5, magnification: 3);

        using SKBitmap sheet = SKBitmap.Decode(path);
        Assert.Equal((5 * 28 * 3, 10 * 28 * 3), (sheet.Width, sheet.Height));
        for (int digit = 0; digit < 10; digit++)
        {
            ReadOnlySpan<byte> first = digits.Image(digits.Labels.AsSpan().IndexOf((byte)digit));
            for (int i = 0; i < MnistGeometry.PixelCount; i++)
                Assert.Equal(first[i], sheet.GetPixel((i % 28 * 3) + 1, (((digit * 28) + (i / 28)) * 3) + 2).Red);
        }

        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void A_contact_sheet_of_too_few_digits_ends_in_black()
    {
        var two = new DigitSet([.. Enumerable.Repeat((byte)255, 2 * 784)], [3, 3]);
        string path = Path.Combine(_folder, "few.png");

        ContactSheet.Write(path, two, columns: 4, magnification: 1);

        using SKBitmap sheet = SKBitmap.Decode(path);
        Assert.Equal(255, sheet.GetPixel(55, 3 * 28).Red);
        Assert.Equal(0, sheet.GetPixel(56, 3 * 28).Red);
        Assert.Equal(0, sheet.GetPixel(0, 0).Red);
    }

    [Fact]
    public void A_contact_sheet_that_cannot_be_written_is_an_IO_error_and_leaves_nothing()
    {
        string taken = Path.Combine(_folder, "taken");
        Directory.CreateDirectory(taken);

        Exception? error = Record.Exception(() => ContactSheet.Write(taken, Drawn.Digits(10, seed: 1)));

        Assert.True(error is IOException or UnauthorizedAccessException, $"{error}");
        Assert.Equal([taken], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void Samples_are_28_by_28_grey_files_and_the_list_names_each_with_a_number()
    {
        DigitSet digits = Drawn.Digits(20, seed: 11);

        SampleImages.Write(_folder, digits, seed: 11);

        string[] lines = File.ReadAllText(Path.Combine(_folder, SampleImages.ListName)).TrimEnd('\n').Split('\n');
        Assert.Equal("path,number", lines[0]);
        Assert.Equal(20, lines.Length - 1);
        for (int i = 0; i < 20; i++)
        {
            string[] fields = lines[i + 1].Split(',');
            Assert.InRange(int.Parse(fields[1], System.Globalization.CultureInfo.InvariantCulture), 0, 9);
            using SKBitmap picture = SKBitmap.Decode(Path.Combine(_folder, fields[0]));
            Assert.Equal((28, 28, SKColorType.Gray8), (picture.Width, picture.Height, picture.ColorType));
            Assert.Equal(digits.Image(i).ToArray(), picture.Bytes);
        }

        Assert.Equal(21, Directory.GetFiles(_folder).Length);
    }
}
