using MnistAdder.Commands;
using MnistAdder.Tests.Support.Scored;

namespace MnistAdder.EndToEnd.Tests;

/// <summary>Disks that are full or read-only.</summary>
public sealed class DiskTests : IDisposable
{
    private readonly ScoringFolder _folder = new();
    private readonly SmallDisk _disk;

    public DiskTests()
    {
        try
        {
            _disk = SmallDisk.MountOrSkip(_folder["disk"], pages: 32);
        }
        catch
        {
            _folder.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _disk.Dispose();
        _folder.Dispose();
    }

    public static TheoryData<string, string> Commands => new()
    {
        // What is run, with {disk} for the disk, and the file that can't be written.
        { "train --output {disk}/out", "{disk}/out/checkpoint/epoch-0000.safetensors" },
        { "train --output {out} --tensorboard {disk}/events", "{disk}/events/events.out.tfevents." },
        { "sheet {disk}/sheet.png", "{disk}/sheet.png" },
        { "samples {disk}/samples", "{disk}/samples/0" },
        { "score -o {disk}/output.csv", "{disk}/output.csv" },
    };

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_full_disk_is_one_line_with_the_files_name_and_leaves_no_half_of_it(string command, string file)
    {
        _disk.FillUpTo(pagesLeft: 1);
        using RunningProgram run = Run(command, rows: 60_000);
        AssertRefused(run, file, "No space left on device");
        string[] left = [.. Directory.GetFiles(_disk.Path, "*", SearchOption.AllDirectories).Select(Path.GetFileName).Order()!];
        if (command.StartsWith("samples", StringComparison.Ordinal))
            Assert.Equal(["00-six.png", "filler"], left); // whole, since it fits; the next doesn't
        else if (!command.Contains("tensorboard", StringComparison.Ordinal)) // which appends to its file
            Assert.Equal(["filler"], left);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_read_only_folder_is_one_line_with_its_name(string command, string file)
    {
        _disk.MakeReadOnly();
        using RunningProgram run = Run(command, rows: 1);

        // Where the folder can't even be made, it is the folder that is named.
        AssertRefused(run, command.StartsWith("train", StringComparison.Ordinal) ? file[..file.IndexOf('/', "{disk}/".Length)] : file, "Read-only file system");
        Assert.Empty(Directory.GetFileSystemEntries(_disk.Path));
    }

    [Fact]
    public void Older_files_stay_as_they_were()
    {
        string[] files = ["sheet.png", "output.csv"];
        foreach (string file in files)
            File.WriteAllText(_disk[file], "older");
        _disk.FillUpTo(pagesLeft: 1);
        foreach (string command in (string[])["sheet {disk}/sheet.png", "score -o {disk}/output.csv"])
        {
            using RunningProgram run = Run(command, rows: 60_000);
            Assert.Equal(ExitCodes.Failed, run.ExitCode);
        }

        Assert.All(files, file => Assert.Equal("older", File.ReadAllText(_disk[file])));
        Assert.Equal(3, Directory.GetFiles(_disk.Path).Length);
    }

    private RunningProgram Run(string command, int rows)
    {
        string[] words = [.. command.Split(' ').Select(word => word.Replace("{disk}", _disk.Path, StringComparison.Ordinal).Replace("{out}", _folder["out"], StringComparison.Ordinal))];
        RunningProgram run = words[0] switch
        {
            "train" => RunningProgram.Run(Programs.TrainingHost, ["--dataset", "synthetic", "--limit", "60", "--epochs", "2", "--threads", "1", .. words[1..]]),
            "score" => RunningProgram.Run(Programs.ScoringHost, ["score", _folder.WriteRows(rows), "--model", _folder.Model, "--provider", "cpu", .. words[1..]]),
            _ => RunningProgram.Run(Programs.TrainingHost, words),
        };
        return run;
    }

    private void AssertRefused(RunningProgram run, string file, string reason)
    {
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.Equal(1, run.Error.Count(character => character == '\n'));
        Assert.StartsWith("error: ", run.Error, StringComparison.Ordinal);
        Assert.Contains(file.Replace("{disk}", _disk.Path, StringComparison.Ordinal), run.Error, StringComparison.Ordinal);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
    }
}
