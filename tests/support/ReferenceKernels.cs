using MnistAdder.OnnxBatching.Devices;

namespace MnistAdder.Tests.Support;

/// <summary>Which of libtorch's kernels compute what models are compared with.</summary>
internal static class ReferenceKernels
{
    /// <summary>
    /// Has libtorch's oneDNN choose only those for processors with SSE 4.1, unless the environment says otherwise. Where an AMD processor hides its
    /// caches, others of its version 3.7.1 read memory that nobody wrote; the trainer mends that by itself. It has to come before libtorch computes.
    /// </summary>
    public static void Choose()
    {
        if (!OperatingSystem.IsWindows())
            NativeEnvironment.SetDefault("ONEDNN_MAX_CPU_ISA", "SSE41");
    }
}
