using System.Globalization;
using System.Text;
using CsCheck;
using MnistAdder.Scoring.Csv;
using MnistAdder.Scoring.Output;

namespace MnistAdder.Scoring.Tests;

public sealed class CsvRoundTripTests
{
    // Characters that CSV cares about are as frequent as others.
    private static readonly Gen<string> s_field =
        Gen.OneOf(Gen.Int[0, 6].Select(index => ",\"\r\n #;"[index]), Gen.Char['a', 'z']).Array[0, 8].Select(text => new string(text));

    [Fact]
    public void What_is_written_reads_back_field_by_field() => s_field.Array[3].List[0, 6].Sample(rows =>
    {
        string text = Write(rows);
        using var records = new CsvReader(new MemoryStream(Encoding.UTF8.GetBytes(text)), "rows.csv");
        Assert.True(records.TryRead(out CsvRecord? header));
        Assert.Equal(["a", "b", "c", "digit", "digit_confidence", "sum", "sum_confidence", "error", "warning"], header.Fields);
        foreach (string[] row in rows)
        {
            Assert.True(records.TryRead(out CsvRecord? record));
            Assert.Equal(row, record.Fields[..3]);
            Assert.Equal(["", "", "", "", "why", ""], record.Fields[3..]);
        }

        Assert.False(records.TryRead(out _));
    });

    [Fact]
    public void A_record_knows_the_line_that_it_begins_in() => s_field.Array[3].List[1, 6].Sample(rows =>
    {
        string text = Write(rows);
        using var records = new CsvReader(new MemoryStream(Encoding.UTF8.GetBytes(text)), "rows.csv");
        records.TryRead(out _);
        long line = 2;
        foreach (string[] row in rows)
        {
            Assert.True(records.TryRead(out CsvRecord? record));
            Assert.Equal(line, record.Line);
            line += 1 + row.Sum(field => field.Replace("\r\n", "\n", StringComparison.Ordinal).Count(character => character is '\r' or '\n'));
        }
    });

    [Theory]
    [InlineData(0.99999994f, "0.99999994")]
    [InlineData(1f, "1")]
    [InlineData(0.1f, "0.1")]
    public void A_confidence_has_the_fewest_digits_that_give_it_back(float confidence, string expected)
    {
        float[] digits = new float[ModelContract.DigitClasses], sums = new float[ModelContract.SumClasses];
        digits[9] = sums[18] = confidence;
        var row = TestRows.Row(["x"]);
        var answer = new Prediction(9, digits, 18, sums);
        Assert.Equal($"x,9,{expected},18,{expected},,\n", Write(["a"], new OutputRow(row, answer, null, null)).Split("warning\n")[1]);
        Assert.Equal(confidence, float.Parse(expected, CultureInfo.InvariantCulture));
    }

    private static string Write(IEnumerable<string[]> rows) =>
        Write(["a", "b", "c"], [.. rows.Select(row => new OutputRow(TestRows.Row(row, "why"), null, "why", null))]);

    private static string Write(string[] columns, params OutputRow[] rows)
    {
        using var output = new MemoryStream();
        using (var writer = new CsvRowWriter(output, new OutputColumns("rows.csv", columns, "", probabilities: false)))
        {
            foreach (OutputRow row in rows)
                writer.Write(row);
        }

        return Encoding.UTF8.GetString(output.ToArray());
    }
}
