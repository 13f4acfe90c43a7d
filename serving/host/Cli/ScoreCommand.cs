using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.Commands;
using MnistAdder.OnnxBatching;
using MnistAdder.Scoring.Csv;
using MnistAdder.Scoring.Output;
using MnistAdder.Scoring.Rows;
using MnistAdder.Serving;

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
    private long _rows;
    private long _failed;

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
        var command = new Command("score", "Read the digits in the images that a CSV file names, and add its numbers to them.");
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

        // Score: images are decoded and the model is run, a batch at a time, as the view's rows are asked for.
        var rows = new ArrivingRows(feed);
        using DigitSumTransformer model = Load(rows);
        IDataView scored = model.Transform(rows);

        // Write: whenever the input pauses, everything that has come reaches the output.
        ScoreProgress.Watch(_quiet, _output, length, () => table.BytesRead, () => Interlocked.Read(ref _rows), () => OutputFile.Write(_output, stream =>
        {
            using IRowWriter writer = Value(_options.Format) == OutputFormat.Csv ? new CsvRowWriter(stream, columns) : new JsonRowWriter(stream, columns);
            while (!feed.IsEnded)
            {
                WriteArrived(scored, model.Options.Columns, table, writer);
                writer.Flush();
            }
        }));

        if (!_quiet && model.Session.BatchHalved is { } halved)
            console.WriteLine($"note: {halved}");
        if (!_quiet)
            console.WriteLine(Summary(clock.Elapsed.TotalSeconds, model.Session));
        return _failed == 0 ? ExitCodes.Done : ExitCodes.DoneWithBadRows;
    }

    private T Value<T>(Option<T> option) => _parsed.GetValue(option)!;

    private InputTable Open(Stream file, Action beforeWaiting) =>
        InputTable.Open(new CsvReader(file, _name, beforeWaiting: beforeWaiting), _name, Value(_options.PathColumn), Value(_options.NumberColumn));

    private DigitSumTransformer Load(ArrivingRows rows) => new MLContext().Transforms.ApplyDigitSumModel(new DigitSumOptions
    {
        ModelFile = Value(_options.Model) ?? DefaultModel.Find(),
        ImageColumn = ArrivingRows.ImagePath,
        NumberColumn = ArrivingRows.Number,
        ImageFolder = Value(_options.Root) ?? InputFile.Folder(_input),
        Preparation = Value(_options.Preprocess),
        Inference = new InferenceOptions
        {
            Provider = Value(_options.Provider),
            BatchSize = Value(_options.BatchSize) ?? 0,
            Workers = Value(_options.Threads) ?? 0,
        },
    }).Fit(rows);

    private void WriteArrived(IDataView scored, DigitSumColumns names, InputTable table, IRowWriter writer)
    {
        DataViewSchema schema = scored.Schema;
        DataViewSchema.Column row = schema[ArrivingRows.Row], error = schema[names.Error];
        DataViewSchema.Column digit = schema[names.Digit], digitProbabilities = schema[names.DigitProbabilities];
        DataViewSchema.Column sum = schema[names.Sum], sumProbabilities = schema[names.SumProbabilities];
        using DataViewRowCursor cursor = scored.GetRowCursor([row, digit, digitProbabilities, sum, sumProbabilities, error]);
        ValueGetter<CsvRecord> getRow = cursor.GetGetter<CsvRecord>(row);
        ValueGetter<long> getDigit = cursor.GetGetter<long>(digit);
        ValueGetter<VBuffer<float>> getDigitProbabilities = cursor.GetGetter<VBuffer<float>>(digitProbabilities);
        ValueGetter<long> getSum = cursor.GetGetter<long>(sum);
        ValueGetter<VBuffer<float>> getSumProbabilities = cursor.GetGetter<VBuffer<float>>(sumProbabilities);
        ValueGetter<ReadOnlyMemory<char>> getError = cursor.GetGetter<ReadOnlyMemory<char>>(error);

        CsvRecord input = null!; // set by each row's getter
        ReadOnlyMemory<char> reason = default;
        long digitValue = 0, sumValue = 0;
        VBuffer<float> digits = default, sums = default;
        while (cursor.MoveNext())
        {
            getRow(ref input);
            getError(ref reason);
            if (input.Flaw is null && reason.IsEmpty)
            {
                getDigit(ref digitValue);
                getDigitProbabilities(ref digits);
                getSum(ref sumValue);
                getSumProbabilities(ref sums);
                writer.Write(new OutputRow(input, new Prediction(digitValue, digits, sumValue, sums), null));
            }
            else
            {
                string flaw = input.Flaw ?? reason.ToString();
                if (Value(_options.OnError) == BadRows.Fail)
                    throw new InvalidDataException($"{_name}, line {input.Line}: {flaw} ({table.Describe(input)}).");
                writer.Write(new OutputRow(input, null, flaw));
                _failed++;
            }

            Interlocked.Increment(ref _rows);
        }
    }

    // The provider comes with the reason why it isn't CUDA, where auto might have taken that.
    private string Summary(double seconds, BatchSession session)
    {
        string provider = session.Provider.ToString().ToLowerInvariant() + (session.Fallback is null ? "" : $"; {session.Fallback}");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{_rows} {(_rows == 1 ? "row" : "rows")}, {_failed} failed, {seconds:0.00} s, {_rows / seconds:0} rows/s, provider {provider}");
    }
}
