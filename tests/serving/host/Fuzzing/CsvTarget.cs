using System.Text;
using MnistAdder.Fuzzing;
using MnistAdder.Scoring.Csv;

namespace MnistAdder.Scoring.Tests.Fuzzing;

/// <summary>The table of paths and numbers that <c>score</c> reads.</summary>
internal sealed class CsvTarget() : FuzzTarget("csv", new FuzzLimits(ManagedBytes: 32 << 20))
{
    private static readonly byte[][] s_tokens =
    [
        .. new[] { "\"", "\"\"", ",", "\r", "\n", "\r\n", "\n\n", ";", "\t", "\0", "\uFEFF", "\uFFFD", "\U0001F600", "path", "number", ",,,,", "\",\"", "\"\n", "#" }
            .Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xF0, 0x9F], [0xED, 0xBF, 0xBF],
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. new[]
        {
            "path,number\na.png,1\nb.png,2\n",
            "\uFEFFnumber,id,path\r\n3,\"x, y\",\"folder/\"\"a\"\".png\"\r\n\r\n4,\"two\r\nlines\",b.png",
            "path,number\rä.png,5\r\U0001F600.png, 6 \r",
            "path,number\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"{i}.png,{i}\n")),
        }.Select(Encoding.UTF8.GetBytes),
    ];

    /// <inheritdoc/>
    public override bool Parse(byte[] input)
    {
        using InputTable table = InputTable.Open(new CsvReader(new MemoryStream(input, writable: false), "file"), "file");
        long line = 1, offset = 0;
        foreach (CsvRecord row in table.Rows())
        {
            FuzzException.Require(row.Line > line, "The lines' numbers don't rise.");
            FuzzException.Require(row.Flaw is null || row.Flaw.AsSpan().IndexOfAny('\r', '\n') < 0, "A flaw takes more than a line.");
            FuzzException.Require(row.Fields.Length == table.Columns.Count, "A row has another number of fields than the header.");
            FuzzException.Require(table.Describe(row).AsSpan().IndexOfAny('\r', '\n') < 0, "A row's description takes more than a line.");
            FuzzException.Require(row.Offset > offset && input[row.Offset - 1] is (byte)'\r' or (byte)'\n', "A row begins elsewhere than behind a line.");
            (line, offset) = (row.Line, row.Offset);
        }

        FuzzException.Require(table.BytesRead == input.Length, "The file wasn't read to its end.");
        return true;
    }

    /// <inheritdoc/>
    public override byte[]? EditFormat(byte[] input, Mutator mutator)
    {
        byte[] token = mutator.OneOf(s_tokens);
        if (mutator.OneIn(30))
            token = [.. Enumerable.Repeat(token, 1 << mutator.Below(15)).SelectMany(part => part)];
        return ByteEdits.Insert(input, mutator.Below(input.Length + 1), token);
    }
}
