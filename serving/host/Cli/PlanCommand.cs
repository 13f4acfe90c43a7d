using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using MnistAdder.Commands;
using MnistAdder.Scoring.Csv;
using MnistAdder.Scoring.Rows;
using MnistAdder.Scoring.Shards;

namespace MnistAdder.Scoring.Cli;

/// <summary><c>plan</c>: splits tables among tasks of a cluster.</summary>
internal static class PlanCommand
{
    private const int MostShards = 100_000;

    public static Command Create()
    {
        Argument<string[]> inputs = ScoreOptions.InputArgument(ArgumentArity.OneOrMore, "CSV files of one header in UTF-8, or Parquet files of one, and patterns such as rows/*.csv.");
        Option<int?> shards = CheckedOption.Number<int>("--shards", "How many tasks will score them: shards 0 to N−1, as even as records allow.", 1, MostShards);
        shards.Required = true;
        Option<string?> output = CheckedOption.Folder("--output", "The folder for the plan and then the parts, on a file system that all tasks share. It is made where it is missing.", "-o");
        output.Required = true;
        Option<int?> segment = CheckedOption.Number<int>("--segment-rows", $"Rows that a task writes at once, and repeats at most where it is killed. [default: {ShardCuts.SegmentRows}]", 1, 100_000_000);
        Option<bool> quiet = CheckedOption.Quiet("Print nothing but errors."), verbose = CheckedOption.Verbose();
        var results = new ResultOptions();
        var command = new Command("plan", "Split CSV or Parquet files of images and numbers among the tasks of a cluster: 'score --plan' scores one part, 'merge' joins them.") { inputs };
        foreach (Option option in (Option[])[shards, output, segment, .. results.All, quiet, verbose])
            command.Options.Add(option);
        command.SetAction((parsed, stop) =>
        {
            TextWriter console = parsed.GetValue(quiet) ? TextWriter.Null : parsed.InvocationConfiguration.Error;
            foreach (string input in parsed.GetRequiredValue(inputs))
                ResultOptions.RequireText("INPUT", input);
            ScoringSettings settings = results.Read(parsed, output: "");
            settings = settings with { Root = settings.Root is { } root ? Path.GetFullPath(root) : null };
            var planner = new Planner(InputPattern.Expand(parsed.GetRequiredValue(inputs)), parsed.GetValue(shards)!.Value, parsed.GetValue(segment) ?? ShardCuts.SegmentRows, settings);
            Write(planner, ModelChoice.Find(parsed.GetValue(results.Model)), parsed.GetValue(output)!, console, parsed.GetValue(quiet), stop);
            return Task.FromResult(ExitCodes.Done);
        });
        return command;
    }

    private static void Write(Planner planner, string modelPath, string folder, TextWriter console, bool quiet, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        var model = PlannedModel.Of(modelPath);
        ScoringPlan plan = null!;
        ScoreProgress.Watch(quiet, folder, planner.Length, () => planner.BytesRead, _ => "finding records", () => plan = planner.Plan(ScoringPlan.ThisProgram, model, stop));

        string path = Path.Combine(folder, ScoringPlan.FileName);
        byte[] bytes = plan.ToBytes();
        bool isThere = File.Exists(path);
        if (isThere && !File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes))
            throw new IOException($"The folder '{folder}' has another plan, which parts may have been made by; --output takes another folder.");
        if (!isThere)
            AtomicFile.Write(path, stream => stream.Write(bytes));

        int shards = plan.Shards.Count;
        long least = plan.Shards.Min(ScoringPlan.RowsOf), most = plan.Shards.Max(ScoringPlan.RowsOf);
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{path}{(isThere ? " is there already" : "")}: {plan.Rows} rows in {shards} {(shards == 1 ? "shard" : "shards")} of {least} to {most}, {plan.Shards.Sum(shard => shard.Count)} segments, {clock.Elapsed.TotalSeconds:0.00} s, {planner.Length / 1e9 / clock.Elapsed.TotalSeconds:0.00} GB/s"));
        if (plan.Shards.Count(shard => shard.Count == 0) is > 0 and var idle)
            console.WriteLine($"note: {idle} {(idle == 1 ? "shard has" : "shards have")} no rows: a file of Parquet is split between row groups, and one of CSV between rows");
        console.WriteLine($"next: mnist-adder score --plan {folder} --shard N, N from 0 to {shards - 1} (or auto), then mnist-adder merge {folder} -o FILE");
    }
}
