using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace MnistAdder.Benchmarks.Http;

/// <summary>What became of a request on a connection.</summary>
internal enum Delivery
{
    /// <summary>It was answered.</summary>
    Answered,

    /// <summary>The connection was closed before all of the request had been sent, so that nobody has taken it on.</summary>
    NotSent,

    /// <summary>It was sent, and the connection closed without a byte of an answer.</summary>
    Unanswered,

    /// <summary>The answer had begun and doesn't end.</summary>
    CutOff,
}

/// <summary>A connection to a server that hides nothing of what happens to it, as clients with retries of their own do.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[64 << 10];

    private RawConnection()
    {
    }

    /// <summary>Whether the server has closed it since the last answer, as a server may.</summary>
    public bool IsClosed => _socket.Poll(0, SelectMode.SelectRead);

    /// <summary>Connects.</summary>
    /// <returns>Null where nobody listens.</returns>
    public static async Task<RawConnection?> Open(Uri server)
    {
        var connection = new RawConnection();
        try
        {
            await connection._socket.ConnectAsync(server.Host, server.Port);
            return connection;
        }
        catch (SocketException)
        {
            connection.Dispose();
            return null;
        }
    }

    /// <summary>Sends a request and reads its answer.</summary>
    /// <param name="request">The whole request.</param>
    /// <returns>What became of it, and the answer where there is one. Without one the connection is of no more use.</returns>
    public async Task<(Delivery Delivery, RawAnswer? Answer)> Ask(byte[] request)
    {
        bool isSent = false;
        int length = 0;
        try
        {
            for (int sent = 0; sent < request.Length;)
                sent += await _socket.SendAsync(request.AsMemory(sent));
            isSent = true;
            while (true)
            {
                int read = await _socket.ReceiveAsync(_buffer.AsMemory(length));
                length += read;
                if (RawAnswer.TryRead(_buffer.AsMemory(0, length)) is { } answer)
                    return (Delivery.Answered, answer);
                if (read == 0)
                    break;
            }
        }
        catch (SocketException)
        {
        }

        return (length > 0 ? Delivery.CutOff : isSent ? Delivery.Unanswered : Delivery.NotSent, null);
    }

    public void Dispose() => _socket.Dispose();
}

/// <summary>An answer in HTTP/1.1.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Closes">Whether the server closes the connection behind it.</param>
/// <param name="RetryAfter">How long it asks to wait.</param>
/// <param name="JsonLength">Bytes of the body that are JSON.</param>
/// <param name="Body">The body, valid until the next request.</param>
internal sealed record RawAnswer(int Status, bool Closes, TimeSpan? RetryAfter, int JsonLength, ReadOnlyMemory<byte> Body)
{
    /// <summary>Reads it, where it is there as far as its end.</summary>
    public static RawAnswer? TryRead(ReadOnlyMemory<byte> bytes)
    {
        ReadOnlySpan<byte> endOfHead = "\r\n\r\n"u8;
        int end = bytes.Span.IndexOf(endOfHead);
        if (end < 0)
            return null;
        string[] lines = Encoding.ASCII.GetString(bytes.Span[..end]).Split("\r\n");
        Dictionary<string, string> headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(header => header[0], header => header[1], StringComparer.OrdinalIgnoreCase);
        int? Number(string header) => headers.TryGetValue(header, out string? text) ? int.Parse(text, CultureInfo.InvariantCulture) : null;
        int length = Number("Content-Length")!.Value, start = end + endOfHead.Length;
        if (bytes.Length < start + length)
            return null;
        TimeSpan? retryAfter = Number("Retry-After") is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        int status = int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture);
        return new RawAnswer(status, headers.GetValueOrDefault("Connection") == "close", retryAfter, Number(BinaryTensor.JsonLengthHeader) ?? length, bytes.Slice(start, length));
    }
}
