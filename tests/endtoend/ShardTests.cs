using System.Globalization;
using MnistAdder.Commands;
using MnistAdder.Tests.Support.Scored;

namespace MnistAdder.EndToEnd.Tests;

/// <summary>Tasks of a cluster, as processes that share a folder.</summary>
public sealed class ShardTests : IDisposable
{
    private const int Rows = 20_000, Segments = 20;

    private readonly ScoringFolder _folder = new();

    public ShardTests()
    {
        string input = _folder.WriteRows(Rows);
        Succeed("plan", input, "--shards", "1", "--segment-rows", $"{Rows / Segments}", "-o", Parts, "--model", _folder.Model);
        Succeed("score", input, "-o", _folder.Output, "--model", _folder.Model);
    }

    private string Parts => _folder["parts"];

    private string SegmentFolder => Path.Combine(Parts, "part-00000.segments");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_task_that_is_killed_again_and_again_repeats_at_most_a_segment_each_time()
    {
        int kills = 0, most = 0;
        while (true)
        {
            using var task = RunningProgram.Start(Programs.ScoringHost, ["score", "--plan", Parts, "--shard", "0", "--threads", "1"]);
            int before = Done().Length;
            Assert.True(before >= most, "A segment that was done is gone.");
            // Three segments more, and then in the middle of whatever it does.
            while (task.IsRunning && Done().Length < before + 3)
                Thread.Sleep(5);
            if (task.IsRunning && Done().Length < Segments - 3 && task.TrySignal(RunningProgram.Kill))
            {
                task.WaitForExit();
                kills++;
                most = Done().Length;
                continue;
            }

            task.WaitForExit();
            Assert.Equal(ExitCodes.Done, task.ExitCode);
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"shard 0 of 1: {before} of {Segments} segments are done already"), task.Error, StringComparison.Ordinal);
            break;
        }

        Assert.InRange(kills, 3, Segments);
        AssertMerged();
    }

    [Fact]
    public void Tasks_of_one_shard_at_the_same_time_leave_one_whole_part()
    {
        RunningProgram[] tasks = [.. Enumerable.Range(0, 3).Select(_ => RunningProgram.Start(Programs.ScoringHost, ["score", "--plan", Parts, "--shard", "0", "--threads", "1"]))];
        foreach (RunningProgram task in tasks)
        {
            task.WaitForExit();
            Assert.True(task.ExitCode == ExitCodes.Done, task.Error);
            task.Dispose();
        }

        AssertMerged();
    }

    private void AssertMerged()
    {
        Succeed("merge", Parts, "-o", _folder["merged"]);
        Assert.Equal(File.ReadAllBytes(_folder.Output), File.ReadAllBytes(_folder["merged"]));
        Assert.Equal(["part-00000.json", "plan.json"], Directory.GetFileSystemEntries(Parts).Select(Path.GetFileName).Where(name => !name!.EndsWith(".csv", StringComparison.Ordinal)).Order());
    }

    private string[] Done() => Directory.Exists(SegmentFolder) ? Directory.GetFiles(SegmentFolder, "*.json") : [];

    private static void Succeed(params string[] arguments)
    {
        using var run = RunningProgram.Run(Programs.ScoringHost, arguments);
        Assert.True(run.ExitCode == ExitCodes.Done, run.Error);
    }
}
