using System.Globalization;

namespace MnistAdder.Cluster;

/// <summary>An array of tasks on one node and on two: the same bytes as one run, and how long it takes.</summary>
internal static class ArrayTrial
{
    private const int Shards = 32;

    // Of the time on one node, that two nodes may take on a machine of two processors.
    private const double MostOfOneNode = 0.65;

    /// <returns>What is wrong.</returns>
    public static IEnumerable<string> Run(SlurmCluster cluster, Work work, int rows)
    {
        string table = work.Table(rows), one = work["one.csv"];
        (double plain, _) = Shell.Measure(() => Work.Run("score", table, "-o", one, "--quiet"));
        Say($"{rows} rows by one run of score: {plain:0.0} s");
        double[] seconds = new double[2];
        foreach (int nodes in (int[])[1, 2])
        {
            string parts = work[$"parts-{nodes}"], merged = work[$"merged-{nodes}.csv"];
            (double plan, _) = Shell.Measure(() => Work.Run("plan", table, "--shards", $"{Shards}", "-o", parts, "--quiet"));
            string others = string.Join(',', Enumerable.Range(nodes + 1, cluster.Size - nodes).Select(node => $"n{node}"));
            (seconds[nodes - 1], _) = Shell.Measure(() => SlurmCluster.Wait(SlurmCluster.Submit($"--array=0-{Shards - 1}", $"--exclude={others}", $"--output={cluster.Logs}/array-%A-%a.log", Work.Recipe, parts)));
            (double merge, _) = Shell.Measure(() => Work.Run("merge", parts, "-o", merged, "--quiet"));
            Say($"{Shards} shards on {nodes} {(nodes == 1 ? "node" : "nodes")}: plan {plan:0.0} s, array {seconds[nodes - 1]:0.0} s, merge {merge:0.0} s");
            if (!Work.AreSame(one, merged))
                yield return $"The merged table of {nodes} nodes differs from that of one run.";
        }

        Say($"two nodes take {seconds[1] / seconds[0]:0.00} of one");
        if (seconds[1] > MostOfOneNode * seconds[0])
            yield return $"Two nodes take {seconds[1]:0.0} s, and one {seconds[0]:0.0} s.";
    }

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
