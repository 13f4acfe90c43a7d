using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MnistAdder.Training.Tests.Data.Sources;

/// <summary>Writes the whole answer to one request: status line, headers, body.</summary>
internal delegate Task Answer(Stream connection, string file, CancellationToken cancellation);

/// <summary>An HTTP server on this machine whose every answer is scripted, down to its pauses.</summary>
internal sealed class LocalMirror : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly Func<int, Answer> _script;
    private readonly Task _accepting;

    /// <param name="script">The answer to a request by its number, 0 for the first.</param>
    public LocalMirror(Func<int, Answer> script)
    {
        _script = script;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public LocalMirror(Answer always)
        : this(_ => always)
    {
    }

    public Uri Address => new($"http://{_listener.LocalEndpoint}/mnist/");

    /// <summary>Names of the files asked for, in order.</summary>
    public IReadOnlyCollection<string> Requests => _requests;

    public static Answer Status(int code) => (connection, _, cancellation) => HeadAsync(connection, code, length: 0, cancellation);

    public static Answer Files(IReadOnlyDictionary<string, byte[]> files) => async (connection, file, cancellation) =>
    {
        await HeadAsync(connection, 200, files[file].Length, cancellation);
        await connection.WriteAsync(files[file], cancellation);
    };

    /// <summary>Promises the file's whole length, sends a part of it and closes the connection.</summary>
    public static Answer Truncated(IReadOnlyDictionary<string, byte[]> files, int sent) => async (connection, file, cancellation) =>
    {
        await HeadAsync(connection, 200, files[file].Length, cancellation);
        await connection.WriteAsync(files[file].AsMemory(0, sent), cancellation);
    };

    /// <summary>Sends a file in pieces with a pause before each; after the last of <paramref name="pieces"/> nothing more comes.</summary>
    public static Answer Slow(IReadOnlyDictionary<string, byte[]> files, int pieces, TimeSpan pause, bool complete) =>
        async (connection, file, cancellation) =>
        {
            await HeadAsync(connection, 200, files[file].Length, cancellation);
            for (int piece = 0; piece < pieces; piece++)
            {
                await Task.Delay(pause, cancellation);
                int from = piece * 8, to = complete && piece == pieces - 1 ? files[file].Length : from + 8;
                await connection.WriteAsync(files[file].AsMemory(from..to), cancellation);
                await connection.FlushAsync(cancellation);
            }

            if (!complete)
                await Silence(connection, file, cancellation);
        };

    public static async Task Silence(Stream connection, string file, CancellationToken cancellation) =>
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    private static async Task HeadAsync(Stream connection, int code, int length, CancellationToken cancellation)
    {
        string head = string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {code} {(HttpStatusCode)code}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
        await connection.WriteAsync(Encoding.ASCII.GetBytes(head), cancellation);
    }

    private async Task AcceptAsync()
    {
        var answers = new List<Task>();
        try
        {
            while (true)
                answers.Add(AnswerAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(answers);
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                NetworkStream connection = client.GetStream();
                using var reader = new StreamReader(connection, Encoding.ASCII, leaveOpen: true);
                string request = await reader.ReadLineAsync(_stop.Token) ?? "";
                while (!string.IsNullOrEmpty(await reader.ReadLineAsync(_stop.Token)))
                    continue;
                string file = request.Split(' ')[1].Split('/')[^1];
                Answer answer;
                lock (_requests)
                {
                    answer = _script(_requests.Count);
                    _requests.Enqueue(file);
                }

                await answer(connection, file, _stop.Token);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // The client gave up, as some tests want it to.
            }
        }
    }
}
