using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace MnistAdder.Commands;

/// <summary>
/// Turns Ctrl-C, the termination signal and the end of the terminal into a cancellation, so that a program can leave its files in order.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    // Who stops a program for somebody else, as `timeout` does, signals it and then its whole group, the program once more.
    private static readonly TimeSpan s_oneSignal = TimeSpan.FromSeconds(0.3);

    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private Timer? _timer;
    private long _firstAt; // a timestamp, 0 before the first signal
    private int _exitCode;

    /// <summary>Takes over the signals of the process until it is disposed.</summary>
    public StopSignals()
    {
        Register(PosixSignal.SIGINT, ExitCodes.Interrupted);
        Register(PosixSignal.SIGTERM, ExitCodes.Terminated);
        if (OperatingSystem.IsWindows() || !UnixSignals.IsHangUpIgnored())
            Register(PosixSignal.SIGHUP, ExitCodes.HungUp);

        // A file that outgrows what `ulimit -f` allows is an error of whoever writes it.
        if (!OperatingSystem.IsWindows())
            _registrations.Add(PosixSignalRegistration.Create((PosixSignal)UnixSignals.FileTooLarge, context => context.Cancel = true));
    }

    /// <summary>How long a program may take to end after the first signal. A container's runtime kills after ten seconds, unless it is told otherwise.</summary>
    public static TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>Cancelled by the first of the signals.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>The exit code of a program that one of the signals stopped; 0 as long as none did.</summary>
    public int ExitCode => Volatile.Read(ref _exitCode);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _timer?.Dispose();
        _source.Dispose();
    }

    private void Register(PosixSignal signal, int exitCode) => _registrations.Add(PosixSignalRegistration.Create(signal, context => Stop(context, exitCode)));

    // The second signal is the user's last word: it ends the process.
    private void Stop(PosixSignalContext context, int exitCode)
    {
        long now = Stopwatch.GetTimestamp(), first = Interlocked.CompareExchange(ref _firstAt, now, 0);
        context.Cancel = first == 0 || Stopwatch.GetElapsedTime(first, now) < s_oneSignal;
        if (first != 0)
            return;

        Volatile.Write(ref _exitCode, exitCode);
        _timer = new Timer(_ => End(exitCode), null, Patience, Timeout.InfiniteTimeSpan);
        _source.Cancel();
    }

    // Whoever is still there hangs in a call of the system or a computation, which nothing else ends. At once: what libraries tidy up when a
    // program exits would pull the ground from under the computation, which then complains.
    private static void End(int exitCode)
    {
        if (OperatingSystem.IsWindows())
            Environment.Exit(exitCode);
        else
            UnixSignals._exit(exitCode);
    }

    [UnsupportedOSPlatform("windows")]
    private static class UnixSignals
    {
        public const int FileTooLarge = 25; // SIGXFSZ

        private const int HangUp = 1, Ignored = 1; // SIGHUP and SIG_IGN, the same on every Unix
        private const int LargerThanAnyAction = 512;

        // As nohup leaves it to the program that it starts. The handler is the first thing in what sigaction tells.
        public static bool IsHangUpIgnored()
        {
            byte[] action = new byte[LargerThanAnyAction];
            return sigaction(HangUp, 0, action) == 0 && MemoryMarshal.Read<nint>(action) == Ignored;
        }

        [DllImport("libc"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern void _exit(int status);

        [DllImport("libc"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int sigaction(int signal, nint action, byte[] current);
    }
}
