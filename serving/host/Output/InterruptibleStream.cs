using MnistAdder.Commands;

namespace MnistAdder.Scoring.Output;

/// <summary>A stream whose reader may keep a writer waiting, a pipe for instance: a signal ends the waiting.</summary>
/// <param name="inner">What is written to; closed with it.</param>
/// <param name="stop">Ends the waiting.</param>
internal sealed class InterruptibleStream(Stream inner, CancellationToken stop) : Stream
{
    // What has been scored when the signal comes still goes to a reader that takes it.
    private const int LastMilliseconds = 500;

    private bool _isAbandoned;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    /// <exception cref="OperationCanceledException">It was stopped, and nobody takes the bytes.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_isAbandoned)
            throw new OperationCanceledException(stop);
        byte[] bytes = buffer.ToArray(); // the thread that is left behind keeps them
        Task<bool> write = Interruptible.Start(() =>
        {
            inner.Write(bytes);
            return true;
        });
        try
        {
            Task.WaitAny([write], stop);
        }
        catch (OperationCanceledException)
        {
            _isAbandoned = Task.WaitAny([write], LastMilliseconds) < 0;
            if (_isAbandoned)
                throw;
        }

        write.GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
