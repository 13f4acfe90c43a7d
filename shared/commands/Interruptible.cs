namespace MnistAdder.Commands;

/// <summary>Calls of the system that may wait without end, such as opening a named pipe that nobody has at its other end.</summary>
internal static class Interruptible
{
    /// <summary>Waits for such a call; where a signal comes first, its thread is left behind, to end with the process.</summary>
    /// <param name="call">The call, on a thread of its own: those of the pool are at work.</param>
    /// <param name="stop">Ends the waiting.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static T Call<T>(Func<T> call, CancellationToken stop) => Start(call).WaitAsync(stop).GetAwaiter().GetResult();

    /// <summary>Begins such a call on a thread of its own.</summary>
    public static Task<T> Start<T>(Func<T> call) =>
        Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
