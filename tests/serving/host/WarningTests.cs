using System.Text;
using System.Text.Json;
using MnistAdder.Scoring.Rows;
using MnistAdder.Scoring.Output;

namespace MnistAdder.Scoring.Tests;

public class WarningTests
{
    private const string Warning = "ink touches the border; low contrast";

    [Fact]
    public void A_table_has_the_warning_behind_the_error_and_before_the_probabilities()
    {
        string[] lines = Write((stream, columns) => new CsvRowWriter(stream, columns), "my_");
        string[] header = lines[0].Split(','), doubtful = lines[1].Split(','), failed = lines[2].Split(',');

        Assert.Equal(["path", "my_digit", "my_digit_confidence", "my_sum", "my_sum_confidence", "my_error", "my_warning", "my_digit_probability_0"], header[..8]);
        Assert.Equal(["a.png", "3", "0.5", "7", "0.25", "", Warning, "0"], doubtful[..8]);
        Assert.Equal(["b.png", "", "", "", "", "why", "", ""], failed[..8]);
        Assert.All([doubtful, failed], row => Assert.Equal(header.Length, row.Length));
    }

    [Fact]
    public void A_JSON_line_has_the_warning_behind_the_error_and_null_without_one()
    {
        string[] lines = Write((stream, columns) => new JsonRowWriter(stream, columns), "");
        using JsonDocument doubtful = JsonDocument.Parse(lines[0]), failed = JsonDocument.Parse(lines[1]);

        Assert.Equal(
            ["path", "digit", "digit_confidence", "sum", "sum_confidence", "error", "warning", "digit_probability", "sum_probability"],
            doubtful.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Equal((Warning, 7), (doubtful.RootElement.GetProperty("warning").GetString(), doubtful.RootElement.GetProperty("sum").GetInt32()));
        Assert.Equal(JsonValueKind.Null, failed.RootElement.GetProperty("warning").ValueKind);
    }

    [Theory]
    [InlineData(20, 0, 0, "20 rows, 0 failed")]
    [InlineData(20, 0, 3, "20 rows, 0 failed, 3 with a warning")]
    [InlineData(1, 1, 0, "1 row, 1 failed")]
    [InlineData(1, 0, 1, "1 row, 0 failed, 1 with a warning")]
    public void The_summary_counts_warnings_where_there_are_any(int rows, int failed, int doubtful, string expected)
    {
        var tally = new RowTally();
        for (int i = 0; i < rows; i++)
            tally.Add(new OutputRow(TestRows.Row(["a.png", "1"]), null, i < failed ? "why" : null, i < doubtful ? Warning : null));
        Assert.Equal(expected, tally.ToString());
    }

    // A row with a warning and one that failed.
    private static string[] Write(Func<Stream, OutputColumns, IRowWriter> create, string prefix)
    {
        float[] digits = new float[ModelContract.DigitClasses], sums = new float[ModelContract.SumClasses];
        (digits[3], sums[7]) = (0.5f, 0.25f);
        using var output = new MemoryStream();
        using (IRowWriter writer = create(output, new OutputColumns("rows.csv", ["path"], prefix, probabilities: true)))
        {
            writer.Write(new OutputRow(TestRows.Row(["a.png"]), new Prediction(3, digits, 7, sums), null, Warning));
            writer.Write(new OutputRow(TestRows.Row(["b.png"], "why"), null, "why", null));
        }

        return Encoding.UTF8.GetString(output.ToArray()).TrimEnd('\n').Split('\n');
    }
}
