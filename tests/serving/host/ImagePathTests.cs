using MnistAdder.Commands;
using MnistAdder.Tests.Support.Scored;

namespace MnistAdder.Scoring.Tests;

public sealed class ImagePathTests : IDisposable
{
    private readonly ScoringFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("pictures\\my six.bmp")]
    [InlineData("pictures/my%20six.bmp")]
    [InlineData("pictures\\my%20six.bmp")]
    [InlineData(".\\pictures/my six.bmp")]
    [InlineData(" pictures/my six.bmp ")]
    [InlineData("file://FOLDER/pictures/my%20six.bmp")]
    [InlineData("FILE://FOLDER/pictures/my six.bmp")]
    [InlineData("file:FOLDER/pictures/my%20six.bmp")]
    [InlineData("file://localhostFOLDER/pictures/my%20six.bmp")]
    public void A_path_of_another_program_or_system_is_read_as_what_it_means(string path)
    {
        WriteSix("pictures", "my six.bmp");
        path = path.Replace("FOLDER", _folder.Path, StringComparison.Ordinal);
        Assert.Equal($"{path},1,6,1,7,1,,", Scored(path));
    }

    [Theory]
    [InlineData("file:///FOLDER/a#b?c%25.bmp", "a#b?c%.bmp")]
    [InlineData("100%.bmp", "100%.bmp")]
    [InlineData("%E6%95%B0%20%C3%A9.bmp", "数 é.bmp")]
    public void Signs_that_mean_nothing_stay_as_they_are(string path, string name)
    {
        WriteSix("", name);
        path = path.Replace("/FOLDER", _folder.Path, StringComparison.Ordinal);
        Assert.Equal($"{path},1,6,1,7,1,,", Scored(path));
    }

    [Theory]
    [InlineData("my%20six.bmp", "my six.bmp")]
    [InlineData("~/six.bmp", "../six.bmp")]
    public void The_file_of_just_that_path_comes_first(string path, string other)
    {
        WriteSix(Path.GetDirectoryName(path)!, Path.GetFileName(path));
        if (!other.Contains("..", StringComparison.Ordinal))
            File.Copy(_folder["1.bmp"], _folder[other]);
        Assert.Equal($"{path},1,6,1,7,1,,", Scored(path));
    }

    [Fact]
    public void A_backslash_in_a_files_name_is_a_letter_where_that_file_exists()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A backslash separates folders here.");
        WriteSix("", "a\\b.bmp");
        WriteSix("a", "b.bmp");
        File.Copy(_folder["1.bmp"], _folder["a/b.bmp"], overwrite: true);
        Assert.Equal("a\\b.bmp,1,6,1,7,1,,", Scored("a\\b.bmp"));
    }

    [Fact]
    public void The_literal_file_wins_even_where_it_is_no_image()
    {
        WriteSix("", "my six.bmp");
        _folder.Write("my%20six.bmp", "this is no picture");
        Assert.StartsWith("my%20six.bmp,1,,,,,\"the file is not an image", Scored("my%20six.bmp"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing.bmp", "missing.bmp")]
    [InlineData("./a/../missing.bmp", "missing.bmp")]
    [InlineData("~/missing of mnist-adder.bmp", "~/missing of mnist-adder.bmp")]
    [InlineData("missing%20%00.bmp", "missing%20%00.bmp")]
    [InlineData("file:///missing%20of%20mnist-adder.bmp", "file:/missing%20of%20mnist-adder.bmp")]
    [InlineData("\"two\nlines.bmp\"", "two lines.bmp")]
    public void An_error_names_the_full_path_that_the_row_has(string path, string expected)
    {
        (CommandLineRun run, _) = _folder.Score($"path,number\n{path},1\n", "--on-error", "fail");
        Assert.StartsWith($"error: {_folder["input.csv"]}, line 2: the file is missing: {Path.Combine(_folder.Path, expected)} (path '", run.Error, StringComparison.Ordinal);
        Assert.Equal((ExitCodes.Failed, 1), (run.ExitCode, run.Error.Count(character => character == '\n')));
    }

    [Fact]
    public void A_tilde_is_the_home_folder()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The home folder may be on another drive.");
        string path = "~/" + Path.GetRelativePath(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), _folder["6.bmp"]);
        Assert.Equal($"{path},1,6,1,7,1,,", Scored(path));
        string other = path.Replace('/', '\\');
        Assert.Equal($"{other},1,6,1,7,1,,", Scored(other));
    }

    [Fact]
    public void Alternatives_begin_at_the_root_too()
    {
        WriteSix("pictures/inner", "six.bmp");
        (_, string[] lines) = _folder.Score("path,number\ninner\\six.bmp,1\n", "--root", _folder["pictures"]);
        Assert.Equal("inner\\six.bmp,1,6,1,7,1,,", lines[1]);
    }

    private string Scored(string path) => _folder.Score($"path,number\n{path},1\n").Lines[1];

    private void WriteSix(string folder, string name)
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, folder));
        File.Copy(_folder["6.bmp"], Path.Combine(_folder.Path, folder, name));
    }
}
