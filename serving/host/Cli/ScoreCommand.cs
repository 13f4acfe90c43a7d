using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using MnistAdder.Commands;
using MnistAdder.OnnxBatching;
using MnistAdder.OnnxBatching.Inference;
using MnistAdder.OnnxBatching.Rows;
using MnistAdder.Scoring.Csv;
using MnistAdder.Scoring.Output;
using MnistAdder.Scoring.Rows;
using MnistAdder.Serving;
using MnistAdder.Serving.DigitSums;

namespace MnistAdder.Scoring.Cli;

/// <summary><c>score</c>: a CSV of image paths and numbers in, the same with digits and sums out. One run of it reads, scores and writes.</summary>
internal sealed class ScoreCommand
{
    private readonly ScoreOptions _options;
    private readonly ParseResult _parsed;
    private readonly string _input;
    private readonly string _name;
    private readonly string _output;
    private readonly bool _quiet;
    private readonly float[] _digits = new float[ModelContract.DigitClasses];
    private readonly float[] _sums = new float[ModelContract.SumClasses];
    private long _rows;
    private long _failed;
    private long _doubtful;

    private ScoreCommand(ScoreOptions options, ParseResult parsed)
    {
        options.RequireConsistency(parsed);
        _options = options;
        _parsed = parsed;
        _input = parsed.GetRequiredValue(options.Input);
        _name = InputFile.Name(_input);
        _output = Value(options.Output);
        _quiet = Value(options.Quiet);
    }

    public static Command Create()
    {
        var options = new ScoreOptions();
        var command = new Command(
            "score",
            "Read the digits in the images that a CSV file names, and add its numbers to them. The column warning says where an image leaves doubts.");
        options.AddTo(command);
        command.SetAction((parsed, stop) => Task.FromResult(new ScoreCommand(options, parsed).Run(parsed.InvocationConfiguration.Error, stop)));
        return command;
    }

    private int Run(TextWriter console, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        if (Value(_options.Root) is { } root && !Directory.Exists(root))
            throw new DirectoryNotFoundException($"The folder '{root}' of --root doesn't exist.");
        OutputFile.Check(_output, _input);

        // Read: the header now, rows ahead of those that are scored.
        Stream file = InputFile.Open(_input);
        long? length = file.CanSeek ? file.Length : null;
        using var feed = new RowFeed(_name, waiting => Open(file, waiting), Value(_options.Limit) ?? int.MaxValue, stop);
        InputTable table = feed.Table;
        var columns = new OutputColumns(_name, table.Columns, Value(_options.OutputPrefix), Value(_options.Probabilities));

        // Score: blocks of rows, as many at once as there are workers: images are decoded and the model is run.
        using BatchSession session = DigitSumSession.Open(new ModelSource.InFile(Value(_options.Model) ?? DefaultModel.Find()), Inference());
        var decoder = new DigitImageDecoder(Value(_options.Preprocess)) { Folder = Value(_options.Root) ?? InputFile.Folder(_input) };
        using var lane = new BlockLane<CsvBlock>(() => new CsvBlock(feed, decoder, session), session.Workers, stop: feed.Stop);

        // Write: blocks in the input's order, and whenever the input pauses everything that has come reaches the output.
        ScoreProgress.Watch(_quiet, _output, length, () => table.BytesRead, () => Interlocked.Read(ref _rows), () => OutputFile.Write(_output, stream =>
        {
            using IRowWriter writer = Value(_options.Format) == OutputFormat.Csv ? new CsvRowWriter(stream, columns) : new JsonRowWriter(stream, columns);
            while (lane.Take() is { } block)
            {
                Write(block, table, writer);
                if (block.EndsInPause)
                    writer.Flush();
                lane.Return(block);
            }

            writer.Flush();
        }));

        if (!_quiet && session.BatchHalved is { } halved)
            console.WriteLine($"note: {halved}");
        if (!_quiet)
            console.WriteLine(Summary(clock.Elapsed.TotalSeconds, session));
        return _failed == 0 ? ExitCodes.Done : ExitCodes.DoneWithBadRows;
    }

    private T Value<T>(Option<T> option) => _parsed.GetValue(option)!;

    private InputTable Open(Stream file, Action beforeWaiting) =>
        InputTable.Open(new CsvReader(file, _name, beforeWaiting: beforeWaiting), _name, Value(_options.PathColumn), Value(_options.NumberColumn));

    private InferenceOptions Inference() => new()
    {
        Provider = Value(_options.Provider),
        BatchSize = Value(_options.BatchSize) ?? 0,
        Workers = Value(_options.Threads) ?? 0,
    };

    private void Write(CsvBlock block, InputTable table, IRowWriter writer)
    {
        for (int i = 0; i < block.Count; i++)
        {
            OutputRow row = block.Result(i, _digits, _sums);
            if (row.Error is not null && Value(_options.OnError) == BadRows.Fail)
                throw new InvalidDataException($"{_name}, line {row.Input.Line}: {row.Error} ({table.Describe(row.Input)}).");
            writer.Write(row);
            if (row.Error is not null)
                _failed++;
            if (row.Warning is not null)
                _doubtful++;
            Interlocked.Increment(ref _rows);
        }
    }

    /// <summary>What became of the rows: failed ones always, those with a warning where there are any.</summary>
    internal static string Counts(long rows, long failed, long doubtful) => string.Create(
        CultureInfo.InvariantCulture,
        $"{rows} {(rows == 1 ? "row" : "rows")}, {failed} failed{(doubtful > 0 ? $", {doubtful} with a warning" : "")}");

    // The provider comes with the reason why it isn't CUDA, where auto might have taken that.
    private string Summary(double seconds, BatchSession session)
    {
        string provider = session.Provider.ToString().ToLowerInvariant() + (session.Fallback is null ? "" : $"; {session.Fallback}");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Counts(_rows, _failed, _doubtful)}, {seconds:0.00} s, {_rows / seconds:0} rows/s, provider {provider}");
    }
}
