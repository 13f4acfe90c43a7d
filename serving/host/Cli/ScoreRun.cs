using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using MnistAdder.Scoring.Csv;
using MnistAdder.Scoring.Output;
using MnistAdder.Scoring.Rows;
using MnistAdder.Serving;

namespace MnistAdder.Scoring.Cli;

/// <summary>One run of <c>score</c>: read → decode → batch → run → write.</summary>
internal static class ScoreRun
{
    /// <summary>Scores a file.</summary>
    /// <param name="settings">What to do.</param>
    /// <param name="console">Standard error, for progress and the summary.</param>
    /// <param name="stop">Ends the run without leaving a file.</param>
    /// <returns>The exit code.</returns>
    public static int Run(ScoreSettings settings, TextWriter console, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        string name = InputFile.Name(settings.Input);
        if (settings.Root is { } root && !Directory.Exists(root))
            throw new DirectoryNotFoundException($"The folder '{root}' of --root doesn't exist.");
        OutputFile.Check(settings.Output, settings.Input);
        Stream input = InputFile.Open(settings.Input);
        long? length = input.CanSeek ? input.Length : null;
        using var feed = new RowFeed(input, name, settings.PathColumn, settings.NumberColumn, stop);
        var columns = new OutputColumns(name, feed.Table.Columns, settings.OutputPrefix, settings.Probabilities);

        var rows = new ArrivingRows(feed);
        using DigitSumTransformer model = Load(settings, rows);
        var scorer = new RowScorer(feed, model.Transform(rows), model.Options.Columns);
        feed.Start(settings.Limit);
        ScoreProgress.Watch(settings, scorer, () => feed.Table.BytesRead, length, () => OutputFile.Write(settings.Output, output =>
        {
            using IRowWriter writer = settings.Format == OutputFormat.Csv ? new CsvRowWriter(output, columns) : new JsonRowWriter(output, columns);
            scorer.Run(writer, bad => RequireGood(settings, name, feed.Table, bad));
        }));

        if (!settings.Quiet && model.Session.BatchHalved is { } halved)
            console.WriteLine($"note: {halved}");
        if (!settings.Quiet)
            console.WriteLine(Summary(scorer, clock.Elapsed.TotalSeconds, model.Session));
        return scorer.Failed == 0 ? ExitCodes.Done : ExitCodes.DoneWithBadRows;
    }

    private static DigitSumTransformer Load(ScoreSettings settings, IDataView rows) =>
        new MLContext().Transforms.ApplyDigitSumModel(new DigitSumOptions
        {
            ModelFile = settings.Model ?? DefaultModel.Find(),
            ImageColumn = ArrivingRows.ImagePath,
            NumberColumn = ArrivingRows.Number,
            ImageFolder = settings.Root ?? InputFile.Folder(settings.Input),
            Preparation = settings.Preparation,
            Inference = settings.Inference,
        }).Fit(rows);

    private static void RequireGood(ScoreSettings settings, string name, InputTable table, ScoredRow bad)
    {
        if (settings.OnBadRow == BadRows.Fail)
            throw new InvalidDataException($"{name}, line {bad.Input.Line}: {bad.Error} ({table.Describe(bad.Input)}).");
    }

    // The provider comes with the reason why it isn't CUDA, where auto might have taken that.
    private static string Summary(RowScorer scorer, double seconds, BatchSession session)
    {
        string provider = session.Provider.ToString().ToLowerInvariant() + (session.Fallback is null ? "" : $"; {session.Fallback}");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{scorer.Rows} {(scorer.Rows == 1 ? "row" : "rows")}, {scorer.Failed} failed, {seconds:0.00} s, {scorer.Rows / seconds:0} rows/s, provider {provider}");
    }
}
