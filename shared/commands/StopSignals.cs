using System.Runtime.InteropServices;

namespace MnistAdder.Commands;

/// <summary>Turns Ctrl-C and the termination signal into a cancellation, so that a program can leave its files in order.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;
    private int _exitCode;

    /// <summary>Takes over both signals of the process until it is disposed.</summary>
    public StopSignals()
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, ExitCodes.Interrupted));
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, ExitCodes.Terminated));
    }

    /// <summary>Cancelled by the first of the two signals.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>The exit code of a program that one of the signals stopped; 0 as long as none did.</summary>
    public int ExitCode => Volatile.Read(ref _exitCode);

    /// <inheritdoc/>
    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _source.Dispose();
    }

    // The second signal is the user's last word: it ends the process.
    private void Stop(PosixSignalContext context, int exitCode)
    {
        context.Cancel = Interlocked.CompareExchange(ref _exitCode, exitCode, 0) == 0;
        _source.Cancel();
    }
}
