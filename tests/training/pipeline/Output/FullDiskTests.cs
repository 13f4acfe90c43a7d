using System.IO.Compression;
using MnistAdder.Training.Checkpoints;
using MnistAdder.Training.Export;
using MnistAdder.Training.Network;
using MnistAdder.Training.Output;
using MnistAdder.Training.Recipes;
using MnistAdder.Training.Results;
using MnistAdder.Training.Weights;

namespace MnistAdder.Training.Tests.Output;

[Collection(TorchGenerator.Tests)]
public sealed class FullDiskTests : IDisposable
{
    private readonly TinyRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Whichever_file_of_a_finished_run_the_disk_is_too_small_for_is_named_and_none_is_half_written()
    {
        DigitSumTrainer trainer = _run.Trainer("run");
        _run.Fit(trainer);
        RunSummary summary = trainer.Summary!;
        var model = new VerifiedModel(
            File.ReadAllBytes(_run["run/model.onnx"]), summary.Verification, summary.Evaluation, summary.Details, summary.Metadata, summary.ExportSeconds);
        using DigitSumNetwork network = Recipe.Seed.CreateNetwork();
        var origin = ModelOrigin.Of(summary.Settings, summary.History.Count);
        var whole = new OutputFolder(_run["whole"]);
        whole.Write(summary, model, network, origin, showsGallery: true);
        string[] all = [.. Directory.GetFiles(_run["whole"]).Select(file => Path.GetFileName(file)!)];

        // Room for no file, then for exactly the first, the first two … as each refusal tells which comes next.
        List<string> fitting = [];
        using var disk = SmallDisk.MountOrSkip(_run["disk"], pages: 2000);
        while (true)
        {
            foreach (string file in Directory.GetFiles(disk.Path))
                File.Delete(file);
            foreach (string name in all.Except(fitting))
                File.WriteAllText(disk[name], "older");
            disk.FillUpTo(fitting.Sum(name => Pages(_run[$"whole/{name}"])));

            Exception? error = Record.Exception(() => new OutputFolder(disk.Path).Write(summary, model, network, origin, showsGallery: true));
            if (error is null)
                break;
            string refused = Assert.Single(all, name => error.Message == $"'{disk[name]}' can't be written: No space left on device.");
            Assert.DoesNotContain(refused, fitting);
            Assert.All(all.Except(fitting), name => Assert.Equal("older", File.ReadAllText(disk[name])));
            Assert.All(fitting, name => AssertSame(_run[$"whole/{name}"], disk[name]));
            Assert.Equal(all.Append("filler").Order(), Directory.GetFiles(disk.Path).Select(file => Path.GetFileName(file)!).Order());
            fitting.Add(refused);
        }

        Assert.Equal(all.Order(), fitting.Order());
        Assert.All(all, name => AssertSame(_run[$"whole/{name}"], disk[name]));
    }

    [Fact]
    public void A_checkpoint_that_does_not_fit_leaves_the_one_before()
    {
        _run.Fit(_run.Trainer("run"));
        string last = _run["run/checkpoint/epoch-0003.safetensors"];

        // Two checkpoints don't fit at once, so that the first epoch's is refused.
        using var disk = SmallDisk.MountOrSkip(_run["disk"], pages: (int)(Pages(last) * 3 / 2));
        UnwritableFileException error = Assert.Throws<UnwritableFileException>(() => _run.Fit(_run.Trainer("disk")));
        Assert.Equal($"'{disk["checkpoint/epoch-0001.safetensors"]}' can't be written: No space left on device.", error.Message);
        string kept = Assert.Single(Directory.GetFiles(disk.Path, "*", SearchOption.AllDirectories));
        Assert.Equal("epoch-0000.safetensors", Path.GetFileName(kept));
        Assert.Empty(Checkpoint.Read(kept).History);
    }

    private static long Pages(string file) => (new FileInfo(file).Length + SmallDisk.Page - 1) / SmallDisk.Page;

    // The entries of a zip carry the time at which they were written.
    private static void AssertSame(string expected, string actual)
    {
        if (Path.GetExtension(expected) == ".zip")
            Assert.Equal(Entries(expected), Entries(actual));
        else
            Assert.Equal(File.ReadAllBytes(expected), File.ReadAllBytes(actual));
    }

    private static (string Name, uint Crc)[] Entries(string zip)
    {
        using ZipArchive archive = ZipFile.OpenRead(zip);
        return [.. archive.Entries.Select(entry => (entry.FullName, entry.Crc32))];
    }
}
