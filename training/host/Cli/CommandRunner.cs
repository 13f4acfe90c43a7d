namespace MnistAdder.Training.Cli;

/// <summary>Runs a command's work and turns its end into an exit code and, where it failed, one line on standard error.</summary>
internal static class CommandRunner
{
    public static async Task<int> RunAsync(bool verbose, Func<CancellationToken, Task> work)
    {
        using var signals = new StopSignals();
        try
        {
            await work(signals.Token);
            return ExitCodes.Done;
        }
        catch (OperationCanceledException) when (signals.ExitCode != 0)
        {
            return signals.ExitCode;
        }
        catch (Exception error) when (IsForTheUser(error))
        {
            await Console.Error.WriteLineAsync($"error: {(verbose ? error.ToString() : error.Message)}");
            return ExitCodes.Failed;
        }
    }

    // Anything else is this program's own mistake, which deserves its stack.
    private static bool IsForTheUser(Exception error) =>
        error is TrainingException or IOException or InvalidDataException or UnauthorizedAccessException;
}
