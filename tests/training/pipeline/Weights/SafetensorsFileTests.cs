using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;
using MnistAdder.Training.Weights;

namespace MnistAdder.Training.Tests.Weights;

public sealed class SafetensorsFileTests : IDisposable
{
    private static readonly Gen<SafetensorsTensor> s_tensor =
        from name in Gen.Char["abc._\"\\/\n\0 é雪"].Array[0, 6].Select(letters => new string(letters))
        from type in Gen.OneOf(SafetensorsType.All.ToArray())
        from shape in Gen.Long[0, 4].Array[0, 4]
        from data in Gen.Byte.Array[(int)shape.Aggregate((long)type.Size, (bytes, size) => bytes * size)]
        select new SafetensorsTensor(name, type, shape, data);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Tensors_and_texts_that_were_written_are_read_back() =>
        Gen.Select(s_tensor.Array[0, 8], Gen.Dictionary(Gen.String.AlphaNumeric, Gen.String.AlphaNumeric)[0, 3]).Sample((drawn, metadata) =>
        {
            SafetensorsTensor[] tensors = [.. drawn.DistinctBy(tensor => tensor.Name)];

            SafetensorsContent content = Read(Written(tensors, metadata));

            Assert.Equal(metadata, content.Metadata);
            Assert.Equal(tensors.Select(Description).Order(StringComparer.Ordinal), content.Tensors.Select(Description).Order(StringComparer.Ordinal));
        });

    [Fact]
    public void The_order_in_which_tensors_come_does_not_change_the_file() =>
        s_tensor.Array[0, 8].Sample(drawn =>
        {
            SafetensorsTensor[] tensors = [.. drawn.DistinctBy(tensor => tensor.Name)];
            Assert.Equal(Written(tensors), Written([.. tensors.Reverse()]));
        });

    [Fact]
    public void Every_element_lies_at_a_multiple_of_its_size() =>
        s_tensor.Array[1, 8].Sample(drawn =>
        {
            byte[] file = Written([.. drawn.DistinctBy(tensor => tensor.Name)]);
            int headerLength = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
            Assert.Equal(0, headerLength % 8);
            int position = 8 + headerLength;
            foreach (SafetensorsTensor tensor in Read(file).Tensors)
            {
                Assert.Equal(0, position % tensor.Type.Size);
                position += tensor.Data.Length;
            }
        });

    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        byte[] file = Written(
            [new("b", SafetensorsType.U8, [2], new byte[] { 1, 2 }), new("a", SafetensorsType.F32, [1, 1], new byte[] { 0, 0, 128, 63 })],
            new Dictionary<string, string> { ["format"] = "pt" });

