using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using MnistAdder.Commands;
using MnistAdder.OnnxBatching;
using MnistAdder.OnnxBatching.Devices;
using MnistAdder.OnnxBatching.Inference;
using MnistAdder.OnnxBatching.Rows;
using MnistAdder.Scoring.Csv;
using MnistAdder.Scoring.Output;
using MnistAdder.Scoring.Rows;
using MnistAdder.Serving;
using MnistAdder.Serving.DigitSums;
using Spectre.Console;

namespace MnistAdder.Scoring.Cli;

/// <summary>
/// <c>score</c>: a CSV of image paths and numbers in, or pictures and one number, and the same with digits and sums out. One run of it reads, scores
/// and writes.
/// </summary>
internal sealed class ScoreCommand
{
    private readonly ScoreOptions _options;
    private readonly ParseResult _parsed;
    private readonly string[] _inputs;
    private readonly string _name;
    private readonly string _output;
    private readonly bool _quiet;
    private readonly float[] _digits = new float[ModelContract.DigitClasses];
    private readonly float[] _sums = new float[ModelContract.SumClasses];
    private readonly LabelTally _labels = new();
    private byte[] _pixels = [];
    private long _rows;
    private long _failed;
    private long _doubtful;

    private ScoreCommand(ScoreOptions options, ParseResult parsed)
    {
        options.RequireConsistency(parsed);
        _options = options;
        _parsed = parsed;
        _inputs = parsed.GetRequiredValue(options.Inputs);
        _name = _inputs.Length == 1 ? InputFile.Name(_inputs[0]) : $"{_inputs.Length} inputs";
        _output = Value(options.Output);
        _quiet = Value(options.Quiet);
    }

    public static Command Create()
    {
        var options = new ScoreOptions();
        var command = new Command(
            "score",
            "Read the digits in pictures, or in those that a CSV file names, and add numbers to them. The column warning says where an image leaves doubts.");
        options.AddTo(command);
        command.SetAction((parsed, stop) => Task.FromResult(new ScoreCommand(options, parsed).Run(parsed.InvocationConfiguration.Error, stop)));
        return command;
    }

    private int Run(TextWriter console, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        if (Value(_options.Root) is { } root && !Directory.Exists(root))
            throw new DirectoryNotFoundException($"The folder '{root}' of --root doesn't exist.");
        PictureList? pictures = Pictures();
        string model = ModelChoice.Find(Value(_options.Model));
        FileIdentity? replaced = OutputFile.Check(_output, pictures?.Paths ?? _inputs, arePictures: pictures is not null, model);

        // Read: the header now, rows ahead of those that are scored.
        Stream opened = pictures?.ToCsv(Value(_options.PathColumn), Value(_options.NumberColumn), Value(_options.Number)!.Value) ?? InputFile.Open(_inputs[0], stop);
        long? length = opened.CanSeek ? opened.Length : null;
        var file = new CountedInput(opened);
        char? delimiter = pictures is null ? Value(_options.Delimiter) : ',';
        using var feed = new RowFeed(_name, waiting => Open(file, waiting, delimiter, isListed: pictures is not null), Value(_options.Limit) ?? int.MaxValue, stop);
        InputTable table = feed.Table;
        var columns = new OutputColumns(_name, table.Columns, Value(_options.OutputPrefix), Value(_options.Probabilities));

        // Score: blocks of rows, as many at once as there are workers: images are decoded and the model is run.
        using BatchSession session = DigitSumSession.Open(new ModelSource.InFile(model), Inference());
        string? folder = pictures is null ? Value(_options.Root) ?? InputFile.Folder(_inputs[0]) : null;
        var decoder = new DigitImageDecoder(Value(_options.Preprocess)) { Folder = folder };
        using var lane = new BlockLane<CsvBlock>(() => new CsvBlock(feed, decoder, session, replaced), session.Workers, stop: feed.Stop);

        // Write: blocks in the input's order, and whenever the input pauses everything that has come reaches the output.
        void WriteAll(Func<IRowWriter> open)
        {
            using IRowWriter writer = open();
            while (lane.Take() is { } block)
            {
                Write(block, table, writer);
                if (block.EndsInPause)
                    writer.Flush();
                lane.Return(block);
            }

            writer.Flush();
        }

        if (IsShown())
        {
            _pixels = new byte[MnistGeometry.PixelCount];
            WriteAll(() => new PictureTable(AnsiConsole.Console, table));
        }
        else
        {
            ScoreProgress.Watch(_quiet, _output, length, () => file.BytesRead, () => Interlocked.Read(ref _rows), () => OutputFile.Write(_output, stream =>
                WriteAll(() => Value(_options.Format) == OutputFormat.Csv ? new CsvRowWriter(stream, columns) : new JsonRowWriter(stream, columns, table.IsNumber)), stop));
        }

        if (!_quiet)
            Conclude(console, clock.Elapsed.TotalSeconds, session, model, pictures?.Skipped ?? 0);
        return _failed == 0 ? ExitCodes.Done : ExitCodes.DoneWithBadRows;
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
        if (Value(_options.Root) is not null || Value(_options.LabelColumn) is not null)
            throw new InvalidOperationException($"--root and --label-column are for tables, and '{_name}' is pictures.");
        return pictures;
    }

