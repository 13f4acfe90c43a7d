using System.Globalization;
using MnistAdder.Commands;
using Spectre.Console;

namespace MnistAdder.Benchmarks.Http;

/// <summary>Requests per second and latencies of <c>mnist-adder serve</c> beside other ways to put the same model behind HTTP, in turns.</summary>
/// <param name="connections">Numbers of connections.</param>
/// <param name="seconds">Of each measurement.</param>
/// <param name="rounds">Measurements of each; the medians count.</param>
internal sealed class HttpBenchmark(int[] connections, int seconds, int rounds)
{
    private const int RequestsOfTheCheck = 64;

    // The first is the one that the others are compared with.
    private static readonly (string Name, Func<HttpModel, Uri, Task<ServerProcess>> Start)[] s_contestants =
    [
        ("serve", (model, url) => ServerProcess.Serve(model, url)),
        ("serve --max-batch 1", (model, url) => ServerProcess.Serve(model, url, "--max-batch", "1")),
        ("minimal API, ONNX Runtime", (model, url) => ServerProcess.ServePeer(model, url, MinimalApi.Plain)),
        ("minimal API, stock ML.NET", (model, url) => ServerProcess.ServePeer(model, url, MinimalApi.Stock)),
    ];

    /// <summary>Measures and prints tables of a model.</summary>
    /// <returns>The exit code: 1 where answers differ or requests failed.</returns>
    public async Task<int> Run(HttpModel model, TemporaryFolder folder)
    {
        List<ServerProcess> servers = [];
        try
        {
            foreach ((_, Func<HttpModel, Uri, Task<ServerProcess>> start) in s_contestants)
                servers.Add(await start(model, ServerProcess.FreeAddress()));
            if (!await DoAnswersAgree(model.Row, servers))
                return ExitCodes.Failed;

            var wrk = new Wrk(model.Row, folder);
            foreach (ServerProcess server in servers)
                wrk.Run(new Uri(server.Url, model.Row.Path), connections.Max(), seconds);
            var figures = new WrkFigures[connections.Length, servers.Count, rounds];
            for (int round = 0; round < rounds; round++)
            {
                for (int load = 0; load < connections.Length; load++)
                {
                    for (int i = 0; i < servers.Count; i++)
                        figures[load, i, round] = wrk.Run(new Uri(servers[i].Url, model.Row.Path), connections[load], seconds);
                }
            }

            return Report(model.Title, figures);
        }
        finally
        {
            servers.ForEach(server => server.Dispose());
        }
    }

    // All at once, so that those that share runs do.
    private static async Task<bool> DoAnswersAgree(BinaryRequest request, List<ServerProcess> servers)
    {
        BinaryTensor[]? expected = null;
        foreach ((ServerProcess server, string name) in servers.Zip(s_contestants.Select(contestant => contestant.Name)))
        {
            foreach (BinaryTensor[] answer in await Task.WhenAll(Enumerable.Range(0, RequestsOfTheCheck).Select(_ => Ask(server.Client, request))))
            {
                expected ??= answer;
                if (answer.Length == expected.Length && answer.Zip(expected).All(pair => pair.First.IsNear(pair.Second)))
                    continue;
                Console.Error.WriteLine($"error: {name} gives another answer than {s_contestants[0].Name}.");
                return false;
            }
        }

        return true;
    }

    private static async Task<BinaryTensor[]> Ask(HttpClient client, BinaryRequest request)
    {
        using HttpRequestMessage message = request.ToMessage();
        using HttpResponseMessage response = await client.SendAsync(message);
        return await BinaryRequest.Read(response.EnsureSuccessStatusCode());
    }

    private int Report(string title, WrkFigures[,,] figures)
    {
        double Median(int load, int contestant, Func<WrkFigures, double> figure) => Statistics.Median([.. Enumerable.Range(0, rounds).Select(round => figure(figures[load, contestant, round]))]);
        Table table = RightAligned(new Table().Title(Markup.Escape(title)).AddColumns("connections", "", "requests/s", "p50 (ms)", "p99 (ms)"));
        Table compared = RightAligned(new Table().Title("serve, relative to the others").AddColumns("connections", "beside", "requests/s", "p50, more (ms)", "p99"));
        for (int load = 0; load < connections.Length; load++)
        {
            for (int i = 0; i < s_contestants.Length; i++)
            {
                double rate = Median(load, i, run => run.Rate), p50 = Median(load, i, run => run.P50), p99 = Median(load, i, run => run.P99);
                table.AddRow(Text(connections[load], "0"), s_contestants[i].Name, Text(rate, "N0"), Text(p50, "0.000"), Text(p99, "0.000"));
                if (i > 0)
                    compared.AddRow(Text(connections[load], "0"), s_contestants[i].Name, Text(Median(load, 0, run => run.Rate) / rate, "0.00"), Text(Median(load, 0, run => run.P50) - p50, "+0.000;-0.000"), Text(Median(load, 0, run => run.P99) / p99, "0.00"));
            }
        }

        AnsiConsole.Write(table);
        AnsiConsole.Write(compared);
        WrkFigures[] failed = [.. figures.Cast<WrkFigures>().Where(run => run.Errors > 0 || run.Requests == 0)];
        if (failed.Length == 0)
            return ExitCodes.Done;
        Console.Error.WriteLine($"error: {failed.Sum(run => run.Errors):N0} requests of {failed.Length} measurements failed: these figures say nothing.");
        return ExitCodes.Failed;
    }

    private static Table RightAligned(Table table)
    {
        foreach (TableColumn column in table.Columns.Skip(2))
            column.RightAligned();
        return table;
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
