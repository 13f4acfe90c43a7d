namespace MnistAdder.OnnxBatching.Devices;

/// <summary>What a Linux machine lacks for CUDA, in words that both programs use. Elsewhere nothing is known: ONNX Runtime has to try.</summary>
internal static class CudaReadiness
{
    // Drivers of CUDA 12.0 and later run everything that was built with any CUDA 12 (NVIDIA's "minor version compatibility").
    private static readonly Version s_oldestDriver = new(12, 0);

    /// <summary>Why this machine's driver can't serve a build for CUDA 12.</summary>
    /// <returns>A clause without a full stop; null where it can.</returns>
    public static string? DriverProblem() => OperatingSystem.IsLinux() ? DriverProblem(NvidiaDriver.TryQuery()) : null;

    /// <summary>Which of CUDA's own libraries this machine's loader doesn't find.</summary>
    /// <returns>A clause without a full stop; null where none is missing.</returns>
    public static string? LibraryProblem() => OperatingSystem.IsLinux() ? LibraryProblem(CudaLibraries.Missing(LibrarySearch.OfProgram())) : null;

    /// <summary>Why the driver can't serve a build for CUDA 12.</summary>
    /// <param name="driver">The driver; null where there is none.</param>
    /// <returns>A clause without a full stop; null where it can.</returns>
    public static string? DriverProblem(NvidiaDriver? driver)
    {
        if (driver is null)
            return $"no NVIDIA driver ({NvidiaDriver.Library}) with a device answers on this machine";
        if (driver.CudaVersion is { } version && version < s_oldestDriver)
            return $"the NVIDIA driver is too old: it supports CUDA {version}, and CUDA 12 needs driver 525 or newer";
        return driver.Devices.Count == 0 ? $"the NVIDIA driver has no usable device ({driver.Problem})" : null;
    }

    /// <summary>Why CUDA's own libraries can't be loaded.</summary>
    /// <param name="missing">Their names.</param>
    /// <returns>A clause without a full stop; null where none is missing.</returns>
    public static string? LibraryProblem(IReadOnlyCollection<string> missing) => missing.Count switch
    {
        0 => null,
        1 => $"{missing.First()} is not found by the loader (LD_LIBRARY_PATH names more folders)",
        _ => $"{string.Join(", ", missing)} are not found by the loader (LD_LIBRARY_PATH names more folders)",
    };
}

/// <summary>The libraries that ONNX Runtime's CUDA provider, built for CUDA 12 and cuDNN 9, is linked with or has cuDNN load.</summary>
/// <remarks>
/// microsoft/onnxruntime#22703 lists them. ONNX Runtime's own exception doesn't name one that is missing, since it only logs the
/// loader's words.
/// </remarks>
internal static class CudaLibraries
{
    /// <summary>cuDNN, which CUDA itself doesn't bring.</summary>
    public const string Cudnn = "libcudnn.so.9";

    /// <summary>Their file names.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["libcudart.so.12", "libcublas.so.12", "libcublasLt.so.12", "libcufft.so.11", "libcurand.so.10", "libnvrtc.so.12", Cudnn];

    /// <summary>Those that the loader doesn't find.</summary>
    public static IReadOnlyList<string> Missing(LibrarySearch search) =>
        [.. Names.Where(name => !search.Find(name).IsLoadable)];
}
