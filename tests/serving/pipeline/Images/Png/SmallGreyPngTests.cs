using System.IO.Compression;
using CsCheck;
using MnistAdder.Serving.Images.Png;
using SkiaSharp;

namespace MnistAdder.Serving.Tests.Images.Png;

public class SmallGreyPngTests
{
    private const int Side = MnistGeometry.Side;

    // 28×28 noise of which one byte was changed.
    private const string ChangedInItsLastSymbol =
        "789C4D925F48D35114C73F79034324D05E12A1A21EB237492A11A1EC454344FAA3644960692B34EC2524052D495367FE2770A6E862E618B929B18DB9"
        + "19B6503699859A4B4D0C9B88A5E148F06F14F7378DCEC33D97FBB9E79CEFBDE788F035A4FD502BEEA591FF4C680D472E645B512F565FF612E9D90EDC"
        + "E5C120FD15A26ECB366E65AEB61A2FF19FBE141F5C55E0E06CBDEBA1A871678E7E883BAB9C04AD3C0DF603E16B2F7AEB5942C028CD26C8E8B8AD5981"
        + "E885C85FACD15B32206BE6B9817207E31A8D0C0E5B8849EB040A74ABE588BDAE67E0002264B1AD82E20EC9D00D196D08CDC91DDD9245E5274DD9A31C"
        + "F17345CED6EC57A54277C84FBB09A31E770BD5A629B40EEAF5EF12DA0DC7BB057E30811E96BDF46F0089337A8EA51A0CDD88B86FC9D381BC5ED8A0DA"
        + "76DE8ECA63C420D5C64E4C07E7DD3529F8DA1889B659F010B60EEC1313F0DB65823B9956C6C8792E138F34AF8776E9D916E0AF00523A932DA8AF174B"
        + "86AA994D3D3489068B646CF82DDC5F2924EB23215BF181DE988525A0C60FBEF4DA36DF0D2E7D7E92BB56066D213922C01267A086366A2AEDDEF43ACA"
        + "809E84C702865B60A65B0F3D5D6007D54E323782881AB9D3C339A5385882FEC8550782A38BF073CF7BF88A5D6BD65DB9E8940C1DF92EC122A8474A94"
        + "98D3661D134E651BB370AF41361BFAFA20D607E63AEBEE6C2DE0AEEADB510B3E728787D228BEF56FFE4E391558AAD6143919A615068CEDCA3F4F6E7A"
        + "9C32ED74E35BCDE4F7BA4660FF066FD2E1C412592AD91590A74DE6C633F3B265DCD41EF667B89103D52E521EBD0E94980F38ED722172E6804A319534"
        + "16DDD90A5C4D958F08DDACDA9C74A0EA2FFCF5FDBD";

    private static readonly Gen<byte[]> s_pixels = Gen.OneOf(
        Gen.Byte.Array[Side * Side],
        Gen.OneOf(Gen.Const((byte)0), Gen.Const((byte)0), Gen.Const((byte)0), Gen.Byte).Array[Side * Side]);

    [Fact]
    public void Every_filter_and_level_gives_the_pixels_that_were_written_and_the_full_decoder_agrees() =>
        Gen.Select(s_pixels, Gen.Int[0, 4].Array[Side], Gen.Enum<CompressionLevel>()).Sample((pixels, filters, level) =>
        {
            byte[] rows = PngBytes.Filter(pixels, Side, y => filters[y]);
            byte[] file = File(PngBytes.Chunk("IDAT", PngBytes.Deflate(rows, level)));
            byte[] fast = new byte[Side * Side];
            return SmallGreyPng.TryDecode(file, fast) && fast.AsSpan().SequenceEqual(pixels) && ByFullDecoder(file)!.AsSpan().SequenceEqual(pixels);
        }, iter: 500);

    [Theory]
    [InlineData("pHYs", new byte[] { 0, 0, 11, 19, 0, 0, 11, 19, 1 })]
    [InlineData("tIME", new byte[] { 7, 234, 1, 1, 1, 1, 1 })]
    [InlineData("tEXt", new byte[] { 65, 0, 66 })]
    [InlineData("gAMA", new byte[] { 0, 0, 177, 143 })]
    [InlineData("gAMA", new byte[] { 0, 1, 134, 160 })]
    [InlineData("sBIT", new byte[] { 8 })]
    [InlineData("sRGB", new byte[] { 0 })]
    public void Chunks_that_change_no_level_keep_a_file_on_the_fast_path(string type, byte[] body)
    {
        byte[] pixels = Noise();
        byte[] file = File(PngBytes.Chunk(type, body), PngBytes.Chunk("IDAT", PngBytes.Deflate(PngBytes.Filter(pixels, Side, _ => 1))));
        byte[] fast = new byte[Side * Side];
        Assert.True(SmallGreyPng.TryDecode(file, fast));
        Assert.Equal(pixels, fast);
        Assert.Equal(pixels, ByFullDecoder(file));
    }

