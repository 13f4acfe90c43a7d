using System.Diagnostics;
using System.Text;

namespace MnistAdder.Benchmarks.Http;

/// <summary>A client that asks a request again until it is answered, unless the answer had begun.</summary>
/// <param name="server">Where the server listens, when it does.</param>
/// <param name="known">What it asks.</param>
/// <param name="random">Chooses.</param>
/// <param name="tally">Receives what became of it.</param>
internal sealed class RetryingClient(Uri server, KnownRows known, Random random, SoakTally tally)
{
    // What isn't answered by then is lost: a start takes a second.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks until it is told to stop; the last request is waited for.</summary>
    public async Task Run(CancellationToken stop)
    {
        RawConnection? connection = null;
        while (!stop.IsCancellationRequested)
            connection = await Ask(connection);
        connection?.Dispose();
    }

    // Gives back the connection for the next request.
    private async Task<RawConnection?> Ask(RawConnection? connection)
    {
        int[] rows = KnownRows.Choose(random, random.Next(1, KnownRows.Most + 1));
        byte[] request = known.Request(rows).ToBytes(server);
        tally.Count("requests");
        for (long began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < s_patience; tally.Count("tried again"))
        {
            if (connection is { IsClosed: true })
            {
                connection.Dispose();
                connection = null;
            }

            connection ??= await RawConnection.Open(server);
            if (connection is null)
            {
                tally.Count("connection refused");
                await Task.Delay(s_pause);
                continue;
            }

            (Delivery delivery, RawAnswer? answer) = await connection.Ask(request);
            bool isDone = delivery == Delivery.CutOff || (answer is not null && answer.Status != 503);
            if (answer is not null)
                Judge(answer, rows);
            else if (delivery == Delivery.CutOff)
                tally.Break("an answer that was cut off");
            else
                tally.Count(delivery == Delivery.NotSent ? "connection closed before the request was sent" : "connection closed without an answer");
            if (answer is null or { Closes: true })
            {
                connection.Dispose();
                connection = null;
            }

            if (isDone)
                return connection;
            await Task.Delay(answer?.RetryAfter ?? s_pause);
        }

        tally.Break("a request that was lost");
        return connection;
    }

    private void Judge(RawAnswer answer, int[] rows)
    {
        if (answer.Status == 200 && known.IsRight(rows, BinaryTensor.Read(answer.Body, answer.JsonLength)))
            tally.Count("answered");
        else if (answer is { Status: 503, RetryAfter: not null })
            tally.Count("503");
        else
            tally.Break(answer.Status == 200 ? "a wrong answer" : $"{answer.Status} {Encoding.UTF8.GetString(answer.Body.Span)}");
    }
}
