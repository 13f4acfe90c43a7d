namespace MnistAdder.Cluster;

/// <summary>The scripts of <c>serving/deploy/slurm</c> as a user starts them, each with the job that ends it.</summary>
internal static class RecipesTrial
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    /// <returns>What is wrong.</returns>
    public static IEnumerable<string> Run(Work work) => [.. Score(work), .. Sweep(work)];

    private static IEnumerable<string> Score(Work work)
    {
        string table = work.Table(rows: 1000), parts = work["recipe"], merged = work["recipe.csv"], one = work["recipe-one.csv"];
        Shell.Run("bash", Work.Recipe, parts, "4", merged, table, "--probabilities");
        SlurmCluster.WaitFor(() => File.Exists(merged), s_patience, () => $"The recipe didn't merge: {string.Join(" | ", Directory.GetFiles(parts))}");
        Work.Run("score", table, "-o", one, "--probabilities", "--quiet");
        if (!Work.AreSame(one, merged))
            yield return "What score.sbatch merged differs from one run.";
    }

    private static IEnumerable<string> Sweep(Work work)
    {
        string? data = new[] { Environment.GetEnvironmentVariable("MNIST_DATA"), Path.Combine(Repository.Root, "..", "shared", "mnist") }.FirstOrDefault(Directory.Exists);
        if (data is null || !File.Exists(Repository.Program("tests/benchmarks", "MnistAdder.Benchmarks.dll")))
        {
            Console.WriteLine("sweep.sbatch isn't tried: it needs MNIST (MNIST_DATA) and the whole solution built");
            yield break;
        }

        string runs = work["runs"], table = Path.Combine(runs, "table.txt");
        Environment.SetEnvironmentVariable("TRAIN_OPTIONS", "--limit 1000 --epochs 1");
        Environment.SetEnvironmentVariable("SBATCH_OPTIONS", "--cpus-per-task=1"); // the nodes have no more
        Shell.Run("bash", Path.Combine(Repository.Root, "serving/deploy/slurm/sweep.sbatch"), runs, Path.GetFullPath(data), "101", "2", "fast", "lean");
        SlurmCluster.WaitFor(() => File.Exists(table) && File.ReadAllText(table).Contains("processors, ", StringComparison.Ordinal), s_patience, () => $"The sweep has no table: {string.Join(" | ", Directory.GetFiles(runs))}");
        Console.WriteLine(File.ReadAllText(table));
        string[] expected = ["fast, seed 101: ", "fast, seed 102: ", "lean, seed 101: ", "lean, seed 102: "];
        foreach (string missing in expected.Where(run => !File.ReadAllText(table).Contains(run, StringComparison.Ordinal)))
            yield return $"The table of the sweep has no run {missing}.";
    }
}
