using MnistAdder.Commands;

namespace MnistAdder.EndToEnd.Tests;

/// <summary>Training on pictures in a folder for each digit.</summary>
public sealed class OwnDigitsTests : IDisposable
{
    private static readonly string[] s_words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    private readonly TemporaryFolder _folder = new();

    public OwnDigitsTests()
    {
        using RunningProgram samples = RunningProgram.Run(Programs.TrainingHost, "samples", _folder["samples"], "--count", "40");
        Assert.Equal(ExitCodes.Done, samples.ExitCode);
        for (int digit = 0; digit < s_words.Length; digit++)
        {
            Directory.CreateDirectory(_folder[$"own/{digit}"]);
            foreach (string picture in Directory.GetFiles(_folder["samples"], $"*-{s_words[digit]}.png"))
                File.Move(picture, Path.Combine(_folder[$"own/{digit}"], Path.GetFileName(picture)));
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_model_of_ones_own_digits_tells_which_they_are_and_goes_on_with_no_others()
    {
        using RunningProgram training = Train("--epochs", "1");
        Assert.Equal((ExitCodes.Done, ""), (training.ExitCode, training.Error));
        string data = training.Output.Split('\n')[0];
        Assert.EndsWith(": " + _folder["own"] + ", 30 pictures to learn from and 10 as test, held out: a tenth of each class, at least one", data, StringComparison.Ordinal);
        string name = data[data.IndexOf("pictures-", StringComparison.Ordinal)..data.IndexOf(": ", StringComparison.Ordinal)];
        Assert.Contains($"\"dataset\": \"{name}\"", File.ReadAllText(_folder["out/metrics.json"]), StringComparison.Ordinal);
        Assert.Contains(name, File.ReadAllText(_folder["out/report.html"]), StringComparison.Ordinal);
        using RunningProgram info = RunningProgram.Run(Programs.ScoringHost, "info", _folder["out/model.onnx"]);
        Assert.Contains($"on {name} with recipe seed", info.Output, StringComparison.Ordinal);
        using RunningProgram export = RunningProgram.Run(Programs.TrainingHost, "export", _folder["out"], "--data", _folder["own"], "--output", _folder["again"]);
        Assert.Equal((ExitCodes.Done, ""), (export.ExitCode, export.Error));
        Assert.Contains("of the test images", export.Output, StringComparison.Ordinal);

        File.Delete(Directory.GetFiles(_folder["own/3"])[0]);
        using RunningProgram changed = Train("--epochs", "2", "--resume");
        Assert.Equal(ExitCodes.Failed, changed.ExitCode);
        Assert.Contains($"it has dataset {name}, not pictures-", changed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_pictures_folder_is_no_place_for_the_results()
    {
        using RunningProgram run = RunningProgram.Run(Programs.TrainingHost, "--data", _folder["own"], "--output", _folder["own/out"]);
        Assert.Equal(
            (ExitCodes.Failed, $"error: {_folder["own/out"]} is within {_folder["own"]}, whose folders are classes of pictures; choose another --output.\n"),
            (run.ExitCode, run.Error));
        Assert.False(Directory.Exists(_folder["own/out"]));

        Directory.CreateSymbolicLink(_folder["link"], _folder["own/3"]);
        using RunningProgram linked = RunningProgram.Run(
            Programs.TrainingHost, "--data", _folder["own"], "--tensorboard", _folder["link/events"], "--output", _folder["out"]);
        Assert.Equal(
            (ExitCodes.Failed, $"error: {_folder["link/events"]} is within {_folder["own"]}, whose folders are classes of pictures; choose another --tensorboard.\n"),
            (linked.ExitCode, linked.Error));
        Assert.False(Directory.Exists(_folder["own/3/events"]));
    }

    [Fact]
    public void A_picture_that_cannot_be_used_is_a_warning_and_a_class_without_any_an_error()
    {
        File.WriteAllText(Directory.GetFiles(_folder["own/3"])[0], "");
        using RunningProgram warned = Train("--epochs", "1");
        Assert.Equal(ExitCodes.Done, warned.ExitCode);
        Assert.StartsWith($"warning: left out of {_folder["own"]}, since they can't be used: 1 of 40 pictures\n  3", warned.Error, StringComparison.Ordinal);

        Directory.Delete(_folder["own/3"], recursive: true);
        using RunningProgram refused = Train("--epochs", "1", "--overwrite");
        Assert.Equal(
            (ExitCodes.Failed, $"error: The folder {_folder["own"]}, which --data names, has too few pictures: there is no folder 3.\n"), (refused.ExitCode, refused.Error));
    }

    private RunningProgram Train(params string[] options) =>
        RunningProgram.Run(Programs.TrainingHost, ["--data", _folder["own"], "--recipe", "seed", "--threads", "1", "--output", _folder["out"], .. options]);
}
