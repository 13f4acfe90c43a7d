using MnistAdder.OnnxBatching.Devices;

namespace MnistAdder.Tests.Support;

/// <summary>Which of libtorch's kernels compute what models are compared with.</summary>
internal static class ReferenceKernels
{
    /// <summary>
    /// Has libtorch's oneDNN choose only those for processors with AVX, unless the environment says otherwise. Without gradients its version 3.7.1
    /// is wrong on a Zen 5: an LSTM of at most 16 hidden units by 0.2 with AVX-512, and some transposed convolutions, which read memory that nobody
    /// wrote, also with AVX2. It has to come before libtorch computes.
    /// </summary>
    public static void Choose()
    {
        if (!OperatingSystem.IsWindows())
            NativeEnvironment.SetDefault("ONEDNN_MAX_CPU_ISA", "AVX");
    }
}
