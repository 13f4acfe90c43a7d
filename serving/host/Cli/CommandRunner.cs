using MnistAdder.Commands;
using MnistAdder.Scoring.Output;

namespace MnistAdder.Scoring.Cli;

/// <summary>Runs a command's work and turns its end into an exit code and, where it failed, one line on standard error.</summary>
internal static class CommandRunner
{
    /// <summary>Runs until the work ends or a signal stops it.</summary>
    /// <param name="verbose">Whether an error shows its stack.</param>
    /// <param name="console">Standard error.</param>
    /// <param name="work">The work; its answer is the exit code.</param>
    public static int Run(bool verbose, TextWriter console, Func<CancellationToken, int> work)
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
            console.WriteLine($"error: {(verbose ? error.ToString() : error.Message)}");
            return ExitCodes.Failed;
        }
    }

    // InvalidOperationException: options that exclude each other, CUDA that can't be had, a model that fails on its input.
    // Anything else is this program's own mistake, which deserves its stack.
    private static bool IsForTheUser(Exception error) =>
        error is IOException or InvalidDataException or UnauthorizedAccessException or InvalidOperationException;
}
