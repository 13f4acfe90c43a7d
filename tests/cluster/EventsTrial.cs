using System.Globalization;
using System.Text.RegularExpressions;

namespace MnistAdder.Cluster;

/// <summary>A scoring during which tasks and nodes are killed, requeued, cancelled, run twice and out of disk: always the same bytes.</summary>
internal sealed partial class EventsTrial
{
    private const int Shards = 8, SegmentsOfShard = 12;

    // Of the events; the others come when the work is done already, or between two tasks.
    private const double LeastHappened = 0.65;

    private readonly SlurmCluster _cluster;
    private readonly Work _work;
    private readonly Random _random;
    private readonly string _disk;
    private readonly string _parts;
    private readonly string _logs;
    private readonly List<string> _jobs = [];

    private EventsTrial(SlurmCluster cluster, Work work, Random random)
    {
        _cluster = cluster;
        _work = work;
        _random = random;
        _disk = work["disk"];
        _parts = Path.Combine(_disk, "parts");
        _logs = Directory.CreateDirectory(work["events"]).FullName;
    }

    /// <returns>What is wrong.</returns>
    public static IReadOnlyList<string> Run(SlurmCluster cluster, Work work, int rows, int events, int seed) => new EventsTrial(cluster, work, new Random(seed)).Run(rows, events);

    private List<string> Run(int rows, int events)
    {
        string table = _work.Table(rows), one = _work["events-one.csv"], merged = _work["events-merged.csv"];
        Work.Run("score", table, "-o", one, "--model", _work.SmallModel, "--quiet");
        MountDisk(bytes: (3 * new FileInfo(one).Length) + (64 << 20));
        try
        {
            Work.Run("plan", table, "--shards", $"{Shards}", "--segment-rows", $"{1 + (rows / Shards / SegmentsOfShard)}", "--model", _work.SmallModel, "-o", _parts, "--quiet");
            Submit(Enumerable.Range(0, Shards));
            int happened = Happen(events);

            for (int round = 0; round < 20 && Unfinished().Length > 0; round++)
            {
                _jobs.ForEach(SlurmCluster.Wait);
                if (Unfinished() is { Length: > 0 } unfinished)
                    Submit(unfinished);
            }

            _jobs.ForEach(SlurmCluster.Wait);
            Work.Run("merge", _parts, "-o", merged, "--quiet");
            List<string> wrong = [.. Repeated()];
            if (happened < LeastHappened * events)
                wrong.Add($"Only {happened} of {events} events found anything to do: the work was done too soon.");
            if (!Work.AreSame(one, merged))
                wrong.Add("What was merged after the events differs from one run.");
            return wrong;
        }
        finally
        {
            _jobs.ForEach(job => Shell.TryRun("scancel", job));
            Shell.TryRun("umount", "--lazy", _disk);
        }
    }

