using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using MnistAdder.Commands;
using MnistAdder.Scoring.Output;
using MnistAdder.Scoring.Rows;
using MnistAdder.Scoring.Shards;

namespace MnistAdder.Scoring.Cli;

/// <summary><c>merge</c>: joins the parts of a plan into what one run of <c>score</c> writes.</summary>
internal sealed class MergeCommand
{
    private const int MostListed = 20;

    private readonly string _folder;
    private readonly ScoringPlan _plan;
    private readonly PartFolder _parts;
    private readonly List<(int Shard, string Reason)> _wrong = [];

    private MergeCommand(string folder)
    {
        _folder = folder;
        _plan = ScoringPlan.Read(folder);
        _parts = new PartFolder(folder, _plan);
    }

    public static Command Create()
    {
        var folder = new Argument<string>("DIR") { Description = "The plan's folder." };
        Option<string> output = ScoreOptions.OutputOption("; - is standard output");
        Option<BadRowsEnd> badRows = ScoreOptions.BadRowsOption();
        Option<bool> quiet = CheckedOption.Quiet("Print nothing but results and errors."), verbose = CheckedOption.Verbose();
        var command = new Command("merge", "Join the parts of a plan: the same bytes as one run of score on all of it.") { folder, output, badRows, quiet, verbose };
        command.SetAction((parsed, stop) =>
        {
            TextWriter console = parsed.GetValue(quiet) ? TextWriter.Null : parsed.InvocationConfiguration.Error;
            RowTally tally = new MergeCommand(parsed.GetRequiredValue(folder)).Run(parsed.GetValue(output)!, console, stop);
            return Task.FromResult(tally.Failed == 0 || parsed.GetValue(badRows) == BadRowsEnd.Ok ? ExitCodes.Done : ExitCodes.DoneWithBadRows);
        });
        return command;
    }

    private RowTally Run(string output, TextWriter console, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        ResultOptions.RequireText("--output", output);
        if (OutputFormats.Of(output) == OutputFormat.Parquet && _plan.Settings.Format != OutputFormat.Parquet)
            throw new InvalidOperationException($"The output '{output}' is to be Parquet, and the plan's parts aren't: 'plan --format parquet' makes such.");
        PartManifest?[] manifests = [.. Enumerable.Range(0, _plan.Shards.Count).Select(Find)];
        RequireAll();
        OutputFile.Check(output, [.. _plan.Inputs.Select(table => table.File.Path), .. _parts.Files], arePictures: false, _plan.Model.Path);

        var tally = new RowTally();
        OutputFile.Write(output, stream =>
        {
            using ResultJoin join = _plan.Settings.Format.Join(stream, _plan.OutputColumns(), _plan.InputTypes);
            foreach (PartManifest? manifest in manifests)
            {
                stop.ThrowIfCancellationRequested();
                Append(manifest!, join);
                tally.Add(manifest!.Tally);
            }

            RequireAll();
            join.Complete();
        }, stop);

        if (_plan.Settings.Columns.Label is not null)
            console.WriteLine(tally.Labels.ToText());
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{tally}, {manifests.Length} parts, {clock.Elapsed.TotalSeconds:0.00} s"));
        return tally;
    }

    private PartManifest? Find(int shard)
    {
        PartManifest? manifest = _parts.Manifest(shard);
        string? reason = manifest is null ? "is missing"
            : !File.Exists(_parts.PathOf(manifest)) ? $"is missing: its file '{manifest.File}' is gone"
            : manifest.Tally.Rows != ScoringPlan.RowsOf(_plan.Shards[shard]) ? $"has {manifest.Tally.Rows} rows instead of {ScoringPlan.RowsOf(_plan.Shards[shard])}"
            : null;
        if (reason is not null)
            _wrong.Add((shard, reason));
        return manifest;
    }

    // Its hash is known when it has been read for the output, and decides whether this is kept.
    private void Append(PartManifest manifest, ResultJoin join)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (!join.Append(_parts.PathOf(manifest), hasHeader: true, hash.AppendData, () => Convert.ToHexStringLower(hash.GetHashAndReset()) == manifest.Sha256))
            _wrong.Add((manifest.Shard, $"is damaged: '{manifest.File}' has another hash than its manifest"));
    }

    private void RequireAll()
    {
        if (_wrong.Count == 0)
            return;
        IEnumerable<string> lines = _wrong.Take(MostListed).Select(part => $"shard {part.Shard} {part.Reason}: mnist-adder score --plan {_folder} --shard {part.Shard} --verify");
        string more = _wrong.Count > MostListed ? $"; and {_wrong.Count - MostListed} more" : "";
        throw new InvalidDataException($"{_wrong.Count} of {_plan.Shards.Count} parts aren't there: {string.Join("; ", lines)}{more}");
    }
}
