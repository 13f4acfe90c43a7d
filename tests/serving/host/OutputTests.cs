using System.Diagnostics;
using System.Text.Json;
using MnistAdder.Commands;
using MnistAdder.Tests.Support.Scored;

namespace MnistAdder.Scoring.Tests;

public sealed class OutputTests : IDisposable
{
    private const string Csv = "path,number\n3.bmp,4\n";
    private readonly ScoringFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Probabilities_have_a_column_each_behind_the_others()
    {
        (CommandLineRun run, string[] lines) = _folder.Score(Csv + "x,1\n", "--probabilities");
        Assert.Equal(ExitCodes.DoneWithBadRows, run.ExitCode);
        string[] header = lines[0].Split(','), good = lines[1].Split(','), bad = lines[2].Split(',');
        Assert.Equal($"path,number,{ScoredTable.Results}".Split(','), header[..8]);
        string[] names = [.. Enumerable.Range(0, 10).Select(digit => $"digit_probability_{digit}"), .. Enumerable.Range(0, 19).Select(sum => $"sum_probability_{sum}")];
        Assert.Equal(names, header[8..]);
        Assert.Equal(["digit_probability_3", "sum_probability_7"], header[8..].Where((_, index) => good[8 + index] == "1"));
        Assert.All(bad[8..], value => Assert.Equal("", value));
        Assert.Equal(header.Length, bad.Length);
    }

