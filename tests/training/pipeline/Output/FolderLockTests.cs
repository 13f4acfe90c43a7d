using System.Diagnostics;
using MnistAdder.Training.Base;
using MnistAdder.Training.Output;

namespace MnistAdder.Training.Tests.Output;

public sealed class FolderLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_is_one_trainers_until_it_gives_it_back()
    {
        using (FolderLock.Take(_folder.Path))
        {
            TrainingException error = Assert.Throws<TrainingException>(() => FolderLock.Take(_folder.Path));
            Assert.Equal(
                $"{_folder.Path} is in use by another trainer (process {Environment.ProcessId}); wait for it or choose another --output.", error.Message);
        }

        FolderLock.Take(_folder.Path).Dispose();
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_link_to_a_folder_that_is_still_missing_makes_it_and_one_to_itself_is_refused_once()
    {
        Directory.CreateSymbolicLink(_folder["link"], "target");
        using (FolderLock.Take(_folder["link"]))
            Assert.Single(Directory.GetFiles(_folder["target"]));

        Directory.CreateSymbolicLink(_folder["loop"], "loop");
        UnwritableFileException error = Assert.Throws<UnwritableFileException>(() => FolderLock.Take(_folder["loop"]));
        Assert.Equal($"'{_folder["loop"]}' can't be written: Too many levels of symbolic links.", error.Message);
    }

    [Fact]
    public void The_process_that_has_the_folder_is_named()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/flock"), "There is no flock to hold a lock with.");
        string held = _folder[".trainer-12345678.lock"];
        using Process other = Process.Start(new ProcessStartInfo("flock", [held, "sh", "-c", "echo held; exec sleep 60"]) { RedirectStandardOutput = true })!;
        try
        {
            Assert.Equal("held", other.StandardOutput.ReadLine());
            TrainingException error = Assert.Throws<TrainingException>(() => FolderLock.Take(_folder.Path));
            Assert.Contains("(process 12345678)", error.Message, StringComparison.Ordinal);
            Assert.Equal([held], Directory.GetFileSystemEntries(_folder.Path));
        }
        finally
        {
            other.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public void What_a_killed_trainer_left_is_in_nobodys_way_and_goes()
    {
        _folder.Write(".trainer-12345678.lock", []);
        using (FolderLock.Take(_folder.Path))
            Assert.Equal([$".trainer-{Environment.ProcessId}.lock"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Files_with_names_of_another_kind_are_left_alone()
    {
        string file = _folder.Write(".trainer-mine.lock", []);
        FolderLock.Take(_folder.Path).Dispose();
        Assert.Equal([file], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_folder_that_was_made_and_not_used_goes_again()
    {
        FolderLock.Take(_folder["unused"]).Dispose();
        Assert.False(Directory.Exists(_folder["unused"]));
        string file = Path.Combine(_folder["used"], "file");
        using (FolderLock.Take(_folder["used"]))
            File.WriteAllText(file, "");
        Assert.Equal([file], Directory.GetFileSystemEntries(_folder["used"]));
    }
}
