using System.Runtime.ExceptionServices;

namespace MnistAdder.Training.Fit;

/// <summary>A thread that does one piece of work after the other.</summary>
/// <remarks>
/// Threads of the pool take turns; libtorch keeps its number of threads, and glibc freed memory, for each thread, so that the same one
/// is quicker for the same work.
/// </remarks>
internal sealed class WorkerThread : IDisposable
{
    private readonly SemaphoreSlim _begun = new(0);
    private readonly SemaphoreSlim _ended = new(0);
    private readonly Thread _thread;
    private Action? _work;
    private ExceptionDispatchInfo? _error;

    public WorkerThread()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = nameof(WorkerThread) };
        _thread.Start();
    }

    /// <summary>Gives the thread its next work, once the last has ended.</summary>
    public void Begin(Action work)
    {
        _error = null;
        _work = work;
        _begun.Release();
    }

    /// <summary>Waits for the end of the work that was begun.</summary>
    /// <returns>What went wrong; null where nothing did.</returns>
    public ExceptionDispatchInfo? End()
    {
        _ended.Wait();
        return _error;
    }

    public void Dispose()
    {
        _work = null;
        _begun.Release();
        _thread.Join();
        _begun.Dispose();
        _ended.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            _begun.Wait();
            if (_work is null)
                return;
            try
            {
                _work();
            }
            catch (Exception error)
            {
                _error = ExceptionDispatchInfo.Capture(error);
            }

            _ended.Release();
        }
    }
}