    [Fact]
    public void Json_lines_hold_texts_numbers_and_null_and_a_number_is_one()
    {
        (_, string[] lines) = _folder.Score("path,number,note\n3.bmp, 4,\"ż \"\"<\"\n7.bmp,x,\n", "--format", "jsonl", "--probabilities");
        Assert.Equal(3, lines.Length);
        Assert.StartsWith(
            """{"path":"3.bmp","number":4,"note":"ż \"<","digit":3,"digit_confidence":1,"sum":7,"sum_confidence":1,"error":null,"warning":null,"digit_probability":[0,0,0,1,""",
            lines[0],
            StringComparison.Ordinal);
        using var bad = JsonDocument.Parse(lines[1]);
        Assert.All(
            ["digit", "digit_confidence", "sum", "sum_confidence", "warning", "digit_probability", "sum_probability"],
            name => Assert.Equal(JsonValueKind.Null, bad.RootElement.GetProperty(name).ValueKind));
        Assert.Equal("x", bad.RootElement.GetProperty("number").GetString());
        Assert.Contains("the number is 'x'", bad.RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
        using var good = JsonDocument.Parse(lines[0]);
        Assert.Equal(19, good.RootElement.GetProperty("sum_probability").GetArrayLength());
    }

    [Fact]
    public void A_run_replaces_an_older_output_only_when_it_succeeds()
    {
        File.WriteAllText(_folder.Output, "older");
        _folder.Score("path,number\n3.bmp,4\n\"x\n");
        Assert.Equal("older", File.ReadAllText(_folder.Output));
        _folder.Score(Csv);
        Assert.StartsWith("path,", File.ReadAllText(_folder.Output), StringComparison.Ordinal);
        Assert.Single(_folder.Leftovers());
    }

    [Fact]
    public void A_folder_that_does_not_exist_is_not_made()
    {
        CommandLineRun run = Score(_folder["new/output.csv"]);
        Assert.Equal((ExitCodes.Failed, $"error: The folder of the output '{_folder["new/output.csv"]}' doesn't exist; make it first.\n"), (run.ExitCode, run.Error));
        Assert.False(Directory.Exists(_folder["new"]));
    }

    [Fact]
    public void A_folder_is_no_output()
    {
        CommandLineRun run = Score(_folder.Path);
        Assert.Equal((ExitCodes.Failed, $"error: The output '{_folder.Path}' is a folder; --output takes a file's name.\n"), (run.ExitCode, run.Error));
    }

    [Fact]
    public void The_input_is_never_its_own_output_not_even_through_a_link()
    {
        string input = _folder.Write("rows.csv", Csv), link = _folder["link.csv"];
        File.CreateSymbolicLink(link, input);
        foreach (string output in (string[])[input, link, Path.Combine(_folder.Path, ".", "rows.csv")])
        {
            CommandLineRun run = CommandLineRun.Of("score", input, "-o", output, "--model", _folder.Model);
            Assert.Equal((ExitCodes.Failed, $"error: The output '{output}' is the input itself; --output takes another name.\n"), (run.ExitCode, run.Error));
        }

        Assert.Equal(Csv, File.ReadAllText(input));
    }

    [Fact]
    public void A_link_stays_a_link_and_its_target_is_written()
    {
        string link = _folder["link.csv"];
        File.CreateSymbolicLink(link, "target.csv");
        Assert.Equal(ExitCodes.Done, Score(link).ExitCode);
        Assert.Equal("target.csv", File.ResolveLinkTarget(link, returnFinalTarget: false)!.Name);
        Assert.StartsWith("path,", File.ReadAllText(_folder["target.csv"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Links_to_links_that_lead_nowhere_yet_end_in_the_last_ones_folder()
    {
        Directory.CreateDirectory(_folder["elsewhere"]);
        File.CreateSymbolicLink(_folder["first.csv"], "elsewhere/second.csv");
        File.CreateSymbolicLink(_folder["elsewhere/second.csv"], "third.csv");
        Assert.Equal(ExitCodes.Done, Score(_folder["first.csv"]).ExitCode);
        Assert.StartsWith("path,", File.ReadAllText(_folder["elsewhere/third.csv"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_to_itself_is_one_line()
    {
        string link = _folder["loop.csv"];
        File.CreateSymbolicLink(link, "loop.csv");
        CommandLineRun run = Score(link);
        Assert.Equal((ExitCodes.Failed, $"error: The output '{link}' can't be written: Too many levels of symbolic links.\n"), (run.ExitCode, run.Error));
    }

    [Fact]
    public void The_model_in_use_is_never_replaced_by_whatever_name()
    {
        byte[] model = File.ReadAllBytes(_folder.Model);
        foreach (string output in NamesOf(_folder.Model))
        {
            CommandLineRun run = Score(output);
            Assert.Equal((ExitCodes.Failed, $"error: The output '{output}' is the model itself; --output takes another name.\n"), (run.ExitCode, run.Error));
        }

        Assert.Equal(model, File.ReadAllBytes(_folder.Model));
    }

    [Theory]
    [InlineData("onnx")]
    [InlineData("zip")]
    public void Nor_is_any_other_model(string kind)
    {
        byte[] model = kind == "onnx" ? SpotModel.ForeignBytes() : [.. "PK\u0003\u0004"u8, .. new byte[30]];
        string output = _folder.Write("results", model);
        CommandLineRun run = Score(output);
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.StartsWith($"error: The output '{output}' is a model, which results would replace; ", run.Error, StringComparison.Ordinal);
        Assert.Equal(model, File.ReadAllBytes(output));
    }

    [Fact]
    public void An_image_that_the_input_names_is_never_replaced_by_whatever_name()
    {
        byte[] image = File.ReadAllBytes(_folder["3.bmp"]);
        foreach (string output in NamesOf(_folder["3.bmp"]))
        {
            CommandLineRun run = Score(output);
            Assert.Equal(ExitCodes.Failed, run.ExitCode);
            Assert.Equal($"error: {_folder["rows.csv"]}, line 2: the image is the output itself, which results would replace; --output takes another name.\n", run.Error);
        }

        Assert.Equal(image, File.ReadAllBytes(_folder["3.bmp"]));
    }

    [Fact]
    public void An_image_that_the_input_means_is_not_replaced_either()
    {
        string image = _folder.Write("a b.bmp", File.ReadAllBytes(_folder["3.bmp"]));
        string csv = _folder.Write("meant.csv", "path,number\na%20b.bmp,1\n");
        CommandLineRun run = CommandLineRun.Of("score", csv, "-o", image, "--model", _folder.Model, "--provider", "cpu");
        Assert.Equal($"error: {csv}, line 2: the image is the output itself, which results would replace; --output takes another name.\n", run.Error);
        Assert.Equal(File.ReadAllBytes(_folder["3.bmp"]), File.ReadAllBytes(image));
    }

    [Fact]
    public void A_device_is_written_to_and_not_replaced()
    {
        Assert.SkipUnless(File.Exists("/dev/null"), "There is no /dev/null.");
        Assert.Equal(ExitCodes.Done, Score("/dev/null").ExitCode);
        Assert.Equal("", File.ReadAllText("/dev/null"));
    }

    [Fact]
    public void A_folder_that_must_not_be_written_is_one_line_with_the_outputs_name()
    {
        Assert.SkipUnless(Directory.Exists("/proc/1"), "There is no /proc, where nobody makes files.");
        CommandLineRun run = Score("/proc/output.csv");
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.StartsWith("error: The output '/proc/output.csv' can't be written: ", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, run.Error.Count(character => character == '\n'));
    }

    // Its own, that of a symbolic link and, where the system tells, that of a hard one.
    private IEnumerable<string> NamesOf(string file)
    {
        string soft = _folder["soft"], hard = _folder["hard"];
        File.CreateSymbolicLink(soft, Path.GetFileName(file));
        if (!OperatingSystem.IsLinux())
            return [file, soft];
        using Process made = Process.Start("ln", [file, hard]);
        made.WaitForExit();
        return [file, soft, hard];
    }

    private CommandLineRun Score(string output) =>
        CommandLineRun.Of("score", _folder.Write("rows.csv", Csv), "-o", output, "--model", _folder.Model, "--provider", "cpu");
}
