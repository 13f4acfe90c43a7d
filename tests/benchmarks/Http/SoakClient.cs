using System.Net;
using System.Text.RegularExpressions;

namespace MnistAdder.Benchmarks.Http;

/// <summary>A client that asks again and again, and now and then leaves in the middle of a request.</summary>
/// <param name="http">Sends requests.</param>
/// <param name="known">What it asks.</param>
/// <param name="random">Chooses.</param>
/// <param name="tally">Receives what became of it.</param>
internal sealed partial class SoakClient(HttpClient http, KnownRows known, Random random, SoakTally tally)
{
    private const double LargestShare = 0.1, LeavingShare = 0.1, LeavingHalfSentShare = 0.1;
    private const int LongestStay = 50; // ms; about as long as an answer takes under this load
    private const int LongestPause = 100; // ms, after a refusal

    /// <summary>Asks until it is told to stop; what has been asked is waited for.</summary>
    public async Task Run(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            int count = random.NextDouble() < LargestShare ? KnownRows.Most : random.Next(1, KnownRows.Most + 1);
            double choice = random.NextDouble();
            if (choice < LeavingShare)
                await Leave(count, halfSent: false);
            else if (choice < LeavingShare + LeavingHalfSentShare)
                await Leave(count, halfSent: true);
            else if (!await IsAnswered(count, content: null, CancellationToken.None))
                await Task.Delay(random.Next(LongestPause), CancellationToken.None);
        }
    }

    /// <summary>Asks for one row, and says whether there was an answer.</summary>
    public Task<bool> IsAnswered() => IsAnswered(1, content: null, CancellationToken.None);

    private async Task Leave(int count, bool halfSent)
    {
        using var patience = new CancellationTokenSource();
        using HttpContent? content = halfSent ? new HalfContent(patience) : null;
        if (!halfSent)
            patience.CancelAfter(random.Next(LongestStay));
        await IsAnswered(count, content, patience.Token);
    }

    private async Task<bool> IsAnswered(int count, HttpContent? content, CancellationToken patience)
    {
        int[] rows = KnownRows.Choose(random, count);
        BinaryRequest request = known.Request(rows);
        (content as HalfContent)?.Fill(request.Body);
        using HttpRequestMessage message = request.ToMessage(content);
        try
        {
            using HttpResponseMessage response = await http.SendAsync(message, patience);
            return await IsAnswer(response, rows);
        }
        catch (Exception exception) when (patience.IsCancellationRequested && exception is OperationCanceledException or HttpRequestException)
        {
            tally.Count(content is null ? "left while waiting" : "left half sent");
        }
        catch (Exception exception) when (exception is OperationCanceledException or HttpRequestException or IOException)
        {
            tally.Break($"{exception.GetType().Name}: {exception.GetBaseException().Message}");
        }

        return false;
    }

    private async Task<bool> IsAnswer(HttpResponseMessage response, int[] rows)
    {
        if (response.StatusCode == HttpStatusCode.OK)
        {
            if (!known.IsRight(rows, await BinaryRequest.Read(response)))
                tally.Break("a wrong answer");
            tally.Count("answered");
            tally.Count("answered rows, each compared", rows.Length);
            return true;
        }

        string reason = Number().Replace(await response.Content.ReadAsStringAsync(), "N");
        if (response.StatusCode != HttpStatusCode.ServiceUnavailable)
            tally.Break($"{(int)response.StatusCode} {reason}");
        else if (response.Headers.RetryAfter is null)
            tally.Break("503 without Retry-After");
        else
            tally.Count($"503 {reason}");
        return false;
    }

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();

    // A body of which half is sent before its client has lost patience.
    private sealed class HalfContent(CancellationTokenSource patience) : HttpContent
    {
        private byte[] _body = [];

        public void Fill(byte[] body) => _body = body;

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(_body.AsMemory(0, _body.Length / 2));
            await stream.FlushAsync();
            await patience.CancelAsync();
            patience.Token.ThrowIfCancellationRequested();
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _body.Length;
            return true;
        }
    }
}
