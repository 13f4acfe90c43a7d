using System.Diagnostics;
using System.Globalization;
using MnistAdder.Commands;
using Spectre.Console;

namespace MnistAdder.Benchmarks.Http;

/// <summary>
/// A server at its limits for a while: more clients than its queue and its memory for bodies have room for, of which some leave in the middle of a
/// request. Whoever stays has to get the right answer or 503, and the server's memory mustn't grow.
/// </summary>
internal static class ServerSoak
{
    private const int Clients = 64;
    private const int Queue = 16;
    private const int BodiesInMemory = 20; // of the largest; most are smaller
    private const double MostGrowth = 1.1;

    // Memory is up to some megabytes more or less at any one moment.
    private const int SamplesOfAFigure = 10;

    private static readonly TimeSpan s_sampling = TimeSpan.FromSeconds(1);

    /// <summary>Runs and prints what happened.</summary>
    /// <param name="duration">How long; memory is compared with that after the first minute, or after half of the time where that is sooner.</param>
    /// <returns>The exit code: 1 where a request got something else, or the memory grew.</returns>
    public static async Task<int> Run(TimeSpan duration)
    {
        HttpModel model = HttpModel.CreateOurs();
        var known = new KnownRows(model.File);
        int largest = known.Request(KnownRows.Choose(new Random(0), KnownRows.Most)).Body.Length;
        string[] limits = ["--max-body", Text(largest), "--max-memory", Text((long)BodiesInMemory * largest), "--max-queue", Text(Queue)];
        using ServerProcess server = await ServerProcess.Serve(model, ServerProcess.FreeAddress(), limits);
        AnsiConsole.WriteLine($"{Clients} clients for {duration.TotalMinutes:0.##} minutes, requests of 1 to {KnownRows.Most} rows; {string.Join(' ', limits)}");

        var tally = new SoakTally();
        using var stop = new CancellationTokenSource(duration);
        Task[] clients = [.. Enumerable.Range(0, Clients).Select(seed => new SoakClient(server.Client, known, new Random(seed), tally).Run(stop.Token))];
        (double before, double after) = await WatchMemory(server, duration);
        await Task.WhenAll(clients);

        if (!await new SoakClient(server.Client, known, new Random(Clients), tally).IsAnswered())
            tally.Break("no answer once all others were gone");
        string metrics = await server.Client.GetStringAsync("/metrics");
        if (!metrics.Split('\n').Any(line => line.StartsWith("nv_inference_pending_request_count{", StringComparison.Ordinal) && line.Split(' ')[1] == "0"))
            tally.Break("requests that wait once all clients were gone");
        (int exitCode, TimeSpan took) = server.Terminate();
        if (exitCode != ExitCodes.Done)
            tally.Break($"ended with {exitCode}");
        if (server.Printed.Length > 0)
            tally.Break($"printed {server.Printed.Trim()}");
        if (after > before * MostGrowth)
            tally.Break("memory that grew");

        Table table = new Table().AddColumns("", "").HideHeaders();
        table.Columns[1].RightAligned();
        foreach ((string what, long count) in tally.Counts)
            table.AddRow(Markup.Escape(what), count.ToString("N0", CultureInfo.InvariantCulture));
        table.AddRow("working set, earlier (MB)", (before / 1e6).ToString("0.0", CultureInfo.InvariantCulture));
        table.AddRow("working set, at the end (MB)", (after / 1e6).ToString("0.0", CultureInfo.InvariantCulture));
        table.AddRow("ratio", (after / before).ToString("0.000", CultureInfo.InvariantCulture));
        table.AddRow("seconds to its end", took.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture));
        AnsiConsole.Write(table);
        foreach (string violation in tally.Violations)
            Console.Error.WriteLine($"error: {violation}");
        return tally.Violations.Count == 0 ? ExitCodes.Done : ExitCodes.Failed;
    }

    // Bytes of the working set up to the first minute and up to the end: medians of the last samples.
    private static async Task<(double Before, double After)> WatchMemory(ServerProcess server, TimeSpan duration)
    {
        TimeSpan first = TimeSpan.FromTicks(Math.Min(TimeSpan.TicksPerMinute, duration.Ticks / 2));
        List<double> before = [], after = [];
        long started = Stopwatch.GetTimestamp();
        for (TimeSpan elapsed = s_sampling; elapsed <= duration; elapsed += s_sampling)
        {
            TimeSpan left = elapsed - Stopwatch.GetElapsedTime(started);
            await Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero);
            (elapsed <= first ? before : after).Add(server.WorkingSet);
        }

        return (Statistics.Median([.. before.TakeLast(SamplesOfAFigure)]), Statistics.Median([.. after.TakeLast(SamplesOfAFigure)]));
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
