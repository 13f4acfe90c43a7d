using System.Diagnostics;
using System.Globalization;
using MnistAdder.OnnxBatching;
using MnistAdder.OnnxBatching.Inference;
using MnistAdder.Scoring.Csv;
using MnistAdder.Scoring.Output;
using MnistAdder.Scoring.Parquet;
using MnistAdder.Scoring.Rows;
using MnistAdder.Scoring.Tables;
using MnistAdder.Serving.DigitSums;

namespace MnistAdder.Scoring.Shards;

/// <summary>
/// <c>score --plan</c>: the segments of one shard that nobody has done yet are read, scored and written one after the other, and then put together.
/// What is done stays done, wherever the run is stopped.
/// </summary>
internal sealed class ShardRun
{
    private const int MostRounds = 5;

    private readonly ScoringPlan _plan;
    private readonly int _shard;
    private readonly PartFolder _parts;
    private readonly OutputColumns _columns;
    private readonly ShardOptions _options;
    private readonly TextWriter _console;

    private ShardRun(string folder, ScoringPlan plan, int shard, ShardOptions options, TextWriter console)
    {
        _plan = plan;
        _shard = shard;
        _parts = new PartFolder(folder, plan);
        _columns = plan.OutputColumns();
        _options = options;
        _console = console;
    }

    private string Name => string.Create(CultureInfo.InvariantCulture, $"shard {_shard} of {_plan.Shards.Count}");

    /// <summary>Scores a shard, or as much of it as isn't done.</summary>
    /// <param name="folder">The plan's folder.</param>
    /// <param name="choice">The shard.</param>
    /// <param name="options">How.</param>
    /// <param name="console">Where it is said what happens.</param>
    /// <param name="stop">Stops it.</param>
    /// <returns>What became of all rows of the shard.</returns>
    /// <exception cref="InvalidOperationException">The plan has no such shard.</exception>
    /// <exception cref="InvalidDataException">Model, inputs or program aren't what they were, or the part is one of another plan.</exception>
    public static RowTally Run(string folder, ShardChoice choice, ShardOptions options, TextWriter console, CancellationToken stop)
    {
        var plan = ScoringPlan.Read(folder);
        choice.RequireOneOf(plan.Shards.Count);
        return new ShardRun(folder, plan, choice.Number, options, console).Run(choice, stop);
    }

    private RowTally Run(ShardChoice choice, CancellationToken stop)
    {
        if (choice.Origin != ShardChoice.Option)
            _console.WriteLine($"{Name}, by {choice.Origin}");
        if (Finished(_options.Verifies) is { } there)
        {
            _console.WriteLine($"{Name} is done already: {there.Tally}, {_parts.PathOf(there)}");
            _parts.RemoveSegments(_shard);
            return there.Tally;
        }

        _plan.RequireSame();
        for (int round = 1; round <= MostRounds; round++)
        {
            try
            {
                Log("begins"); // before it is known what is missing, so that whatever was there then isn't done again
                if (_parts.Missing(_shard) is { Count: > 0 } missing)
                    Score(missing, stop);
                if (_parts.TryAssemble(_shard, _columns) is { } made)
                {
                    _console.WriteLine($"{Name}: {made.Tally}, {_parts.PathOf(made)}");
                    return made.Tally;
                }
            }
            catch (IOException) when (Finished(reads: false) is not null)
            {
                // Another task of the same shard was sooner, and has taken the segments away.
            }

            if (Finished(reads: false) is { } other)
            {
                _console.WriteLine($"{Name} was done by another task meanwhile: {other.Tally}, {_parts.PathOf(other)}");
                _parts.RemoveSegments(_shard);
                return other.Tally;
            }

            _console.WriteLine($"note: a segment of {Name} was damaged and is made again");
        }

        throw new IOException($"Segments of {Name} were damaged {MostRounds} times: the disk doesn't keep what is written.");
    }

    private PartManifest? Finished(bool reads) => _parts.Manifest(_shard) is { } manifest && _parts.IsThere(manifest, reads) ? manifest : null;

    private void Score(IReadOnlyList<int> missing, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        IReadOnlyList<Segment> segments = _plan.Shards[_shard];
        if (missing.Count < segments.Count)
            _console.WriteLine($"{Name}: {segments.Count - missing.Count} of {segments.Count} segments are done already");
        using var feed = new RowFeed([.. missing.Select(segment => Source(segments[segment]))], int.MaxValue, stop);
        using BatchSession session = DigitSumSession.Open(new ModelSource.InFile(_plan.Model.Path), _options.Inference);
        using var scorer = new RowScorer(feed, session, _plan.Settings);
        var all = new RowTally();
        foreach (int segment in missing)
        {
            _parts.WriteSegment(_shard, segment, stream =>
            {
                var tally = new RowTally();
                using IRowWriter writer = _plan.Settings.Format.Writer(stream, _columns, () => feed.Table.Types, withHeader: false);
                while (tally.Rows < segments[segment].Rows)
                {
                    if (!scorer.MoveNext())
                        throw new InvalidDataException($"Segment {segment} of {Name} has {tally.Rows} rows, and {segments[segment].Rows} by the plan.");
                    writer.Write(scorer.Current);
                    tally.Add(scorer.Current);
                }

                writer.Flush();
                all.Add(tally);
                return tally;
            });
            Log($"segment {segment} is done");
        }

        ScoreSummary.Write(_console, all, isLabelled: false, clock.Elapsed.TotalSeconds, session, _plan.Model.Path, _options.Verbose);
    }

    // What tasks of one shard did when: they may run at the same time, and write into one file.
    private void Log(string text)
    {
        if (_options.Verbose)
            _console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:HH:mm:ss.fff} process {Environment.ProcessId}, {Name}: {text}"));
    }

    private TableSource Source(Segment segment)
    {
        PlannedTable table = _plan.Inputs[segment.Input];
        string path = table.File.Path;
        string? folder = _plan.Settings.Root ?? InputFile.Folder(path);
        return new TableSource(path, waiting =>
        {
            var file = (FileStream)InputFile.Open(path, CancellationToken.None);
            if (table.Delimiter is not { } delimiter)
            {
                ParquetFooter.RequireUnchanged(file, path, segment.Hash);
                return ParquetTable.Open(file, table.Name, _plan.Settings.Columns, folder, (int)segment.Offset..(int)(segment.Offset + segment.Length));
            }

            var range = new RangeInput(file, path, segment);
            var reader = new CsvReader(range, path, delimiter, waiting);
            reader.BeginAt(segment.Line);
            return new CsvTable(reader, table.Name, folder, table.Columns, table.Roles);
        });
    }
}

/// <summary>How a shard is scored, beside what the plan settles.</summary>
/// <param name="Inference">How the model is to run.</param>
/// <param name="Verifies">Whether a part that is there is read, and not only looked at.</param>
/// <param name="Verbose">Whether all that happens is said.</param>
internal sealed record ShardOptions(InferenceOptions Inference, bool Verifies, bool Verbose);
