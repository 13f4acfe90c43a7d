using System.Buffers.Binary;
using CsCheck;
using MnistAdder.Serving.Images;
using MnistAdder.Serving.Tests.Images.Png;
using SkiaSharp;

namespace MnistAdder.Serving.Tests.Images;

public class ExifOrientationTests
{
    private const int Side = MnistGeometry.Side;
    private const int PngHeaderEnd = 8 + 25, PngEndLength = 12;

    private static readonly byte[] s_turned = EncodedBars.Exif(6, littleEndian: false);

    public static TheoryData<int> Orientations => [.. Enumerable.Range(1, 8)];

    [Theory]
    [MemberData(nameof(Orientations))]
    public void A_JPEG_file_is_turned_upright(int orientation)
    {
        byte[] file = EncodedBars.WithExif(EncodedBars.Corner(orientation).Encoded(SKEncodedImageFormat.Jpeg, 100), EncodedBars.Exif(orientation, littleEndian: false));
        Assert.All(Decode(Upright()).Zip(Decode(file)), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 20));
    }

    [Theory]
    [MemberData(nameof(Orientations))]
    public void A_PNG_file_is_turned_upright_by_either_byte_order_before_or_behind_its_pixels(int orientation)
    {
        byte[] stored = EncodedBars.Corner(orientation).Encoded(), upright = Decode(Upright());
        foreach (bool littleEndian in (bool[])[false, true])
        {
            byte[] chunk = PngBytes.Chunk("eXIf", EncodedBars.Exif(orientation, littleEndian));
            Assert.Equal(upright, Decode(AfterHeader(stored, chunk)));
            Assert.Equal(upright, Decode(BeforeEnd(stored, chunk)));
        }
    }

    [Theory]
    [MemberData(nameof(Orientations))]
    public void A_WebP_file_is_turned_upright(int orientation)
    {
        using SKBitmap stored = EncodedBars.Corner(orientation);
        using SKPixmap pixels = stored.PeekPixels();
        using SKData data = pixels.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 50));
        Assert.Equal(Decode(Upright()), Decode(InWebp(data.ToArray(), EncodedBars.Exif(orientation, littleEndian: true))));
    }

    [Theory]
    [InlineData(ImagePreparation.Raw)]
    [InlineData(ImagePreparation.Auto)]
    public void A_small_grey_PNG_file_is_no_exception(ImagePreparation preparation)
    {
        byte[] lying = Decode(AfterHeader(EncodedBars.Lossless["PNG, grey, 8 bits"], PngBytes.Chunk("eXIf", s_turned)), preparation);
        byte[] standing = Decode(EncodedBars.Lossless["PNG, grey, 8 bits"], preparation);
        Assert.NotEqual(standing, lying);
        Assert.Equal(standing, lying.Select((_, i) => lying[((i % Side) * Side) + Side - 1 - (i / Side)]));
    }

    [Fact]
    public void A_picture_that_is_not_square_changes_its_sides()
    {
        byte[] file = AfterHeader(DrawnDigits.Sheet(40, 30, SKColors.White).Encoded(), PngBytes.Chunk("eXIf", s_turned));
        Assert.False(new DigitImageDecoder(ImagePreparation.Raw).TryDecode(file, new byte[Side * Side], out _, out string? error));
        Assert.Equal("the image is 30×40 pixels; raw preparation takes only 28×28", error);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(255)]
    public void An_orientation_that_is_none_turns_nothing(int orientation) => AssertLeft(EncodedBars.Exif(orientation, littleEndian: true));

    [Fact]
    public void Damaged_EXIF_data_turn_nothing()
    {
        for (int length = 0; length < s_turned.Length - 4; length++)
            AssertLeft(s_turned[..length]);
        // Whatever stands before the orientation, but for the header's 42, which is not looked at, and for the number of entries, of which
        // there are never more than have room.
        foreach (int at in Enumerable.Range(0, 18).Except([2, 3, 8, 9]))
            AssertLeft([.. s_turned[..at], 0xFF, .. s_turned[(at + 1)..]]);
    }

    [Fact]
    public void A_chunk_with_a_wrong_check_sum_is_passed_over_and_the_first_of_the_others_counts()
    {
        byte[] stored = EncodedBars.Corner(1).Encoded(), right = PngBytes.Chunk("eXIf", s_turned), other = PngBytes.Chunk("eXIf", EncodedBars.Exif(3, littleEndian: true));
        byte[] wrong = [.. right[..^1], (byte)~right[^1]];
        Assert.Equal(Decode(stored), Decode(AfterHeader(stored, wrong)));
        Assert.Equal(Decode(AfterHeader(stored, right)), Decode(AfterHeader(stored, [.. wrong, .. right, .. other])));
        Assert.Equal(Decode(stored), Decode([.. stored, .. right]));
    }

    [Fact]
    public void Whatever_the_data_PNG_is_turned_as_JPEG_is()
    {
        byte[] jpeg = EncodedBars.Corner(1).Encoded(SKEncodedImageFormat.Jpeg, 100), png = EncodedBars.Corner(1).Encoded();
        // Bytes that mean something are as frequent as others.
        Gen<byte> value = Gen.OneOf(Gen.Byte[0, 20], Gen.Int[0, 3].Select(index => "IM*\xFF"[index]).Select(letter => (byte)letter));
        Gen<(int At, byte Value)> edit = Gen.Select(Gen.Int[0, 39], value);
        Gen.Select(Gen.Int[1, 8], Gen.Bool, value.Array[14], edit.Array[0, 4], Gen.Int[0, 40]).Sample((orientation, littleEndian, more, edits, length) =>
        {
            byte[] exif = [.. EncodedBars.Exif(orientation, littleEndian), .. more];
            foreach ((int at, byte changed) in edits)
                exif[at] = changed;
            exif = exif[..length];
            Assert.Equal(Origin(EncodedBars.WithExif(jpeg, exif)), Origin(AfterHeader(png, PngBytes.Chunk("eXIf", exif))));
        });
    }

    [Fact]
    public void The_decoder_does_not_read_it_from_PNG_itself_yet()
    {
        using var data = SKData.CreateCopy(AfterHeader(EncodedBars.Corner(1).Encoded(), PngBytes.Chunk("eXIf", s_turned)));
        using var codec = SKCodec.Create(data);
        Assert.Equal(SKEncodedOrigin.TopLeft, codec.EncodedOrigin);
    }

    private static void AssertLeft(byte[] exif) =>
        Assert.Equal(SKEncodedOrigin.TopLeft, Origin(AfterHeader(EncodedBars.Corner(1).Encoded(), PngBytes.Chunk("eXIf", exif))));

    private static SKEncodedOrigin Origin(byte[] file)
    {
        using var data = SKData.CreateCopy(file);
        using var codec = SKCodec.Create(data);
        return ExifOrientation.Of(file, codec);
    }

    private static byte[] Upright() => EncodedBars.Corner(1).Encoded();

    private static byte[] AfterHeader(byte[] png, byte[] chunks) => [.. png[..PngHeaderEnd], .. chunks, .. png[PngHeaderEnd..]];

    private static byte[] BeforeEnd(byte[] png, byte[] chunks) => [.. png[..^PngEndLength], .. chunks, .. png[^PngEndLength..]];

    // The extended format: a header with the flag for EXIF and the size less one, the pixels, the EXIF data.
    private static byte[] InWebp(byte[] webp, byte[] exif)
    {
        byte[] body =
        [
            .. "WEBPVP8X"u8, 10, 0, 0, 0, 0x08, 0, 0, 0, Side - 1, 0, 0, Side - 1, 0, 0,
            .. webp[12..], .. "EXIF"u8, (byte)exif.Length, 0, 0, 0, .. exif,
        ];
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, body.Length);
        return [.. "RIFF"u8, .. length, .. body];
    }

    private static byte[] Decode(byte[] file, ImagePreparation preparation = ImagePreparation.Raw)
    {
        byte[] pixels = new byte[Side * Side];
        Assert.True(new DigitImageDecoder(preparation).TryDecode(file, pixels, out _, out string? error), error);
        return pixels;
    }
}
