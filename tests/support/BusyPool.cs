namespace MnistAdder.Tests.Support;

/// <summary>
/// A thread pool without a free thread. It gets another one every half second or so, that is twenty seconds until all that wait here
/// have one.
/// </summary>
internal sealed class BusyPool : IDisposable
{
    private readonly ManualResetEventSlim _release = new();
    private readonly CountdownEvent _waiting = new(40);

    public BusyPool()
    {
        for (int blocker = 0; blocker < _waiting.InitialCount; blocker++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    _release.Wait();
                    _waiting.Signal();
                },
                null);
        }
    }

    public void Dispose()
    {
        _release.Set();
        _waiting.Wait();
        _waiting.Dispose();
        _release.Dispose();
    }
}
