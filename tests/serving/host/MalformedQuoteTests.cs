using CsCheck;
using MnistAdder.Commands;
using MnistAdder.Scoring.Csv;
using MnistAdder.Tests.Support.Scored;

namespace MnistAdder.Scoring.Tests;

public sealed class MalformedQuoteTests : IDisposable
{
    private const string Reason = "a quote is malformed: a field with quotes is quoted as a whole and each quote in it doubled (RFC 4180)";

    private readonly ScoringFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("\"3.bmp\"x,4,n", "\"3.bmp\"x", "4", "n")]
    [InlineData("3\".bmp,4,n", "3\".bmp", "4", "n")]
    [InlineData("3.bmp,\"4\" ,n", "3.bmp", "\"4\" ", "n")]
    [InlineData("\"3\".bmp,\"4\",\"a, \"\"b\"\"\"", "\"3\".bmp", "4", "a, \"b\"")]
    [InlineData("3\".bmp,4,\"n", "3\".bmp", "4", "\"n")]
    [InlineData("3\".bmp,\"4\"\",n", "3\".bmp", "\"4\"\"", "n")]
    [InlineData("3\".bmp", "3\".bmp", "", "")]
    [InlineData("say \"hi, you\",4,n,5", "say \"hi", " you\"", "4")]
    [InlineData("\"a\"\"b\"c\"\"d\",4,n", "\"a\"\"b\"c\"\"d\"", "4", "n")]
    public void A_row_with_a_malformed_quote_keeps_its_place_and_its_fields_as_far_as_they_can_be_told(string row, params string[] fields)
    {
        foreach (string lineEnd in (string[])["\n", "\r\n", "\r"])
        {
            TextRow[] rows = Rows($"path,number,note{lineEnd}1.bmp,1,a{lineEnd}{row}{lineEnd}2.bmp,2,b{lineEnd}{row}");
            Assert.Equal([null, Reason, null, Reason], rows.Select(record => record.Flaw));
            Assert.Equal([2L, 3, 4, 5], rows.Select(record => record.Line));
            Assert.Equal(fields, rows[1].Fields);
            Assert.Equal(["2.bmp", "2", "b"], rows[2].Fields);
            Assert.Equal(fields, rows[3].Fields);
        }
    }

    [Fact]
    public void A_row_of_several_lines_says_so_since_its_quote_may_have_taken_other_rows()
    {
        TextRow[] rows = Rows("path,number\n\n\"a\nb\r\nc\"x,1\n2.bmp,2\n");
        Assert.Equal([$"{Reason}; the row takes lines 3 to 5, so that a closing quote may be missing", null], rows.Select(row => row.Flaw));
        Assert.Equal([3L, 6], rows.Select(row => row.Line));
        Assert.Equal(["\"a\nb\r\nc\"x", "1"], rows[0].Fields);
    }

    [Fact]
    public void The_run_goes_on_and_ends_with_2()
    {
        (CommandLineRun run, string[] lines) = _folder.Score("number,path\n1,1.bmp\n4,\"3.bmp\"x\n2,2.bmp\n");
        Assert.Equal(ExitCodes.DoneWithBadRows, run.ExitCode);
        Assert.Equal(["1,1.bmp,1,1,2,1,,", $"4,\"\"\"3.bmp\"\"x\",,,,,{Reason},", "2,2.bmp,2,1,4,1,,", ""], lines[1..]);
        Assert.StartsWith("3 rows, 1 failed, ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void It_ends_a_run_that_the_first_bad_row_is_to_end() =>
        Assert.Contains($"line 3: {Reason} (path '\"a\"b', number '2')", _folder.Refused("path,number\n1.bmp,1\n\"a\"b,2\n"u8.ToArray(), "--on-error", "fail"), StringComparison.Ordinal);

    [Fact]
    public void Whatever_quotes_a_line_has_the_lines_after_it_are_rows_of_their_own_unless_it_begins_a_quoted_field() =>
        Gen.OneOf(Gen.Int[0, 2].Select(index => ",\"x"[index]), Gen.Char['a', 'b']).Array[1, 12].Sample(characters =>
        {
            string line = "a\"b," + new string(characters);
            TextRow[] rows = Rows($"path,number\n{line}\n2.bmp,2\n");
            return rows.Length == 2 && rows[0].Flaw == Reason && rows[1].Flaw is null;
        });

    private static TextRow[] Rows(string csv)
    {
        using CsvTable table = TestRows.Table(csv);
        return [.. table.Rows()];
    }
}