    // Each kind as often as the others, in an order of its own each time. Gives how many found anything to do.
    private int Happen(int events)
    {
        (string Name, Func<bool> Do)[] kinds =
        [
            ("a task killed", KillTask), ("the disk full", FillDisk), ("a node's slurmd killed", KillNode), ("the array submitted twice", SubmitUnfinished),
            ("a task requeued", Requeue), ("the array cancelled and submitted again", CancelAndSubmit),
        ];
        int happened = 0;
        for (int i = 0; i < events && Unfinished().Length > 0; i++)
        {
            if (i % kinds.Length == 0)
                _random.Shuffle(kinds);
            Thread.Sleep(1000 + _random.Next(1500));
            (string name, Func<bool> act) = kinds[i % kinds.Length];
            int there = Shards - Unfinished().Length;
            bool did = act();
            happened += did ? 1 : 0;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"event {i + 1}: {name}{(did ? "" : " (nothing to do)")}, {there} of {Shards} parts are there"));
        }

        return happened;
    }

    // A disk of its own, so that it can be filled.
    private void MountDisk(long bytes)
    {
        Directory.CreateDirectory(_disk);
        Shell.Run("mount", "--types", "tmpfs", "--options", string.Create(CultureInfo.InvariantCulture, $"size={bytes}"), "tmpfs", _disk);
    }

    private void Submit(IEnumerable<int> shards) =>
        _jobs.Add(SlurmCluster.Submit($"--array={string.Join(',', shards)}", $"--output={_logs}/task-%A-%a.log", Work.Recipe, _parts));

    private int[] Unfinished() => [.. Enumerable.Range(0, Shards).Where(shard => !File.Exists(Path.Combine(_parts, $"part-{shard:00000}.json")))];

    private string[] RunningTasks() => [.. _jobs.SelectMany(SlurmCluster.Running)];

    private bool KillTask()
    {
        foreach (string folder in Directory.GetDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)))
        {
            string commandLine = TryRead(Path.Combine(folder, "cmdline"));
            if (!commandLine.StartsWith("dotnet", StringComparison.Ordinal) || !commandLine.Contains($"--plan\0{_parts}", StringComparison.Ordinal))
                continue;
            return Shell.TryRun("kill", "-9", Path.GetFileName(folder)).ExitCode == 0;
        }

        return false;
    }

    private bool SubmitUnfinished()
    {
        int[] unfinished = Unfinished();
        if (unfinished.Length > 0)
            Submit(unfinished);
        return unfinished.Length > 0;
    }

    private bool KillNode()
    {
        int node = 1 + _random.Next(_cluster.Size);
        _cluster.KillNode(node);
        Thread.Sleep(2000);
        _cluster.StartNode(node);
        return true;
    }

    private bool Requeue() =>
        RunningTasks() is { Length: > 0 } tasks && Shell.TryRun("scontrol", "requeue", tasks[_random.Next(tasks.Length)]).ExitCode == 0;

    private bool CancelAndSubmit()
    {
        bool runs = RunningTasks().Length > 0;
        _jobs.ForEach(job => Shell.TryRun("scancel", job));
        SubmitUnfinished();
        return runs;
    }

    private bool FillDisk()
    {
        string filler = Path.Combine(_disk, "filler");
        try
        {
            using var file = new FileStream(filler, FileMode.Create);
            byte[] block = new byte[1 << 20];
            while (true)
                file.Write(block);
        }
        catch (IOException)
        {
            Thread.Sleep(2000);
        }
        finally
        {
            File.Delete(filler);
        }

        return true;
    }

    // A segment that was done when a run of its shard began was none of those that the run had to do.
    private IEnumerable<string> Repeated()
    {
        var done = new List<(int Shard, int Segment, string Process, TimeSpan At)>();
        var begun = new Dictionary<(int Shard, string Process), TimeSpan>();
        foreach (string line in Directory.GetFiles(_logs).SelectMany(File.ReadLines))
        {
            if (LogLine().Match(line) is not { Success: true } found)
                continue;
            TimeSpan at = TimeSpan.Parse(found.Groups["at"].Value, CultureInfo.InvariantCulture);
            (int shard, string process) = (int.Parse(found.Groups["shard"].Value, CultureInfo.InvariantCulture), found.Groups["process"].Value);
            if (found.Groups["segment"].Success)
                done.Add((shard, int.Parse(found.Groups["segment"].Value, CultureInfo.InvariantCulture), process, at));
            else
                begun[(shard, process)] = at;
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{begun.Count} runs of {Shards} shards wrote {done.Count} segments, {done.Select(one => (one.Shard, one.Segment)).Distinct().Count()} different ones"));
        return
            from first in done
            from again in done
            where first.Shard == again.Shard && first.Segment == again.Segment && first.Process != again.Process && begun[(again.Shard, again.Process)] > first.At
            select $"Segment {first.Segment} of shard {first.Shard} was there, and was made again.";
    }

    private static string TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    [GeneratedRegex(@"^(?<at>\d\d:\d\d:\d\d\.\d{3}) process (?<process>\d+), shard (?<shard>\d+) of \d+: (begins|segment (?<segment>\d+) is done)$")]
    private static partial Regex LogLine();
}
