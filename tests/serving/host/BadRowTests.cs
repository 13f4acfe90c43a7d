using System.Text;
using MnistAdder.Commands;
using MnistAdder.Tests.Support.Scored;

namespace MnistAdder.Scoring.Tests;

public sealed class BadRowTests : IDisposable
{
    private readonly ScoringFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("3.bmp,-1", "3.bmp,-1", "the number is -1")]
    [InlineData("3.bmp,10", "3.bmp,10", "the number is 10")]
    [InlineData("3.bmp,3.0", "3.bmp,3.0", "the number is '3.0'")]
    [InlineData("3.bmp,three", "3.bmp,three", "the number is 'three'")]
    [InlineData("3.bmp,99999999999999999999", "3.bmp,99999999999999999999", "the number is '99999999999999999999'")]
    [InlineData("3.bmp,", "3.bmp,", "the number is empty")]
    [InlineData("3.bmp,\"  \"", "3.bmp,  ", "the number is empty")]
    [InlineData(",3", ",3", "the path is empty")]
    [InlineData("missing.bmp,3", "missing.bmp,3", "the file is missing")]
    [InlineData("nowhere/missing.bmp,3", "nowhere/missing.bmp,3", "the file is missing")]
    [InlineData("folder,3", "folder,3", "the path is a folder")]
    [InlineData("loop.bmp,3", "loop.bmp,3", "the file can't be read")]
    [InlineData("text.png,3", "text.png,3", "the file is not an image")]
    [InlineData("empty.png,3", "empty.png,3", "the file is empty")]
    [InlineData("cut.bmp,3", "cut.bmp,3", "the image")]
    [InlineData("3.bmp", "3.bmp,", "the row has 1 field instead of 2")]
    [InlineData("3.bmp,3,x", "3.bmp,3", "the row has 3 fields instead of 2")]
    [InlineData("\"\"", ",", "the row has 1 field instead of 2")]
    public void A_bad_row_keeps_its_place_has_no_answer_and_says_why(string row, string written, string reason)
    {
        Directory.CreateDirectory(_folder["folder"]);
        File.CreateSymbolicLink(_folder["loop.bmp"], "loop.bmp");
        _folder.Write("text.png", "this is no picture");
        _folder.Write("empty.png", "");
        _folder.Write("cut.bmp", SpotModel.Picture(3)[..^9]);
        (CommandLineRun run, string[] lines) = _folder.Score($"path,number\n1.bmp,1\n{row}\n2.bmp,2\n");
        Assert.Equal(ExitCodes.DoneWithBadRows, run.ExitCode);
        Assert.Equal(("1.bmp,1,1,1,2,1,,", "2.bmp,2,2,1,4,1,,"), (lines[1], lines[3]));
        Assert.StartsWith($"{written},,,,,", lines[2], StringComparison.Ordinal);
        Assert.Contains(reason, lines[2], StringComparison.Ordinal);
        Assert.StartsWith("3 rows, 1 failed, ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(" 3 ")]
    [InlineData("\t3")]
    [InlineData("\"3\n\"")]
    [InlineData("03")]
    public void Spaces_around_a_number_and_zeros_before_it_are_nothing(string number)
    {
        (CommandLineRun run, _) = _folder.Score($"path,number\n4.bmp,{number}\n", "--format", "jsonl");
        Assert.Equal(ExitCodes.Done, run.ExitCode);
        Assert.Contains("\"sum\":7,", File.ReadAllText(_folder.Output), StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_text_spoil_their_row_alone()
    {
        byte[] csv =
        [
            .. "path,number,note\n1.bmp,1,"u8, 0xE9, .. "t"u8, 0xE9, .. "\n2.bmp,2,\u00E9t\u00E9\n3.bmp,3,a"u8, 0, .. "b\n4.bmp,4,\U000103FF\n5.bmp,5,"u8, 0xE2, 0x82,
        ];
        (CommandLineRun run, string[] lines) = _folder.Score(csv);
        Assert.Equal(ExitCodes.DoneWithBadRows, run.ExitCode);
        Assert.Equal(
            [
                "1.bmp,1,\uFFFDt\uFFFD,,,,,the row is not valid UTF-8,",
                "2.bmp,2,\u00E9t\u00E9,2,1,4,1,,",
                "3.bmp,3,a\uFFFDb,,,,,the row contains a NUL character,",
                "4.bmp,4,\U000103FF,4,1,8,1,,",
                "5.bmp,5,\uFFFD,,,,,the row is not valid UTF-8,",
                "",
            ],
            lines[1..]);
    }

    [Fact]
    public void An_image_that_must_not_be_read_is_a_bad_row()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Files have no Unix modes here.");
            return;
        }

        File.SetUnixFileMode(_folder["3.bmp"], UnixFileMode.None);
        Assert.SkipWhen(CanRead(_folder["3.bmp"]), "This user may read every file.");
        (CommandLineRun run, string[] lines) = _folder.Score("path,number\n3.bmp,4\n");
        Assert.Equal((ExitCodes.DoneWithBadRows, "3.bmp,4,,,,,access to the file is denied,"), (run.ExitCode, lines[1]));
    }

    [Fact]
    public void The_first_bad_row_can_end_the_run_with_its_line()
    {
        string error = _folder.Refused(Encoding.UTF8.GetBytes("path,number,note\n1.bmp,1,\"a\nb\"\n\nx.bmp,3,\ny.bmp,3,\n"), "--on-error", "fail");
        Assert.Equal($"error: {_folder["input.csv"]}, line 5: the file is missing: {_folder["x.bmp"]} (path 'x.bmp', number '3').{Environment.NewLine}", error);
    }

    [Fact]
    public void Rows_before_a_malformed_quote_come_first()
    {
        string error = _folder.Refused(Encoding.UTF8.GetBytes("path,number\nx.bmp,1\n\"y,2\n"), "--on-error", "fail");
        Assert.Contains("line 2: the file is missing", error, StringComparison.Ordinal);
    }

    private static bool CanRead(string path)
    {
        try
        {
            File.OpenRead(path).Dispose();
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }
}
