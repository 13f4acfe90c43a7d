using System.Globalization;

namespace MnistAdder.Cluster;

/// <summary>What planning, shards and merging take beside one plain run, and what a second worker brings: without a cluster.</summary>
internal static class OverheadTrial
{
    private const int Shards = 4, Rounds = 5;
    private const double LeastSpeedUp = 1.6, MostMemory = 1.25;

    // Seconds of a processor that a process may take beside its rows: it starts, and compiles itself as it runs. The ratio follows from that and the rows.
    private const double MostOfProcess = 1.5;

    /// <returns>What is wrong.</returns>
    public static IEnumerable<string> Run(Work work, int rows)
    {
        string table = work.Table(rows), one = work["overhead-one.csv"], merged = work["overhead-merged.csv"];
        var costs = new List<double>();
        for (int round = 0; round < 3; round++)
        {
            string parts = work[$"overhead-{round}"];
            (_, double plain) = Shell.Measure(() => Work.Run("score", table, "-o", one, "--quiet"));
            (_, double plan) = Shell.Measure(() => Work.Run("plan", table, "--shards", $"{Shards}", "-o", parts, "--quiet"));
            (_, double shards) = Shell.Measure(() => Score(parts, Enumerable.Range(0, Shards), []));
            (_, double merge) = Shell.Measure(() => Work.Run("merge", parts, "-o", merged, "--quiet"));
            double all = plan + shards + merge;
            costs.Add((all - plain) / (Shards + 1)); // as many processes more
            Say($"{rows} rows: one run takes {plain:0.0} s of a processor; plan {plan:0.00} s, {Shards} shards {shards:0.0} s, merge {merge:0.00} s: {all / plain:0.000}, {costs[^1]:0.00} s for each process more");
        }

        if (costs.Order().ElementAt(1) > MostOfProcess)
            yield return $"A process takes {costs.Order().ElementAt(1):0.00} s of a processor beside its rows.";
        if (!Work.AreSame(one, merged))
            yield return "The merged table differs from that of one run.";

        string small = work.Table(rows / 10);
        foreach ((string name, Func<string, string[]> arguments) in ((string, Func<string, string[]>)[])
            [("score", input => ["score", input, "-o", one, "--quiet"]), ("plan", input => ["plan", input, "--shards", $"{Shards}", "-o", work[$"memory-{Path.GetFileName(input)}"], "--quiet"])])
        {
            (long few, long many) = (Work.Peak(arguments(small)), Work.Peak(arguments(table)));
            Say($"peak memory of {name}: {few} MB at {rows / 10} rows, {many} MB at {rows}");
            if (many > MostMemory * few)
                yield return $"The memory of {name} grows with the rows: {few} MB, then {many} MB.";
        }

        var speedUps = new List<double>();
        for (int round = 0; round < Rounds; round++)
        {
            string alone = work[$"alone-{round}"], together = work[$"together-{round}"];
            Work.Run("plan", table, "--shards", "2", "-o", alone, "--quiet");
            Work.Run("plan", table, "--shards", "2", "-o", together, "--quiet");
            (double byOne, _) = Shell.Measure(() => Score(alone, [0, 1], ["--threads", "1"]));
            (double byTwo, _) = Shell.Measure(() => Parallel.ForEach((int[])[0, 1], shard => Score(together, [shard], ["--threads", "1"])));
            speedUps.Add(byOne / byTwo);
        }

        double median = speedUps.Order().ElementAt(Rounds / 2);
        Say($"two workers of one thread: {median:0.00} times one (median of {Rounds})");
        if (median < LeastSpeedUp)
            yield return $"Two workers are {median:0.00} times as fast as one.";
    }

    private static void Score(string parts, IEnumerable<int> shards, string[] options)
    {
        foreach (int shard in shards)
            Work.Run(["score", "--plan", parts, "--shard", $"{shard}", "--quiet", .. options]);
    }

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
