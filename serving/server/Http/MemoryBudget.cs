using MnistAdder.Server.Protocol;

namespace MnistAdder.Server.Http;

/// <summary>Bytes of bodies that are in hand, of which there may be so many at once. For any number of threads.</summary>
/// <param name="limit">Most bytes.</param>
internal sealed class MemoryBudget(long limit)
{
    private long _taken;

    /// <summary>Takes bytes, to be given back by <see cref="GiveBack"/>.</summary>
    /// <exception cref="ProtocolException">Others have too many in hand.</exception>
    public void Take(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= limit)
            return;
        GiveBack(bytes);
        throw ProtocolException.Later("The requests in hand take all the memory that they may.");
    }

    /// <summary>Gives bytes back.</summary>
    public void GiveBack(long bytes) => Interlocked.Add(ref _taken, -bytes);
}
