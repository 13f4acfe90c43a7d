using System.IO.Hashing;
using MnistAdder.Scoring.Csv;

namespace MnistAdder.Scoring.Shards;

/// <summary>The bytes of one segment, which are those that the plan was made of: else the last of them are never given.</summary>
/// <param name="file">The file; disposed with this.</param>
/// <param name="name">What messages call it.</param>
/// <param name="segment">The segment.</param>
internal sealed class RangeInput(FileStream file, string name, Segment segment) : InputStream
{
    private readonly XxHash128 _hash = new();
    private long _done;

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The file isn't what it was.</exception>
    public override int Read(Span<byte> buffer)
    {
        if (_done == segment.Length)
            return 0;
        int read = RandomAccess.Read(file.SafeFileHandle, buffer[..(int)Math.Min(buffer.Length, segment.Length - _done)], segment.Offset + _done);
        _hash.Append(buffer[..read]);
        _done += read;
        if (read == 0 || (_done == segment.Length && Convert.ToHexStringLower(_hash.GetCurrentHash()) != segment.Hash))
            throw new InvalidDataException($"'{name}' isn't what it was when the plan was made: its bytes from {segment.Offset} on differ. Plan anew in another folder.");
        return read;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file.Dispose();
        base.Dispose(disposing);
    }
}
