using System.CommandLine;
using System.Diagnostics;
using MnistAdder.Commands;
using MnistAdder.OnnxBatching;
using MnistAdder.OnnxBatching.Inference;
using MnistAdder.Scoring.Csv;
using MnistAdder.Scoring.Output;
using MnistAdder.Scoring.Rows;
using MnistAdder.Scoring.Shards;
using MnistAdder.Serving.DigitSums;
using Spectre.Console;

namespace MnistAdder.Scoring.Cli;

/// <summary>
/// <c>score</c>: tables of image paths and numbers in, or pictures and one number, and the same with digits and sums out. One run of it reads,
/// scores and writes.
/// </summary>
internal sealed class ScoreCommand
{
    private readonly ScoreOptions _options;
    private readonly ParseResult _parsed;
    private readonly ScoringSettings _settings;
    private readonly string[] _inputs;
    private readonly string _name;
    private readonly string _output;
    private readonly bool _quiet;

    private ScoreCommand(ScoreOptions options, ParseResult parsed)
    {
        _options = options;
        _parsed = parsed;
        _output = Value(options.Output);
        _settings = options.Results.Read(parsed, _output);
        _inputs = parsed.GetRequiredValue(options.Inputs);
        _name = _inputs.Length == 1 ? InputFile.Name(_inputs[0]) : $"{_inputs.Length} inputs";
        _quiet = Value(options.Quiet);
    }

    public static Command Create()
    {
        var options = new ScoreOptions();
        var command = new Command(
            "score",
            "Read the digits in pictures, or in those that CSV or Parquet files name or hold, and add numbers to them. The column warning says where an image leaves doubts.");
        options.AddTo(command);
        command.SetAction((parsed, stop) => Task.FromResult(Run(options, parsed, stop)));
        return command;
    }

    private static int Run(ScoreOptions options, ParseResult parsed, CancellationToken stop)
    {
        options.RequireConsistency(parsed);
        TextWriter console = parsed.GetValue(options.Quiet) ? TextWriter.Null : parsed.InvocationConfiguration.Error;
        RowTally tally = parsed.GetValue(options.Plan) is { } folder
            ? ShardRun.Run(folder, ShardChoice.Parse(parsed.GetValue(options.Shard)!), new ShardOptions(options.Inference(parsed), parsed.GetValue(options.Verify), parsed.GetValue(options.Verbose)), console, stop)
            : new ScoreCommand(options, parsed).Run(console, stop);
        return tally.Failed == 0 || parsed.GetValue(options.BadRows) == BadRowsEnd.Ok ? ExitCodes.Done : ExitCodes.DoneWithBadRows;
    }

    private RowTally Run(TextWriter console, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        PictureList? pictures = Pictures();
        IReadOnlyList<string> files = pictures?.Paths ?? InputPattern.Expand(_inputs);
        string model = ModelChoice.Find(Value(_options.Results.Model));
        FileIdentity? replaced = OutputFile.Check(_output, files, arePictures: pictures is not null, model);

        // Read: the header now, rows ahead of those that are scored.
        TableInputs tables = pictures is null
            ? TableInputs.Open(files, _settings.Root, _settings.Columns, stop)
            : TableInputs.Of(pictures, _name, _settings.Columns, Value(_options.Number)!.Value);
        using var feed = new RowFeed(tables.Sources, Value(_options.Limit) ?? int.MaxValue, stop);
        OutputColumns columns = _settings.OutputColumns(_name, feed.Table.Columns);
        bool isShown = IsShown();
        if (!isShown)
            _settings.Format.RequireForms(_name, columns, feed.Table);
        if (_settings.Format == OutputFormat.Parquet && _output == InputFile.Standard && !Console.IsOutputRedirected)
            throw new InvalidOperationException("--format parquet isn't for a terminal; --output takes a file's name.");

        // Score.
        using BatchSession session = DigitSumSession.Open(new ModelSource.InFile(model), _options.Inference(_parsed));
        using var scorer = new RowScorer(feed, session, _settings, replaced, keepsPixels: isShown);
        var tally = new RowTally();

        // Write: in the input's order, and whenever the input pauses everything that has come reaches the output.
        void WriteAll(IRowWriter writer)
        {
            using (writer)
            {
                while (scorer.MoveNext())
                {
                    writer.Write(scorer.Current);
                    tally.Add(scorer.Current);
                    if (scorer.IsAtPause)
                        writer.Flush();
                }

                writer.Flush();
            }
        }

        if (isShown)
            WriteAll(new PictureTable(AnsiConsole.Console));
        else
            ScoreProgress.Watch(_quiet, _output, tables.Length, () => tables.BytesRead, seconds => ScoreProgress.Rate(tally.Rows, seconds), () => OutputFile.Write(_output, stream => WriteAll(_settings.Format.Writer(stream, columns, () => feed.Table.Types)), stop));

        if (pictures is { Skipped: > 0 and var skipped })
            console.WriteLine($"note: {skipped} {(skipped == 1 ? "file that is no picture was" : "files that are no pictures were")} skipped");
        ScoreSummary.Write(console, tally, _settings.Columns.Label is not null, clock.Elapsed.TotalSeconds, session, model, Value(_options.Verbose));
        return tally;
    }

    // Pictures instead of a table, where the input is such.
    private PictureList? Pictures()
    {
        bool hasNumber = Value(_options.Number) is not null;
        if (_inputs is [InputFile.Standard] && hasNumber)
            throw new InvalidOperationException("--number is for pictures; the table from standard input has its own in the column that --number-column names.");
        if (_inputs is [InputFile.Standard] || (!hasNumber && !PictureList.IsMeant(_inputs)))
            return null;

        var pictures = PictureList.Find(_inputs);
        if (!hasNumber)
            throw new InvalidOperationException($"--number is missing: it says what is added to the digit in each picture of '{_name}', 0 to 9.");
        if (_settings.Root is not null || _settings.Columns.Label is not null)
            throw new InvalidOperationException($"--root and --label-column are for tables, and '{_name}' is pictures.");
        return pictures;
    }

    // A person at a terminal sees pictures; whoever asks for an output or a format gets that.
    private bool IsShown() =>
        !Console.IsOutputRedirected && !_quiet && _parsed.GetResult(_options.Output) is not { Implicit: false } && _parsed.GetResult(_options.Results.Format) is null;

    private T Value<T>(Option<T> option) => _parsed.GetValue(option)!;
}
