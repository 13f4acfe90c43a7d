using System.Buffers;
using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using MnistAdder.Server.Protocol;

namespace MnistAdder.Server.Http;

/// <summary>A request's body, read whole into lent memory and decompressed.</summary>
internal sealed class RequestBody : IDisposable
{
    private const int FirstBuffer = 16 << 10;

    private readonly MemoryBudget _budget;
    private readonly long _limit;
    private byte[] _buffer = [];
    private long _taken;
    private int _length;

    private RequestBody(MemoryBudget budget, long limit)
    {
        _budget = budget;
        _limit = Math.Min(limit, Array.MaxLength);
    }

    /// <summary>The bytes, valid until disposal.</summary>
    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <summary>The bytes to be read one after the other, valid until disposal.</summary>
    public MemoryStream ToStream() => new(_buffer, 0, _length, writable: false);

    /// <summary>Reads a body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="budget">What all bodies may take.</param>
    /// <param name="limit">Most bytes, compressed or not.</param>
    /// <exception cref="ProtocolException">It is too large, damaged or compressed in a way that isn't known, or there is no room for it now.</exception>
    /// <exception cref="BadHttpRequestException">It is too large or too slow, or ends early.</exception>
    public static async Task<RequestBody> Read(HttpRequest request, MemoryBudget budget, long limit)
    {
        if (request.ContentLength > limit)
            throw TooLarge(limit);
        using Stream? decompressed = Decompressed(request);
        var body = new RequestBody(budget, limit);
        try
        {
            // A length is a claim: memory follows what has come.
            long claimed = decompressed is null ? request.ContentLength ?? FirstBuffer : FirstBuffer;
            body.Grow((int)Math.Clamp(claimed, 1, Math.Min(FirstBuffer * 16, body._limit)));
            await body.ReadAll(decompressed ?? request.Body, decompressed is null ? request.ContentLength : null, request.HttpContext.RequestAborted);
            return body;
        }
        catch (Exception exception)
        {
            body.Dispose();
            // Brotli's stream calls bad data an invalid operation.
            if (exception is InvalidDataException || (decompressed is not null && exception is InvalidOperationException))
                throw ProtocolException.Bad($"The body isn't {request.Headers.ContentEncoding}, as its header says, or is cut off.");
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _budget.GiveBack(_taken);
        _taken = 0;
    }

    /// <summary>What is said of a body beyond the limit.</summary>
    /// <param name="limit">Most bytes.</param>
    public static ProtocolException TooLarge(long limit) => new(StatusCodes.Status413PayloadTooLarge, $"The body has more than {limit} bytes, the most that it may.");

    private static Stream? Decompressed(HttpRequest request) => request.Headers.ContentEncoding.ToString().ToLowerInvariant() switch
    {
        "" or "identity" => null,
        "gzip" or "x-gzip" => new GZipStream(request.Body, CompressionMode.Decompress),
        "deflate" => new ZLibStream(request.Body, CompressionMode.Decompress),
        "br" => new BrotliStream(request.Body, CompressionMode.Decompress),
        var other => throw new ProtocolException(StatusCodes.Status415UnsupportedMediaType, $"The content encoding '{other}' isn't known; gzip, deflate and br are."),
    };

    private async Task ReadAll(Stream source, long? length, CancellationToken stop)
    {
        byte[] beyond = new byte[1];
        while (_length != length)
        {
            if (_length == _buffer.Length && _length < _limit)
                Grow((int)Math.Min(2L * _length, _limit));
            bool isFull = _length == _limit;
            int read = await source.ReadAsync(isFull ? beyond : _buffer.AsMemory(_length, (int)Math.Min(_buffer.Length, _limit) - _length), stop);
            if (read == 0)
                return;
            if (isFull)
                throw TooLarge(_limit);
            _length += read;
        }
    }

    private void Grow(int size)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            _budget.Take(larger.Length - _buffer.Length);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(larger);
            throw;
        }

        _taken += larger.Length - _buffer.Length;
        Bytes.CopyTo(larger);
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