        const string Header =
            """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}}""";
        string padded = Header.PadRight((Header.Length + 7) / 8 * 8);
        Assert.Equal((ulong)padded.Length, BinaryPrimitives.ReadUInt64LittleEndian(file));
        Assert.Equal(padded, Encoding.UTF8.GetString(file, 8, padded.Length));
        Assert.Equal([0, 0, 128, 63, 1, 2], file[(8 + padded.Length)..]);
    }

    [Fact]
    public void A_longer_file_is_replaced_whole()
    {
        string path = _folder["weights.safetensors"];
        SafetensorsFile.Write(path, [new("long", SafetensorsType.U8, [1000], new byte[1000])]);
        SafetensorsFile.Write(path, [new("short", SafetensorsType.U8, [1], new byte[1])]);
        Assert.Equal("short", Assert.Single(SafetensorsFile.Read(path).Tensors).Name);
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Two_tensors_of_one_name_are_not_written()
    {
        SafetensorsTensor tensor = new("w", SafetensorsType.U8, [1], new byte[1]);
        Exception error = Assert.Throws<ArgumentException>(() => SafetensorsFile.Write(_folder["weights"], [tensor, tensor]));
        Assert.StartsWith("Two tensors are named 'w'.", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Theory]
    [InlineData("w", new long[] { 3 }, "4 bytes are not a tensor 'w' of F32 [3].")]
    [InlineData("w", new long[] { -1, -1 }, "4 bytes are not a tensor 'w' of F32 [-1, -1].")]
    [InlineData("__metadata__", new long[] { 1 }, "__metadata__ is the format's own name, not a tensor's.")]
    public void A_tensor_that_no_file_could_hold_is_not_made(string name, long[] shape, string message)
    {
        Exception error = Assert.Throws<ArgumentException>(() => new SafetensorsTensor(name, SafetensorsType.F32, shape, new byte[4]));
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        string path = _folder["nowhere"];
        Assert.Equal($"There is no file {path}.", Assert.Throws<FileNotFoundException>(() => SafetensorsFile.Read(path)).Message);
    }

    [Theory]
    [InlineData("""[]""", 0, "its header is not a JSON object in UTF-8")]
    [InlineData(""" {}""", 0, "its header is not a JSON object in UTF-8")]
    [InlineData("", 0, "its header is not a JSON object in UTF-8")]
    [InlineData("{}", 3, "3 bytes follow its last tensor")]
    [InlineData("""{"__metadata__":[]}""", 0, "__metadata__ is not an object")]
    [InlineData("""{"__metadata__":{"a":1}}""", 0, "the value of 'a' in __metadata__ is not a text")]
    [InlineData("""{"__metadata__":{"a":"1","a":"2"}}""", 0, "__metadata__ has the name 'a' twice")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", 0, "its header has the name '__metadata__' twice")]
    [InlineData("""{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"w":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "its header has the name 'w' twice")]
    [InlineData("""{"w":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 3, "tensor 'w' ends at byte 4, but only 3 bytes follow the header")]
    [InlineData("""{"w":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 5, "1 bytes follow its last tensor")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,4]}}""", 4, "tensor 'w' has 4 bytes, but F32 [4] takes 16")]
    [InlineData("""{"w":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}""", 4, "tensor 'w' has the unknown dtype \"F31\"")]
    [InlineData("""{"w":{"dtype":32,"shape":[1],"data_offsets":[0,4]}}""", 4, "tensor 'w' has the unknown dtype 32")]
    [InlineData("""{"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "tensor 'w' has a shape that is not a list of sizes")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "tensor 'w' has a shape that is not a list of sizes")]
    [InlineData("""{"w":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""", 4, "tensor 'w' has a shape that is not a list of sizes")]
    [InlineData("""{"w":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}""", 4, "tensor 'w' has a shape that is not a list of sizes")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}""", 4, "tensor 'w' has a shape that is not a list of sizes")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "tensor 'w' has data_offsets that are not a begin and an end")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 4, "tensor 'w' has data_offsets that are not a begin and an end")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}""", 4, "tensor 'w' has data_offsets that are not a begin and an end")]
    [InlineData("""{"w":7}""", 4, "tensor 'w' is not described by dtype, shape and data_offsets alone")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1]}}""", 4, "tensor 'w' is not described by dtype, shape and data_offsets alone")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"strides":[1]}}""", 4, "tensor 'w' is not described by dtype, shape and data_offsets alone")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}""", 4, "tensor 'w' is not described by dtype, shape and data_offsets alone")]
    [InlineData("""{"v":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"w":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""", 4, "tensor 'w' overlaps the tensor before it")]
    [InlineData("""{"w":{"dtype":"U8","shape":[2],"data_offsets":[3,5]},"v":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 5, "tensor 'w' leaves a gap of 2 bytes before it")]
    public void A_malformed_file_is_refused_with_the_tensor_at_fault(string header, int dataLength, string reason)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        Assert.Equal($"f is not a valid safetensors file: {reason}.", Refusal([.. Prefix((ulong)json.Length), .. json, .. new byte[dataLength]]));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{}x")]
    [InlineData("""{"w\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""")]
    [InlineData("""{"__metadata__":{"a":"\udc00"}}""")]
    public void A_header_that_is_not_JSON_is_refused(string header)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        Assert.Equal("f is not a safetensors file: its header is not valid JSON.", Refusal([.. Prefix((ulong)json.Length), .. json, 0]));
    }

    [Fact]
    public void A_header_that_is_not_UTF_8_is_refused() =>
        Assert.Equal("f is not a valid safetensors file: its header is not a JSON object in UTF-8.", Refusal([.. Prefix(3), (byte)'{', 0xff, (byte)'}']));

    [Fact]
    public void A_header_length_that_cannot_be_is_refused()
    {
        Assert.Equal("f is not a safetensors file: it is shorter than the 8 bytes of a header's length.", Refusal([1, 2, 3]));
        Assert.Equal("f is cut short: its header is to have 10000000 bytes and 2 are there.", Refusal([.. Prefix(10_000_000), .. "{}"u8]));
        Assert.Equal(
            "f is not a safetensors file: a header of 18446744073709551615 bytes is more than the 16777216 that are read.",
            Refusal([.. Prefix(ulong.MaxValue), .. "{}"u8]));
    }

    [Theory]
    [InlineData(100_000, "", """ "n#":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}""", "its header has more than 10000 names.")]
    [InlineData(1_000_000, "", """ "n#":0""", "its header has more than 10000 names.")]
    [InlineData(500_000, """ "__metadata__":{""", """ "n#":"" """, "its header has more than 320000 JSON tokens.")]
    [InlineData(1_000_000, """ "n":{"dtype":"F32","shape":[""", "#", "its header has more than 320000 JSON tokens.")]
    public void Very_many_names_or_sizes_are_refused_before_much_memory_is_spent_on_them(int count, string start, string element, string reason)
    {
        IEnumerable<string> elements = Enumerable.Range(0, count).Select(i => element.Replace("#", i.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
        byte[] json = Encoding.UTF8.GetBytes($"{{{start}{string.Join(',', elements)}");
        byte[] file = [.. Prefix((ulong)json.Length), .. json];

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal($"f is not a valid safetensors file: {reason}", Refusal(file));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, json.Length, json.Length + (1 << 20));
    }

    [Fact]
    public void Any_damaged_byte_gives_other_content_or_a_refusal_and_nothing_else()
    {
        byte[] whole = Written(
            [new("conv.weight", SafetensorsType.F32, [2, 3], new byte[24]), new("steps", SafetensorsType.I64, [], new byte[8])],
            new Dictionary<string, string> { ["epoch"] = "3" });
        var random = new Random(20);
        int refused = 0;
        for (int trial = 0; trial < 1000; trial++)
        {
            byte[] damaged = [.. whole[..(random.Next(4) == 0 ? random.Next(whole.Length) : whole.Length)]];
            for (int change = random.Next(1, 4); change > 0 && damaged.Length > 0; change--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            Exception? error = Record.Exception(() => Read(damaged));
            if (error is null)
                continue;
            Assert.IsType<InvalidDataException>(error);
            refused++;
        }

        Assert.InRange(refused, 500, 999);
    }

    [Fact]
    public async Task Python_reads_the_same_numbers_with_its_standard_library_alone()
    {
        const string Python = "/usr/bin/python3";
        Assert.SkipUnless(File.Exists(Python), $"There is no {Python}.");
        SafetensorsFile.Write(
            _folder["weights.safetensors"],
            [new("b", SafetensorsType.I64, [2], Bytes([-1L, 1L << 40])), new("a", SafetensorsType.F32, [1, 2], Bytes([0.5f, -2f]))],
            new Dictionary<string, string> { ["recipe"] = "seed" });
        const string Reader =
            """
            import json, struct, sys
            data = open(sys.argv[1], "rb").read()
            start = 8 + struct.unpack_from("<Q", data)[0]
            header = json.loads(data[8:start])
            result = {"metadata": header.pop("__metadata__")}
            for name, tensor in header.items():
                begin, end = tensor["data_offsets"]
                code = {"F32": "f", "I64": "q"}[tensor["dtype"]]
                result[name] = [v[0] for v in struct.iter_unpack("<" + code, data[start + begin:start + end])]
            print(json.dumps(result, sort_keys=True))
            """;

        var start = new ProcessStartInfo(Python, ["-c", Reader, _folder["weights.safetensors"]]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

        Assert.Equal("""{"a": [0.5, -2.0], "b": [-1, 1099511627776], "metadata": {"recipe": "seed"}}""", output.Trim());
    }

    private static byte[] Bytes<T>(T[] numbers)
        where T : unmanaged => System.Runtime.InteropServices.MemoryMarshal.AsBytes(numbers.AsSpan()).ToArray();

    private static byte[] Prefix(ulong headerLength)
    {
        byte[] prefix = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, headerLength);
        return prefix;
    }

    private static byte[] Written(IEnumerable<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        using var stream = new MemoryStream();
        SafetensorsFile.Write(stream, tensors, metadata);
        return stream.ToArray();
    }

    private static SafetensorsContent Read(byte[] file)
    {
        using var stream = new MemoryStream(file);
        return SafetensorsFile.Read(stream, "f");
    }

    private static string Refusal(byte[] file) => Assert.Throws<InvalidDataException>(() => Read(file)).Message;

    private static string Description(SafetensorsTensor tensor) =>
        JsonSerializer.Serialize(new { tensor.Name, Type = tensor.Type.Name, tensor.Shape, Data = tensor.Data.ToArray() });
}
