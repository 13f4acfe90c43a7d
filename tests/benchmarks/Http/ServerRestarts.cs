using System.Globalization;
using MnistAdder.Commands;
using Spectre.Console;

namespace MnistAdder.Benchmarks.Http;

/// <summary>
/// A server that is asked to end and started again while clients ask it, which try again where a request got no answer: none may be lost, and no answer
/// may be cut off.
/// </summary>
internal static class ServerRestarts
{
    private const int Clients = 8;
    private const int LongestLife = 1_500; // ms
    private const int GraceSeconds = 5;

    /// <summary>Runs and prints what happened.</summary>
    /// <param name="restarts">How often the server ends.</param>
    /// <returns>The exit code: 1 where a request was lost, or the server ended late or otherwise than with 0.</returns>
    public static async Task<int> Run(int restarts)
    {
        HttpModel model = HttpModel.CreateOurs();
        var known = new KnownRows(model.File);
        Uri address = ServerProcess.FreeAddress();
        var tally = new SoakTally();
        var random = new Random(1);
        double slowest = 0;
        AnsiConsole.WriteLine($"{restarts} times the end and a new start, {Clients} clients, requests of 1 to {KnownRows.Most} rows");

        using var stop = new CancellationTokenSource();
        Task[] clients = [];
        for (int i = 0; i <= restarts; i++)
        {
            using ServerProcess server = await ServerProcess.Serve(model, address, "--grace", GraceSeconds.ToString(CultureInfo.InvariantCulture));
            if (i == 0)
                clients = [.. Enumerable.Range(0, Clients).Select(seed => new RetryingClient(address, known, new Random(seed), tally).Run(stop.Token))];
            await Task.Delay(random.Next(LongestLife / 3, LongestLife));
            if (i == restarts)
            {
                await stop.CancelAsync();
                await Task.WhenAll(clients);
                break;
            }

            (int exitCode, TimeSpan took) = await Task.Run(server.Terminate);
            slowest = Math.Max(slowest, took.TotalSeconds);
            if (exitCode != ExitCodes.Done)
                tally.Break($"ended with {exitCode}");
            if (took > TimeSpan.FromSeconds(GraceSeconds))
                tally.Break($"took longer than the {GraceSeconds} s of its grace to end");
            if (server.Printed.Length > 0)
                tally.Break($"printed {server.Printed.Trim()}");
        }

        Table table = new Table().AddColumns("", "").HideHeaders();
        table.Columns[1].RightAligned();
        foreach ((string what, long count) in tally.Counts)
            table.AddRow(Markup.Escape(what), count.ToString("N0", CultureInfo.InvariantCulture));
        table.AddRow("seconds of the slowest end", slowest.ToString("0.00", CultureInfo.InvariantCulture));
        AnsiConsole.Write(table);
        foreach (string violation in tally.Violations)
            Console.Error.WriteLine($"error: {violation}");
        return tally.Violations.Count == 0 ? ExitCodes.Done : ExitCodes.Failed;
    }
}
