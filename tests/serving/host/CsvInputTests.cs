using System.Text;
using MnistAdder.Commands;
using MnistAdder.Tests.Support.Scored;

namespace MnistAdder.Scoring.Tests;

public sealed class CsvInputTests : IDisposable
{
    private readonly ScoringFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("path,number\n3.bmp,4\n5.bmp,9\n")]
    [InlineData("\uFEFFpath,number\n3.bmp,4\n5.bmp,9\n")]
    [InlineData("path,number\r\n3.bmp,4\r\n5.bmp,9\r\n")]
    [InlineData("path,number\r3.bmp,4\r5.bmp,9\r")]
    [InlineData("path,number\n3.bmp,4\n5.bmp,9")]
    [InlineData("\n\r\npath,number\n\n3.bmp,4\n\n\n5.bmp,9\n\n")]
    [InlineData("\r\npath,number\r3.bmp,4\r\n5.bmp,9\n")]
    [InlineData("\"path\",\"number\"\n\"3.bmp\",\"4\"\n\"5.bmp\",\"9\"\n")]
    public void Every_way_to_end_lines_quote_and_begin_a_file_means_the_same_rows(string csv)
    {
        (CommandLineRun run, string[] lines) = _folder.Score(csv);
        Assert.Equal(ExitCodes.Done, run.ExitCode);
        Assert.Equal(["path,number," + ScoredTable.Results, "3.bmp,4,3,1,7,1,,", "5.bmp,9,5,1,14,1,,", ""], lines);
    }

    [Fact]
    public void A_file_with_a_header_only_gives_a_header_only()
    {
        (CommandLineRun run, string[] lines) = _folder.Score("path,number\n");
        Assert.Equal(ExitCodes.Done, run.ExitCode);
        Assert.Equal(["path,number," + ScoredTable.Results, ""], lines);
        Assert.StartsWith("0 rows, 0 failed, ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_columns_pass_through_with_commas_quotes_and_line_breaks()
    {
        (_, string[] lines) = _folder.Score("note,number,path\n\"a, \"\"b\"\"\r\nc\",1,2.bmp\n#no comment,1,2.bmp\n");
        Assert.Equal(["note,number,path," + ScoredTable.Results, "\"a, \"\"b\"\"\r", "c\",1,2.bmp,2,1,3,1,,", "#no comment,1,2.bmp,2,1,3,1,,", ""], lines);
    }

    [Fact]
    public void A_field_of_a_megabyte_passes_through()
    {
        string large = new('x', 1 << 20);
        (_, string[] lines) = _folder.Score($"path,number,note\n2.bmp,1,{large}\n");
        Assert.Equal($"2.bmp,1,{large},2,1,3,1,,", lines[1]);
    }

    [Fact]
    public void A_record_of_endless_fields_is_refused_with_its_line_after_the_rows_before_it()
    {
        string error = _folder.Refused(Encoding.UTF8.GetBytes($"path,number\n2.bmp,1\n\n{new string(',', 4_000_000)}\n"));
        Assert.Equal($"error: {_folder["input.csv"]}, line 4: the record has more than 16384 fields.{Environment.NewLine}", error);
        error = _folder.Refused(Encoding.UTF8.GetBytes($"path,number\nx.bmp,1\n{new string(',', 4_000_000)}\n"), "--on-error", "fail");
        Assert.Contains("line 2: the file is missing", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Quotes_don_t_hide_a_record_of_endless_fields()
    {
        string many = string.Concat(Enumerable.Repeat("\"a\n\"\"b\",cd,", 100_000));
        Assert.Contains("line 2: the record has more than 16384 fields", _folder.Refused(Encoding.UTF8.GetBytes($"path,number\n{many}\n")), StringComparison.Ordinal);
    }

    [Fact]
    public void Commas_inside_a_quoted_field_and_in_other_records_separate_nothing()
    {
        string commas = new(',', 100_000);
        string fields = string.Concat(Enumerable.Range(0, 16_382).Select(i => $",c{i}"));
        (_, string[] lines) = _folder.Score($"path,number{fields}\n2.bmp,1,\"{commas}\"\"{commas}\"{fields[3..]}\n3.bmp,1{fields}\n");
        Assert.StartsWith($"2.bmp,1,\"{commas}\"\"{commas}\",", lines[1], StringComparison.Ordinal);
        Assert.EndsWith(",2,1,3,1,,", lines[1], StringComparison.Ordinal);
        Assert.EndsWith(",3,1,4,1,,", lines[2], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("with space.bmp")]
    [InlineData("zażółć 数字.bmp")]
    [InlineData("folder/inside.bmp")]
    public void A_path_may_have_spaces_other_letters_and_folders(string name)
    {
        Directory.CreateDirectory(_folder["folder"]);
        _folder.Write(name, SpotModel.Picture(6));
        (_, string[] lines) = _folder.Score($"path,number\n{name},1\n");
        Assert.Equal($"{name},1,6,1,7,1,,", lines[1]);
    }

    [Fact]
    public void An_absolute_path_needs_no_root_and_a_relative_one_begins_there()
    {
        string other = Directory.CreateDirectory(_folder["other"]).FullName;
        File.Move(_folder["4.bmp"], Path.Combine(other, "four.bmp"));
        (CommandLineRun run, string[] lines) = _folder.Score($"path,number\nfour.bmp,0\n{_folder["1.bmp"]},0\n", "--root", other);
        Assert.Equal(ExitCodes.Done, run.ExitCode);
        Assert.Equal(["4,1,4,1,,", "1,1,1,1,,"], lines[1..3].Select(line => line[(line.IndexOf(',', StringComparison.Ordinal) + 3)..]));
    }

    [Fact]
    public void Columns_can_have_other_names_and_a_limit_ends_the_rows()
    {
        (CommandLineRun run, string[] lines) = _folder.Score(
            "image,add,path\n1.bmp,2,x\n2.bmp,2,x\n3.bmp,2,x\n", "--path-column", "image", "--number-column", "add", "--limit", "2");
        Assert.Equal(["image,add,path," + ScoredTable.Results, "1.bmp,2,x,1,1,3,1,,", "2.bmp,2,x,2,1,4,1,,", ""], lines);
        Assert.StartsWith("2 rows, 0 failed, ", run.Error, StringComparison.Ordinal);
        Assert.Contains(" rows/s, provider cpu, model ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_keep_their_order_however_many_there_are()
    {
        string input = _folder.WriteRows(5000);
        CommandLineRun run = CommandLineRun.Of("score", input, "-o", _folder.Output, "--model", _folder.Model, "--quiet", "--batch-size", "7", "--threads", "3");
        Assert.Equal((ExitCodes.Done, ""), (run.ExitCode, run.Error));
        string[] expected = [.. Enumerable.Range(0, 5000).Select(row => (Digit: row % 10, Number: row / 10 % 10))
            .Select(row => $"{row.Digit}.bmp,{row.Number},{row.Digit},1,{row.Digit + row.Number},1,,")];
        Assert.Equal(expected, File.ReadLines(_folder.Output).Skip(1));
    }

    [Theory]
    [InlineData("", "line 1: the file is empty; a header with the columns 'path' and 'number' comes first")]
    [InlineData("\n\n", "line 1: the file is empty")]
    [InlineData("3.bmp,4\n", "line 1: the header has no column 'path', only '3.bmp', '4' (taken to be separated by commas); --path-column takes another name")]
    [InlineData("\npath,nummer\n", "line 2: the header has no column 'number', only 'path', 'nummer' (taken to be separated by commas); --number-column takes")]
    [InlineData("path,number,path\n", "line 1: the header has the column 'path' twice")]
    [InlineData("path,number,a,a\n", "line 1: the header has the column 'a' twice; it is 'path', 'number', 'a', 'a' (taken to be separated by commas).")]
    [InlineData("path,number,sum\n", "column 'sum', which is the name of a result; --output-prefix")]
    [InlineData("path,number,warning\n", "column 'warning', which is the name of a result; --output-prefix")]
    [InlineData("path,number\n\"3.bmp,4\n5.bmp,9\n", "line 2: a quote in the record is never closed, so that its end can't be told")]
    [InlineData("path,number\n\"a\nb\",1\n3.bmp,\"4\n", "line 4: a quote in the record is never closed")]
    public void A_bad_file_is_one_line_with_its_place(string csv, string expected)
    {
        string error = _folder.Refused(Encoding.UTF8.GetBytes(csv));
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.StartsWith($"error: {_folder["input.csv"]}", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_that_is_no_text_says_so()
    {
        Assert.Contains("line 1: the header can't be read, since the row is not valid UTF-8", _folder.Refused(Encoding.Latin1.GetBytes("path,number,naïve\n")), StringComparison.Ordinal);
        Assert.Contains("line 1: the header can't be read, since the row contains a NUL character", _folder.Refused(Encoding.UTF8.GetBytes("path,number\0\n")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_quote_that_is_never_closed_does_not_read_a_large_file_into_memory()
    {
        string error = _folder.Refused(Encoding.UTF8.GetBytes("path,number\n\"" + new string('x', 17 << 20)));
        Assert.Contains("line 2: the record is longer than 16777216 characters; probably a closing quote is missing", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_prefix_makes_room_for_columns_of_the_same_name()
    {
        (CommandLineRun run, string[] lines) = _folder.Score("path,number,sum,error,warning\n3.bmp,4,a,b,c\n", "--output-prefix", "predicted_");
        Assert.Equal(ExitCodes.Done, run.ExitCode);
        Assert.Equal("path,number,sum,error,warning,predicted_digit,predicted_digit_confidence,predicted_sum,predicted_sum_confidence,predicted_error,predicted_warning", lines[0]);
        Assert.Equal("3.bmp,4,a,b,c,3,1,7,1,,", lines[1]);
    }

    [Theory]
    [InlineData("digit_probability_0", "csv")]
    [InlineData("sum_probability", "jsonl")]
    public void A_probabilitys_name_is_taken_only_where_probabilities_are_wanted(string column, string format)
    {
        byte[] csv = Encoding.UTF8.GetBytes($"path,number,{column}\n3.bmp,4,x\n");
        Assert.Contains($"column '{column}', which is the name of a result", _folder.Refused(csv, "--format", format, "--probabilities"), StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, _folder.Score(csv, "--format", format).Run.ExitCode);
    }

    [Fact]
    public void An_input_that_does_not_exist_is_one_line()
    {
        CommandLineRun run = CommandLineRun.Of("score", Path.Combine(_folder.Path, "nowhere.csv"), "--model", _folder.Model);
        Assert.Equal((ExitCodes.Failed, $"error: The input '{Path.Combine(_folder.Path, "nowhere.csv")}' doesn't exist.{Environment.NewLine}"), (run.ExitCode, run.Error));
    }
}
