using System.Text.RegularExpressions;

namespace MnistAdder.Tests;

/// <summary>The clock on the wall jumps: by hand, by NTP, with a virtual machine that sleeps.</summary>
public sealed partial class ClockTests
{
    // Dates that are written down, or copied, and compared with nothing but themselves.
    private static readonly string[] s_dates =
    [
        "serving/batching/Stock/StockModel.cs", // whether a model's file is still the one that was loaded
        "serving/host/Shards/PartFolder.cs", // whether a part is the one that its manifest was written for
        "serving/host/Shards/ScoringPlan.cs", // whether an input is still the one that was planned
        "serving/host/Shards/ShardRun.cs", // a task's log
        "training/native/WeakenLibstdcxxVersion.cs", // a file keeps its own
        "training/pipeline/Export/ModelExport.cs", // the date in the model's metadata
        "training/pipeline/Output/TensorBoardEvents.cs", // TensorBoard's format wants one; it orders events by their step
    ];

    [Fact]
    public void Only_dates_that_are_kept_come_from_the_wall_clock_and_every_duration_from_a_stopwatch()
    {
        string[] readers =
        [
            .. new[] { "shared", "training", "serving" }
                .SelectMany(folder => Directory.GetFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories))
                .Select(file => (Name: Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'), Text: File.ReadAllText(file)))
                .Where(file => !file.Name.Contains("/obj/", StringComparison.Ordinal) && WallClock().IsMatch(file.Text))
                .Select(file => file.Name)
                .Order(StringComparer.Ordinal),
        ];
        Assert.Equal(s_dates, readers);
    }

    [GeneratedRegex(@"DateTime(Offset)?\.(Now|UtcNow|Today)|GetLocalNow|GetLastWriteTime|GetCreationTime|LastWriteTimeUtc|StartTime")]
    private static partial Regex WallClock();
}
