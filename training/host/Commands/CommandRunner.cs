using Microsoft.ML.OnnxRuntime;
using MnistAdder.Commands;
using MnistAdder.Training.Base;
using MnistAdder.Training.Devices;

namespace MnistAdder.TrainingHost.Commands;

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
        catch (Exception error) when (Message(error) is { } message)
        {
            await Console.Error.WriteLineAsync($"error: {(verbose ? error.ToString() : message)}");
            return ExitCodes.Failed;
        }
    }

    /// <summary>One line for the person at the keyboard.</summary>
    /// <returns>The line; null where the error is this program's own mistake, which deserves its stack.</returns>
    internal static string? Message(Exception error) => error switch
    {
        TrainingException or IOException or InvalidDataException or UnauthorizedAccessException => error.Message,
        _ when LibtorchFailure.IsOutOfMemory(error) => $"libtorch ran out of memory: {LibtorchFailure.FirstLine(error)}. Fewer images (--limit) or another --device may help.",
        _ when LibtorchFailure.IsOne(error) => $"libtorch failed: {LibtorchFailure.FirstLine(error)} (--verbose shows where).",
        OnnxRuntimeException => $"ONNX Runtime failed: {error.Message.ReplaceLineEndings(" ").Trim()} (--verbose shows where).",
        InvalidOperationException { InnerException: OnnxRuntimeException } => error.Message,
        _ => null,
    };
}
