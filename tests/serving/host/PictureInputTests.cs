using MnistAdder.Commands;
using MnistAdder.Scoring.Output;
using MnistAdder.Tests.Support.Scored;
using Spectre.Console;

namespace MnistAdder.Scoring.Tests;

/// <summary>Pictures, folders and patterns in place of a table.</summary>
public sealed class PictureInputTests : IDisposable
{
    private readonly ScoringFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void One_picture_is_a_row_with_its_path_and_the_number()
    {
        string[] lines = Score(0, _folder.Picture(3), "--number", "5");
        Assert.Equal(["path,number,digit,digit_confidence,sum,sum_confidence,error,warning", $"{_folder.Picture(3)},5,3,1,8,1,,", ""], lines);
    }

    [Fact]
    public void A_folder_is_the_pictures_in_it_by_their_contents_sorted_by_name_and_what_else_is_there_is_counted()
    {
        string pictures = Path.Combine(_folder.Path, "mixed");
        Directory.CreateDirectory(Path.Combine(pictures, "deeper"));
        File.Copy(_folder.Picture(2), Path.Combine(pictures, "b.txt"));
        File.Copy(_folder.Picture(1), Path.Combine(pictures, "a \"quoted\", name.bmp"));
        File.Copy(_folder.Picture(4), Path.Combine(pictures, "deeper", "c.bmp"));
        File.WriteAllText(Path.Combine(pictures, "c.png"), "BMI,path\n1,2\n");
        CommandLineRun run = Run(pictures, "--number", "0");
        Assert.Equal(ExitCodes.Done, run.ExitCode);
        Assert.StartsWith("note: 1 file that is no picture was skipped\n2 rows, 0 failed, ", run.Error, StringComparison.Ordinal);
        string[] lines = File.ReadAllLines(_folder.Output);
        Assert.EndsWith(",0,1,1,1,1,,", lines[1], StringComparison.Ordinal);
        Assert.Contains("a \"\"quoted\"\", name.bmp", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("b.txt,0,2,1,2,1,,", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public void A_pattern_and_several_inputs_keep_the_order_of_the_arguments()
    {
        string[] lines = Score(0, _folder.Picture(7), Path.Combine(_folder.Path, "?.b*"), "--number", "1");
        Assert.Equal($"{_folder.Picture(7)},1,7,1,8,1,,", lines[1]);
        Assert.Equal($"{_folder.Picture(0)},1,0,1,1,1,,", lines[2]);
    }

    [Theory]
    [InlineData("empty", "The folder '{0}' has no pictures in it; folders in it aren't looked into.")]
    [InlineData("*.nothing", "No file matches the pattern '{0}'.")]
    [InlineData("*/x.png", "The pattern '{0}' has a wildcard in a folder's name; it may be in the last part only.")]
    public void What_has_no_pictures_is_named(string input, string message)
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "empty"));
        string path = Path.Combine(_folder.Path, input);
        CommandLineRun run = Run(path, "--number", "1");
        Assert.Equal((ExitCodes.Failed, $"error: {string.Format(null, message, path)}\n"), (run.ExitCode, run.Error));
    }

    [Fact]
    public void A_number_belongs_to_pictures_and_they_need_one()
    {
        CommandLineRun without = Run(_folder.Picture(1)), table = Run(_folder.WriteRows(1), "--number", "3"), rooted = Run(_folder.Picture(1), "--number", "3", "--root", _folder.Path);
        Assert.StartsWith("error: --number is missing: ", without.Error, StringComparison.Ordinal);
        Assert.EndsWith(" Several inputs are either tables, or pictures and folders of them; --number is for pictures.\n", table.Error, StringComparison.Ordinal);
        Assert.StartsWith("error: --root and --label-column are for tables, ", rooted.Error, StringComparison.Ordinal);
        Assert.All([without, table, rooted], run => Assert.Equal(ExitCodes.Failed, run.ExitCode));
    }