    [Fact]
    public void Several_data_chunks_are_left_to_the_full_decoder_which_gives_the_same_pixels() =>
        Gen.Select(s_pixels, Gen.Int[1, 60]).Sample((pixels, piece) =>
        {
            byte[] data = PngBytes.Deflate(PngBytes.Filter(pixels, Side, y => y % 5));
            byte[] file = File([.. data.Chunk(piece).Select(part => PngBytes.Chunk("IDAT", part))]);
            byte[] decoded = new byte[Side * Side];
            bool fast = SmallGreyPng.TryDecode(file, decoded);
            return fast == data.Length <= piece
                && new DigitImageDecoder(ImagePreparation.Raw).TryDecode(file, decoded, out _, out _)
                && decoded.AsSpan().SequenceEqual(pixels);
        }, iter: 200);

    [Fact]
    public void A_changed_file_is_decoded_as_the_full_decoder_does_or_left_to_it() =>
        Gen.Select(s_pixels, Gen.Int[0, 4], Gen.Int[0, int.MaxValue], Gen.Byte[1, 255], Gen.Bool).Sample((pixels, filter, place, change, mendCheck) =>
        {
            byte[] data = PngBytes.Deflate(PngBytes.Filter(pixels, Side, _ => filter));
            if (mendCheck)
                data[place % data.Length] ^= change;
            byte[] file = File(PngBytes.Chunk("IDAT", data));
            if (!mendCheck)
                file[place % file.Length] ^= change;
            byte[] fast = new byte[Side * Side];
            return !SmallGreyPng.TryDecode(file, fast) || fast.AsSpan().SequenceEqual(ByFullDecoder(file));
        }, iter: 3000);

    [Theory]
    [InlineData(CompressionLevel.Optimal)]
    [InlineData(CompressionLevel.NoCompression)]
    public void Data_that_end_before_their_last_block_or_check_sum_does_are_left_to_the_full_decoder_which_refuses_them(CompressionLevel level)
    {
        byte[] pixels = [.. Noise().Select(grey => (byte)(grey & 15))];
        byte[] data = PngBytes.Deflate(PngBytes.Filter(pixels, Side, _ => 0), level);
        Assert.All(Enumerable.Range(1, 6), missing =>
        {
            byte[] file = File(PngBytes.Chunk("IDAT", data[..^missing]));
            Assert.False(SmallGreyPng.TryDecode(file, new byte[Side * Side]));
            Assert.Null(ByFullDecoder(file));
        });
    }

    // Found by the test above: the change makes another symbol of the last one, the end of the block, so that all rows are full, the
    // last of them with other pixels, when the data end.
    [Fact]
    public void A_change_of_the_last_symbol_is_left_to_the_full_decoder_which_refuses_it()
    {
        byte[] file = File(PngBytes.Chunk("IDAT", Convert.FromHexString(ChangedInItsLastSymbol)));
        Assert.False(SmallGreyPng.TryDecode(file, new byte[Side * Side]));
        Assert.Null(ByFullDecoder(file));
    }

    [Fact]
    public void Data_that_ask_for_a_dictionary_are_left_to_the_full_decoder_which_refuses_them()
    {
        byte[] data = PngBytes.Deflate(new byte[Side * (Side + 1)]);
        data[1] = 0x3F; // FDICT, and the check bits that go with it: RFC 1950, 2.2
        byte[] file = File(PngBytes.Chunk("IDAT", data));
        Assert.False(SmallGreyPng.TryDecode(file, new byte[Side * Side]));
        Assert.Null(ByFullDecoder(file));
    }

    [Theory]
    [InlineData("PLTE", 3)]
    [InlineData("tRNS", 2)]
    [InlineData("sBIT", 1)]
    [InlineData("ABCD", 1)]
    public void Chunks_that_might_matter_are_left_to_the_full_decoder(string type, int length) =>
        Assert.False(SmallGreyPng.TryDecode(
            File(PngBytes.Chunk(type, new byte[length]), PngBytes.Chunk("IDAT", PngBytes.Deflate(new byte[Side * (Side + 1)]))), new byte[Side * Side]));

    [Theory]
    [InlineData(28, 28, 16, 0, false)]
    [InlineData(28, 28, 8, 3, false)]
    [InlineData(28, 28, 8, 0, true)]
    [InlineData(28, 27, 8, 0, false)]
    [InlineData(27, 28, 8, 0, false)]
    public void Other_kinds_of_file_are_left_to_the_full_decoder(int width, int height, int bitDepth, int colourType, bool interlaced) =>
        Assert.False(SmallGreyPng.TryDecode(
            PngBytes.File(width, height, bitDepth, colourType, new byte[Side * (Side + 1)], interlaced), new byte[Side * Side]));

    private static byte[] File(params byte[][] chunks) =>
        PngBytes.Join([PngBytes.Signature, PngBytes.Header(Side, Side, 8, 0), .. chunks, PngBytes.Chunk("IEND", [])]);

    private static byte[] Noise()
    {
        byte[] pixels = new byte[Side * Side];
        new Random(5).NextBytes(pixels);
        return pixels;
    }

    private static byte[]? ByFullDecoder(byte[] file)
    {
        using SKData data = SKData.CreateCopy(file);
        using SKCodec? codec = SKCodec.Create(data);
        byte[] pixels = new byte[Side * Side];
        unsafe
        {
            fixed (byte* first = pixels)
            {
                var wanted = new SKImageInfo(Side, Side, SKColorType.Gray8, SKAlphaType.Opaque);
                return codec?.GetPixels(wanted, (IntPtr)first) == SKCodecResult.Success ? pixels : null;
            }
        }
    }
}
