using System.CommandLine;
using MnistAdder.Cluster;

var isLong = new Option<bool>("--long") { Description = "Ten million rows and twenty events, and processor time and speed beside one plain run: an hour." };
var throughput = new Option<bool>("--throughput") { Description = "No cluster: print the measurements of serving/deploy/throughput.md, a quarter of an hour." };
var rows = new Option<int?>("--rows") { Description = "Rows that things happen to, or that are measured. [default: a million, ten with --long, 600,000 with --throughput]" };
var seed = new Option<int>("--seed") { Description = "Other seeds choose other moments.", DefaultValueFactory = _ => 1 };
var root = new RootCommand("Scores on a Slurm cluster of four nodes on this machine, while things go wrong; ends with 1 where a byte differs or work is done twice.") { isLong, throughput, rows, seed };
root.SetAction(parsed =>
{
    using var work = new Work();
    List<string> wrong = [];
    if (parsed.GetValue(throughput))
    {
        ThroughputTrial.Run(work, parsed.GetValue(rows) ?? 600_000);
        return 0;
    }

    using (var cluster = new SlurmCluster(nodes: 4))
    {
        wrong.AddRange(RecipesTrial.Run(work));
        wrong.AddRange(ArrayTrial.Run(cluster, work, rows: 200_000));
        bool all = parsed.GetValue(isLong);
        wrong.AddRange(EventsTrial.Run(cluster, work, parsed.GetValue(rows) ?? (all ? 10_000_000 : 1_000_000), events: all ? 20 : 6, parsed.GetValue(seed)));
    }

    if (parsed.GetValue(isLong))
        wrong.AddRange(OverheadTrial.Run(work, rows: 1_000_000));
    wrong.ForEach(Console.WriteLine);
    Console.WriteLine(wrong.Count == 0 ? "cluster: all as it should be" : $"cluster: {wrong.Count} wrong");
    return wrong.Count == 0 ? 0 : 1;
});
return await root.Parse(args).InvokeAsync();
