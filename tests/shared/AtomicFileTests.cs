using System.Diagnostics;

namespace MnistAdder.Tests;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_is_replaced_as_a_whole()
    {
        AtomicFile.WriteText(_folder["report.html"], "a long text");
        AtomicFile.WriteText(_folder["report.html"], "short");
        Assert.Equal("short", File.ReadAllText(_folder["report.html"]));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_write_that_fails_keeps_the_older_file_and_leaves_nothing_else()
    {
        string path = _folder.Write("model.onnx", "older"u8.ToArray());
        UnwritableFileException error = Assert.Throws<UnwritableFileException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write("half of the newer"u8);
            throw new IOException("No space left on device : '/somewhere/model.onnx.123.tmp'");
        }));
        Assert.Equal(($"'{path}' can't be written: No space left on device.", "No space left on device"), (error.Message, error.Reason));
        Assert.Equal("older", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_folder_in_the_way_is_named_and_not_its_temporary_neighbour()
    {
        string taken = Directory.CreateDirectory(_folder["taken"]).FullName;
        UnwritableFileException error = Assert.Throws<UnwritableFileException>(() => AtomicFile.WriteText(taken, "text"));
        Assert.StartsWith($"'{taken}' can't be written: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(".tmp", error.Message, StringComparison.Ordinal);
        Assert.Equal([taken], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void What_a_killed_writer_left_of_the_same_file_is_removed()
    {
        int dead = EndedProcess();
        string left = Touch($"output.csv.{dead}@{AtomicFile.Machine}.tmp");
        AtomicFile.RemoveAbandoned(_folder["output.csv"]);
        Assert.False(File.Exists(left));
    }

    [Fact]
    public void A_killed_writer_that_nobody_has_asked_about_is_dead_too()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux's are tried.");
        var start = new ProcessStartInfo("sh", ["-c", "sleep 0.5 & echo $!; exec sleep 60"]) { RedirectStandardOutput = true };
        using Process parent = Process.Start(start)!;
        try
        {
            string id = parent.StandardOutput.ReadLine()!;
            Assert.True(SpinWait.SpinUntil(() => File.ReadAllText($"/proc/{id}/stat").Contains(") Z ", StringComparison.Ordinal), TimeSpan.FromSeconds(20)));
            string left = Touch($"output.csv.{id}@{AtomicFile.Machine}.tmp");
            AtomicFile.RemoveAbandoned(_folder["output.csv"]);
            Assert.False(File.Exists(left));
        }
        finally
        {
            parent.Kill();
        }
    }

    [Fact]
    public void What_a_living_process_writes_and_what_only_looks_alike_stays()
    {
        int dead = EndedProcess();
        using Process other = Process.Start(new ProcessStartInfo("sleep", ["60"]))!;
        try
        {
            string[] kept =
            [
                Touch($"output.csv.{Environment.ProcessId}@{AtomicFile.Machine}.tmp"), Touch($"output.csv.{other.Id}@{AtomicFile.Machine}.tmp"), Touch($"other.csv.{dead}@{AtomicFile.Machine}.tmp"),
                Touch($"output.csv.{dead}@{AtomicFile.Machine}.tmp.csv"), Touch($"output.csv.notes.{dead}@{AtomicFile.Machine}.tmp"), Touch("output.csv.tmp"), Touch("output.csv.x12.tmp"),
                Touch($"output.csv.-{dead}@{AtomicFile.Machine}.tmp"), Touch($"my-output.csv.{dead}@{AtomicFile.Machine}.tmp"), Touch("output.csv"),
                Touch($"output.csv.{dead}@elsewhere.tmp"), Touch($"output.csv.{dead}.tmp"),
            ];
            AtomicFile.RemoveAbandoned(_folder["output.csv"]);
            Assert.All(kept, file => Assert.True(File.Exists(file), file));
        }
        finally
        {
            other.Kill();
        }
    }

    [Fact]
    public void A_star_in_a_files_name_means_itself()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such names.");
        int dead = EndedProcess();
        string other = Touch($"output.csv.{dead}@{AtomicFile.Machine}.tmp"), own = Touch($"*.csv.{dead}@{AtomicFile.Machine}.tmp");
        AtomicFile.RemoveAbandoned(_folder["*.csv"]);
        Assert.Equal((true, false), (File.Exists(other), File.Exists(own)));
    }

    [Fact]
    public void A_temporary_file_that_somebody_holds_stays_even_if_its_process_seems_dead()
    {
        string path = _folder[$"output.csv.{EndedProcess()}@{AtomicFile.Machine}.tmp"];
        using (new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            AtomicFile.RemoveAbandoned(_folder["output.csv"]);
            Assert.True(File.Exists(path));
        }
    }

    [Fact]
    public void A_folders_files_are_cleared_up_by_pattern()
    {
        int dead = EndedProcess();
        string[] gone = [Touch($"loss.svg.{dead}@{AtomicFile.Machine}.tmp"), Touch($"model.onnx.{dead}@{AtomicFile.Machine}.tmp")];
        string kept = Touch($"diary.txt.{dead}@{AtomicFile.Machine}.tmp");
        AtomicFile.RemoveAbandonedIn(_folder.Path, "*.svg", "model.onnx");
        Assert.All(gone, file => Assert.False(File.Exists(file), file));
        Assert.True(File.Exists(kept));
    }

    [Fact]
    public void A_folder_that_does_not_exist_has_nothing_to_remove()
    {
        AtomicFile.RemoveAbandonedIn(_folder["nowhere"], "*.svg");
        AtomicFile.RemoveAbandoned(_folder["nowhere/output.csv"]);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    private string Touch(string name) => _folder.Write(name, []);

    private static int EndedProcess()
    {
        using Process process = Process.Start("true");
        process.WaitForExit();
        return process.Id;
    }
}
