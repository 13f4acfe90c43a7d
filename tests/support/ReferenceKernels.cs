using MnistAdder.OnnxBatching.Devices;

namespace MnistAdder.Tests.Support;

/// <summary>Which of libtorch's kernels compute what models are compared with.</summary>
internal static class ReferenceKernels
{
    /// <summary>
    /// Has libtorch's oneDNN choose only those for processors with SSE 4.1, unless the environment says otherwise. On a virtual Zen 5 its version
    /// 3.7.1 reads memory that nobody wrote where channels or hidden units fill no vector: 10 to 20 channels with AVX, and with AVX-512 an LSTM of at
    /// most 16 hidden units. It has to come before libtorch computes.
    /// </summary>
    public static void Choose()
    {
        if (!OperatingSystem.IsWindows())
            NativeEnvironment.SetDefault("ONEDNN_MAX_CPU_ISA", "SSE41");
    }
}
