using System.Text;
using MnistAdder.Commands;
using MnistAdder.Scoring.Csv;
using MnistAdder.Scoring.Tables;
using MnistAdder.Tests.Support.Scored;

namespace MnistAdder.Scoring.Tests;

public sealed class HeaderTests : IDisposable
{
    private readonly ScoringFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("path;number;note\n3.bmp;4;a,b\n5.bmp;9;\n")]
    [InlineData("path\tnumber\tnote\n3.bmp\t4\ta,b\n5.bmp\t9\t\n")]
    [InlineData("\"path\";\"number\";\"note\"\r\n\"3.bmp\";\"4\";\"a,b\"\r\n\"5.bmp\";\"9\";\"\"\r\n")]
    [InlineData("sep=;\npath;number;note\n3.bmp;4;a,b\n5.bmp;9;\n")]
    [InlineData("\uFEFFSEP=|\r\npath|number|note\r\n3.bmp|4|a,b\r\n5.bmp|9|\r\n")]
    [InlineData("\"sep=,\"\npath,number,note\n3.bmp,4,\"a,b\"\n5.bmp,9,\n")]
    [InlineData("sep=,\rpath,number,note\r3.bmp,4,\"a,b\"\r5.bmp,9,\r")]
    [InlineData("path;number;note\n3.bmp;4;a,b\n5.bmp;9;\n", "--delimiter", "semicolon")]
    [InlineData("path;number;note\n3.bmp;4;a,b\n5.bmp;9;\n", "--delimiter", ";")]
    [InlineData("path\tnumber\tnote\n3.bmp\t4\ta,b\n5.bmp\t9\t\n", "--delimiter", "\t")]
    [InlineData("path:number:note\n3.bmp:4:a,b\n5.bmp:9:\n", "--delimiter", ":")]
    [InlineData("sep=;\npath|number|note\n3.bmp|4|a,b\n5.bmp|9|\n", "--delimiter", "|")]
    public void Whatever_separates_the_input_a_comma_separates_the_output(string csv, params string[] options)
    {
        (CommandLineRun run, string[] lines) = _folder.Score(csv, options);
        Assert.Equal(ExitCodes.Done, run.ExitCode);
        Assert.Equal(["path,number,note," + ScoredTable.Results, "3.bmp,4,\"a,b\",3,1,7,1,,", "5.bmp,9,,5,1,14,1,,", ""], lines);
    }

    [Fact]
    public void Columns_without_a_name_pass_through_however_many_there_are()
    {
        (CommandLineRun run, string[] lines) = _folder.Score("path;number;;\r\n3.bmp;4;;x\r\n");
        Assert.Equal(ExitCodes.Done, run.ExitCode);
        Assert.Equal(["path,number,,," + ScoredTable.Results, "3.bmp,4,,x,3,1,7,1,,", ""], lines);
        (_, string[] objects) = _folder.Score("path,number,, ,column_3\n3.bmp,4,x,y,z\n", "--format", "jsonl");
        Assert.StartsWith("""{"path":"3.bmp","number":4,"column_3_":"x","column_4":"y","column_3":"z","digit":3,""", objects[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("path;number;a,b,c,d,e\n", "path", "number", "a,b,c,d,e")]
    [InlineData("path\tnumber\ta,b;c\n", "path", "number", "a,b;c")]
    [InlineData("path,number,a;b;c;d\n", "path", "number", "a;b;c;d")]
    [InlineData("\"a,\";path;number\n", "a,", "path", "number")]
    [InlineData("x,path,number;x;path;number\n", "x,path,number", "x", "path", "number")]
    [InlineData("sep=;,path,number\n", "sep=;", "path", "number")]
    [InlineData("sep=,path,number\n", "sep=", "path", "number")]
    public void The_delimiter_is_the_first_that_makes_both_columns_appear(string csv, params string[] columns)
    {
        using CsvTable table = Open(csv);
        Assert.Equal(columns, table.Columns);
    }

    [Fact]
    public void More_commas_than_a_record_may_have_fields_do_not_hide_that_semicolons_separate()
    {
        string commas = new(',', CsvReader.MostFields);
        using CsvTable table = Open($"path;{commas};number\n");
        Assert.Equal(["path", commas, "number"], table.Columns);
    }

    [Theory]
    [InlineData(" Path ,NUMBER\n")]
    [InlineData("path,Number,PATH\n")]
    [InlineData("path,number\n")]
    public void Case_and_spaces_around_a_name_do_not_matter_where_no_column_has_just_that_name(string header)
    {
        using CsvTable table = Open(header + "a,1,x\n");
        TextRow read = table.Rows().First();
        var row = new TextRow(table, read.Line, [.. read.Fields], flaw: null);
        Assert.Equal(("a", "1"), (row.ImagePath, row.Number));
    }

    [Fact]
    public void A_named_column_is_matched_in_the_same_way()
    {
        using CsvTable exact = Open("IMAGE,image,n\n", "image", "N");
        using CsvTable alike = Open(" Image\t,n\n", "image", " N ");
        Assert.Contains("has the column '' twice", Error("path,,,n\n", "", "n"), StringComparison.Ordinal);
        Assert.Contains("--path-column and --number-column both name the column 'x'", Error("x,y\n", "x", "X"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Path,PATH,number\n", "line 1: the header has the column 'path' twice, as 'Path' and 'PATH'; --path-column takes one of these.")]
    [InlineData("path, number ,Number\n", "line 1: the header has the column 'number' twice, as ' number ' and 'Number'; --number-column takes one of these.")]
    [InlineData("path,number,note,,note,\n", "line 1: the header has the column 'note' twice; it is 'path', 'number', 'note', '', 'note', '' (")]
    [InlineData("\uFEFF\uFEFFpath,number\n", "only '\\ufeffpath', 'number' (")]
    [InlineData("a;b\n", "line 1: the header has no column 'path', only 'a', 'b' (taken to be separated by semicolons); --path-column takes another name, --delimiter another separator.")]
    [InlineData("path;b,c,d\n", "line 1: the header has no column 'number', only 'path', 'b,c,d' (taken to be separated by semicolons); --number-column")]
    [InlineData("path|number\n", "line 1: the header has no column 'path', only 'path|number' (taken to be separated by commas)")]
    [InlineData("sep=,\npath;number\n", "line 2: the header has no column 'path', only 'path;number' (separated by commas)")]
    [InlineData("sep=\u001F\npath,number\n", "line 2: the header has no column 'path', only 'path,number' (separated by U+001F)")]
    [InlineData("sep=|\n", "line 1: the file has only a line sep=; a header with the columns 'path' and 'number' comes first.")]
    [InlineData("sep=xy\npath,number\n", "line 1: the header has no column 'path', only 'sep=xy'")]
    [InlineData("a\u001B[31m\u0007,\"b\nc\u2028d\u202E\"\n", "only 'a\\u001b[31m\\u0007', 'b c d\\u202e' (")]
    [InlineData("a,\"b\"c\n", "line 1: the header can't be read, since a quote is malformed")]
    [InlineData("\"a,b\n1,2\n", "line 1: a quote in the record is never closed")]
    public void What_cannot_be_read_says_what_was_seen_and_which_option_helps(string csv, string expected) =>
        Assert.Contains(expected, Error(csv), StringComparison.Ordinal);

    [Fact]
    public void A_long_header_is_shown_shortened()
    {
        string error = Error(string.Join(',', Enumerable.Range(0, 5000).Select(i => $"{i}{new string('x', 38)}\U0001F600")) + "\n");
        Assert.InRange(error.Length, 400, 800);
        Assert.Contains(" and 4990 more (", error, StringComparison.Ordinal);
        Assert.Equal(error, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(error)));
    }

    [Theory]
    [InlineData("path,number,", "line 1: the record is longer than 16777216 characters")]
    [InlineData("path,number,\"", "line 1: the record is longer than 16777216 characters")]
    [InlineData("sep=;\n", "line 2: the record is longer than 16777216 characters")]
    public void A_header_over_the_limit_is_one_line(string start, string expected) =>
        Assert.Contains(expected, _folder.Refused(Encoding.UTF8.GetBytes(start + new string('x', 17 << 20) + "\n")), StringComparison.Ordinal);

    private static string Error(string csv, string path = "path", string number = "number") =>
        Assert.Throws<InvalidDataException>(() => Open(csv, path, number)).Message;

    private static CsvTable Open(string csv, string path = "path", string number = "number") => TestRows.Table(csv, new ColumnNames(path, number));
}