    // A person at a terminal sees pictures; whoever asks for an output or a format gets that.
    private bool IsShown() =>
        !Console.IsOutputRedirected && !_quiet && _parsed.GetResult(_options.Output) is not { Implicit: false } && _parsed.GetResult(_options.Format) is null;

    private T Value<T>(Option<T> option) => _parsed.GetValue(option)!;

    private InputTable Open(CountedInput file, Action beforeWaiting, char? delimiter, bool isListed) => InputTable.Open(
        InputText.Read(file, _name, beforeWaiting),
        _name,
        Value(_options.PathColumn),
        Value(_options.NumberColumn),
        delimiter,
        Value(_options.LabelColumn),
        isListed);

    private InferenceOptions Inference() => new()
    {
        Provider = Value(_options.Provider),
        BatchSize = Value(_options.BatchSize) ?? 0,
        Workers = Value(_options.Threads) ?? 0,
        IsSilent = !Value(_options.Verbose),
    };

    private void Write(CsvBlock block, InputTable table, IRowWriter writer)
    {
        for (int i = 0; i < block.Count; i++)
        {
            OutputRow row = block.Result(i, _digits, _sums, _pixels);
            if (row.Error is not null && Value(_options.OnError) == BadRows.Fail)
                throw new InvalidDataException($"{table.Place(row.Input)}: {row.Error} ({table.Describe(row.Input)}).");
            writer.Write(row);
            _labels.Add(table.Label(row.Input), table.Number(row.Input), row);
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

    private void Conclude(TextWriter console, double seconds, BatchSession session, string model, int skipped)
    {
        if (session.BatchHalved is { } halved)
            console.WriteLine($"note: {halved}");
        if (skipped > 0)
            console.WriteLine($"note: {skipped} {(skipped == 1 ? "file that is no picture was" : "files that are no pictures were")} skipped");
        if (Value(_options.LabelColumn) is not null)
            console.WriteLine(_labels.ToText());

        bool isOurs = ModelMetadata.TryParse(session.Metadata, out ModelMetadata? origin);
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Counts(_rows, _failed, _doubtful)}, {seconds:0.00} s, {_rows / seconds:0} rows/s, provider {session.Provider.ToString().ToLowerInvariant()}, model {model} ({(isOurs ? $"trained on {origin!.Dataset}" : "of unknown origin")})"));

        // Why it isn't CUDA is news where a device is there, and an answer to whoever asks.
        if (session.Fallback is { } fallback && (Value(_options.Verbose) || NvidiaDriver.TryQuery() is { Devices.Count: > 0 }))
            console.WriteLine($"note: {fallback}");
        if (origin?.Dataset == ModelMetadata.SyntheticDataset)
            console.WriteLine("warning: the model was trained on synthetic digits, which a program drew; one that was trained on MNIST reads handwriting better");
    }
}
