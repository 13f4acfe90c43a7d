using System.Globalization;
using System.Text;
using Apache.Arrow;
using Apache.Arrow.Types;
using ParquetSharp.Arrow;

namespace MnistAdder.Cluster;

/// <summary>
/// What the page on throughput rests on: rows a second of one worker and of two, with a file for each picture and with the pictures in Parquet,
/// and how fast tables are planned and merged. Without a cluster.
/// </summary>
internal static class ThroughputTrial
{
    private const int Files = 60_000, Rounds = 3;

    /// <summary>Prints its tables.</summary>
    public static void Run(Work work, int rows)
    {
        (string csv, string parquet) = Write(work, rows);
        Console.WriteLine("| model | pictures | rows/s of one worker | of two | µs of a processor a row |");
        Console.WriteLine("| --- | --- | --- | --- | --- |");
        foreach (string model in (string[])["fast", "best"])
        {
            foreach ((string name, string table) in ((string, string)[])[("a file each", csv), ("in Parquet", parquet)])
            {
                string parts = work[$"throughput-{model}-{Path.GetExtension(table)[1..]}"];
                double[] seconds = new double[2], processor = new double[2];
                foreach (int workers in (int[])[1, 2])
                {
                    (double, double)[] runs = [.. Enumerable.Range(0, Rounds).Select(round => Score(table, model, $"{parts}-{workers}-{round}", workers)).Order()];
                    (seconds[workers - 1], processor[workers - 1]) = runs[Rounds / 2];
                }

                Say($"| `{model}` | {name} | {rows / seconds[0]:N0} | {rows / seconds[1]:N0} | {1e6 * processor[0] / rows:0.0} |");
            }
        }

        string large = work.Table(10_000_000), plan = work["throughput-plan"];
        double bytes = new FileInfo(large).Length;
        double planning = Median(() => Work.Run("plan", large, "--shards", "16", "--model", work.SmallModel, "-o", plan, "--quiet"));
        Say($"plan: {bytes / 1e9:0.00} GB in {planning:0.00} s, {bytes / 1e9 / planning:0.00} GB/s");
        string done = work["throughput-fast-csv-2-0"], merged = work["throughput-merged.csv"];
        double merging = Median(() => Work.Run("merge", done, "-o", merged, "--quiet"));
        Say($"merge: {rows / merging:N0} rows/s, start and all");
        double starting = Median(() => Work.Run("score", work.Table(1), "--model", "fast", "-o", work["throughput-one.csv"], "--quiet"));
        Say($"a worker with a single row: {starting:0.00} s");
    }

    // Each worker has one thread, and both an equal number of rows.
    private static (double Seconds, double ProcessorSeconds) Score(string table, string model, string parts, int workers)
    {
        Work.Run("plan", table, "--shards", "2", "--model", model, "-o", parts, "--quiet", "--omit", "image");
        return Shell.Measure(() => Parallel.ForEach(
            (int[])[0, 1],
            new ParallelOptions { MaxDegreeOfParallelism = workers },
            shard => Work.Run("score", "--plan", parts, "--shard", $"{shard}", "--threads", "1", "--quiet")));
    }

    private static double Median(Action work) => Enumerable.Range(0, Rounds).Select(_ => Shell.Measure(work).Seconds).Order().ElementAt(Rounds / 2);

    // The pictures of the release in turns, as different files, and the same in a Parquet file with row groups of 50,000.
    private static (string Csv, string Parquet) Write(Work work, int rows)
    {
        byte[][] pictures = [.. Work.Pictures.Select(File.ReadAllBytes)];
        string folder = Directory.CreateDirectory(work["pictures"]).FullName, csv = work["pictures.csv"], parquet = work["pictures.parquet"];
        for (int file = 0; file < Files; file++)
            File.WriteAllBytes(Path.Combine(folder, $"{file:00000}.png"), pictures[file % pictures.Length]);

        // An empty column in place of the one with the pictures, so that --omit finds one.
        using var text = new StreamWriter(csv, append: false, new UTF8Encoding(false));
        text.Write("path,number,image\n");
        var types = new Schema([new Field("image", BinaryType.Default, nullable: false), new Field("number", Int64Type.Default, nullable: false)], null);
        using var writer = new FileWriter(parquet, types);
        const int group = 50_000;
        for (int start = 0; start < rows; start += group)
        {
            var images = new BinaryArray.Builder();
            var numbers = new Int64Array.Builder();
            int end = Math.Min(rows, start + group);
            for (int row = start; row < end; row++)
            {
                text.Write(string.Create(CultureInfo.InvariantCulture, $"pictures/{row % Files:00000}.png,{row % 10},\n"));
                images.Append(pictures[row % Files % pictures.Length].AsSpan());
                numbers.Append(row % 10);
            }

            using var batch = new RecordBatch(types, [images.Build(), numbers.Build()], end - start);
            writer.WriteRecordBatch(batch, group);
        }

        writer.Close();
        return (csv, parquet);
    }

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