    [Theory]
    [InlineData("nowhere.png", null, "The input '{0}' doesn't exist.")]
    [InlineData("scan.tiff", "II*\0aaaaaaaaaaaa", "The input '{0}' is no picture: the file is a TIFF image, which is not read; PNG and JPEG are. Several")]
    [InlineData("notes.png", "BM, and nothing else", "The input '{0}' is no picture: the file is not an image in a known format (")]
    [InlineData("empty.png", "", "The input '{0}' is no picture: the file is empty. Several")]
    public void An_input_with_a_number_that_is_no_picture_says_why(string name, string? text, string message)
    {
        string path = text is null ? _folder[name] : _folder.Write(name, text);
        CommandLineRun run = Run(path, "--number", "1");
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.StartsWith($"error: {string.Format(null, message, path)}", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_that_a_shell_put_behind_the_option_is_not_replaced()
    {
        string picture = _folder.Write("a.bmp", File.ReadAllBytes(_folder.Picture(2)));
        CommandLineRun run = CommandLineRun.Of("score", "--number", "1", "-o", picture, _folder.Picture(1), "--model", _folder.Model);
        Assert.Equal((ExitCodes.Failed, $"error: The output '{picture}' is a picture, which results would replace; --output takes another name.\n"), (run.ExitCode, run.Error));
        Assert.Equal(File.ReadAllBytes(_folder.Picture(2)), File.ReadAllBytes(picture));
    }

    [Fact]
    public void A_bad_picture_that_ends_the_run_is_named_itself()
    {
        string bad = _folder.Write("bad.bmp", File.ReadAllBytes(_folder.Picture(1))[..500]);
        CommandLineRun run = Run(_folder.Picture(1), bad, "--number", "1", "--on-error", "fail");
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.StartsWith($"error: {bad}: the image is ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_misspelt_option_is_no_input()
    {
        CommandLineRun run = Run(_folder.Picture(1), "--numbr", "3");
        Assert.Equal((ExitCodes.Failed, "error: '--numbr' is no option (a file of that name is ./--numbr). Did you mean '--number'? (--help lists the options)\n"), (run.ExitCode, run.Error));
    }

    [Fact]
    public void Labels_are_counted_right_or_wrong_and_the_rows_stay_as_they_are()
    {
        string csv = "path,number,digit shown\n1.bmp,2,1\n2.bmp,3,7\n3.bmp,4, 3 \n4.bmp,5,-\n5.bmp,6,\nmissing.bmp,1,4\n6.bmp,1,six\n";
        (CommandLineRun run, string[] lines) = _folder.Score(csv, "--label-column", "digit shown");
        Assert.Equal("3.bmp,4, 3 ,3,1,7,1,,", lines[3]);
        string[] summary = run.Error.Split('\n');
        Assert.Equal("4 labelled: digit right in 2 (50.00 %), sum in 2 (50.00 %), 1 failed; 1 label is neither 0 to 9 nor empty nor -", summary[0]);
        Assert.Equal(
            [
                "label  read as 0  1  2  3  4  5  6  7  8  9",
                "    1          .  1  .  .  .  .  .  .  .  .",
                "    3          .  .  .  1  .  .  .  .  .  .",
                "    7          .  .  1  .  .  .  .  .  .  .",
            ],
            summary[1..5]);
    }

    [Fact]
    public void A_terminal_shows_ten_pictures_and_counts_the_rest()
    {
        using var text = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(text) });
        console.Profile.Width = 80;
        byte[] pixels = new byte[MnistGeometry.PixelCount];
        pixels.AsSpan(14 * MnistGeometry.Side).Fill(255);
        float[] digits = new float[ModelContract.DigitClasses], sums = new float[ModelContract.SumClasses];
        (digits[3], sums[7]) = (0.987f, 0.5f);
        using (var pictures = new PictureTable(console))
        {
            pictures.Write(new OutputRow(TestRows.Row(["bad[red].png", "4"]), null, "the file doesn't exist", null));
            for (int i = 0; i < 11; i++)
                pictures.Write(new OutputRow(TestRows.Row([$"{i}.png", "4"]), new Prediction(3, digits, 7, sums), null, "low contrast", pixels));
        }

        string shown = text.ToString();
        Assert.Contains("bad[red].png", shown, StringComparison.Ordinal);
        Assert.Contains("▄▄▄▄▄▄▄▄▄▄▄", shown, StringComparison.Ordinal);
        Assert.Contains("3 (98.7 %)", shown, StringComparison.Ordinal);
        Assert.Contains("8.png", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("9.png", shown, StringComparison.Ordinal);
        Assert.Contains("… and 2 more: -o FILE writes all rows as CSV", shown, StringComparison.Ordinal);
        Assert.All(shown.Split('\n'), line => Assert.InRange(line.TrimEnd().Length, 0, 80));
    }

    private string[] Score(int exitCode, params string[] arguments)
    {
        CommandLineRun run = Run(arguments);
        Assert.Equal((exitCode, ""), (run.ExitCode, run.ExitCode == 0 ? "" : run.Error));
        return File.ReadAllText(_folder.Output).Split('\n');
    }

    private CommandLineRun Run(params string[] arguments) =>
        CommandLineRun.Of(["score", .. arguments, "-o", _folder.Output, "--model", _folder.Model, "--provider", "cpu"]);
}
