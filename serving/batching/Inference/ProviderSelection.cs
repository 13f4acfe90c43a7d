using Microsoft.ML.OnnxRuntime;

namespace MnistAdder.OnnxBatching.Inference;

/// <summary>Decides what runs a model, from what was asked for, what the native runtime was built with and what answers.</summary>
internal static class ProviderSelection
{
    /// <summary>ONNX Runtime's own name of its CUDA provider.</summary>
    public const string CudaProviderName = "CUDAExecutionProvider";

    /// <summary>What a program without that provider needs, a clause.</summary>
    public const string PackageWithCuda = "the NuGet package Microsoft.ML.OnnxRuntime.Gpu has it, in the place of Microsoft.ML.OnnxRuntime";

    /// <summary>Opens something on the provider asked for, or on the one that <see cref="ExecutionProvider.Auto"/> comes down to.</summary>
    /// <typeparam name="T">What is opened; a session.</typeparam>
    /// <param name="requested">What was asked for.</param>
    /// <param name="available">The names of the providers that the native runtime was built with.</param>
    /// <param name="open">Opens it on <see cref="ExecutionProvider.Cuda"/> or <see cref="ExecutionProvider.Cpu"/>.</param>
    /// <param name="driverProblem">Why the driver can't serve CUDA, a clause, or <see langword="null"/>; asked before CUDA is tried, since ONNX Runtime writes to standard error when it fails.</param>
    /// <param name="libraryProblem">What CUDA's libraries lack, a clause, or <see langword="null"/>; asked only where opening on CUDA fails.</param>
    /// <returns>What was opened, where, and why not on CUDA where it might have been.</returns>
    /// <exception cref="InvalidOperationException"><see cref="ExecutionProvider.Cuda"/> was asked for and can't be had.</exception>
    public static ProviderSelection<T> Open<T>(
        ExecutionProvider requested, IReadOnlyCollection<string> available, Func<ExecutionProvider, T> open, Func<string?> driverProblem, Func<string?> libraryProblem)
    {
        if (requested == ExecutionProvider.Cpu)
            return new(open(ExecutionProvider.Cpu), ExecutionProvider.Cpu, null);

        string missing;
        Exception? cause = null;
        if (!available.Contains(CudaProviderName))
        {
            missing = $"this program's native ONNX Runtime was built without it ({PackageWithCuda})";
        }
        else if (driverProblem() is { } problem)
        {
            missing = problem;
        }
        else
        {
            try
            {
                return new(open(ExecutionProvider.Cuda), ExecutionProvider.Cuda, null);
            }
            catch (Exception exception) when (IsMissingCuda(exception))
            {
                missing = Describe(exception, libraryProblem);
                cause = exception;
            }
        }

        if (requested == ExecutionProvider.Cuda)
            throw new InvalidOperationException($"The model can't run on CUDA: {missing}.", cause);
        return new(open(ExecutionProvider.Cpu), ExecutionProvider.Cpu, $"CUDA was not to be had: {missing}.");
    }

    // A CPU package has no such entry point, a GPU package without CUDA's libraries fails to load its provider, and a device that
    // doesn't answer is an error of ONNX Runtime. A broken model is one too: opening it on the CPU then says so.
    private static bool IsMissingCuda(Exception exception) =>
        exception is EntryPointNotFoundException or DllNotFoundException or OnnxRuntimeException;

    // ONNX Runtime's exception often says no more than that a library failed to load: the machine is asked what that may be.
    private static string Describe(Exception exception, Func<string?> libraryProblem)
    {
        if (exception is EntryPointNotFoundException)
        {
            return "the native ONNX Runtime that was loaded has no CUDA entry points "
                + "(two packages of it in one program: keep Microsoft.ML.OnnxRuntime.Gpu alone)";
        }

        string text = exception.Message.ReplaceLineEndings(" ").Trim().TrimEnd('.');
        return $"{libraryProblem() ?? "the device or its libraries don't answer"} ({text})";
    }
}

/// <summary>What <see cref="ProviderSelection.Open"/> opened.</summary>
/// <typeparam name="T">What is opened.</typeparam>
/// <param name="Opened">It.</param>
/// <param name="Provider"><see cref="ExecutionProvider.Cuda"/> or <see cref="ExecutionProvider.Cpu"/>.</param>
/// <param name="Fallback">Why <see cref="ExecutionProvider.Auto"/> took the CPU, one sentence.</param>
internal sealed record ProviderSelection<T>(T Opened, ExecutionProvider Provider, string? Fallback);
