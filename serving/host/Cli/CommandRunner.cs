using MnistAdder.Scoring.Output;

namespace MnistAdder.Scoring.Cli;

/// <summary>Runs a command's work and turns its end into an exit code and, where it failed, one line on standard error.</summary>
internal static class CommandRunner
{
    public static int Run(bool verbose, Func<CancellationToken, int> work)
    {
        using var signals = new StopSignals();
        try
        {
            return work(signals.Token);
        }
        catch (OperationCanceledException) when (signals.ExitCode != 0)
        {
            return signals.ExitCode;
        }
        catch (OutputClosedException)
        {
            return ExitCodes.OutputClosed;
        }
        catch (Exception error) when (IsForTheUser(error))
        {
            Console.Error.WriteLine($"error: {(verbose ? error.ToString() : error.Message)}");
            return ExitCodes.Failed;
        }
    }

    // InvalidOperationException: options that exclude each other, CUDA that can't be had, a model that fails on its input.
    // Anything else is this program's own mistake, which deserves its stack.
    private static bool IsForTheUser(Exception error) =>
        error is IOException or InvalidDataException or UnauthorizedAccessException or InvalidOperationException;
}
