using System.Runtime.InteropServices;

namespace MnistAdder.Training.Devices;

/// <summary>Tells libtorch's native errors apart, which TorchSharp hands on as text.</summary>
internal static class LibtorchFailure
{
    // c10/cuda/CUDACachingAllocator.cpp; c10/core/impl/alloc_cpu.cpp; cuBLAS and cuDNN name their own failed allocations.
    private static readonly string[] s_memoryTexts =
    [
        "CUDA out of memory", "CUDA error: out of memory", "DefaultCPUAllocator: can't allocate memory", "DefaultCPUAllocator: not enough memory",
        "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED",
    ];

    /// <summary>Whether an exception is an error of libtorch: TorchSharp throws that type itself, not one derived from it.</summary>
    public static bool IsOne(Exception exception) => exception.GetType() == typeof(ExternalException);

    /// <summary>Whether libtorch ran out of the device's memory.</summary>
    public static bool IsOutOfMemory(Exception exception) =>
        IsOne(exception) && Array.Exists(s_memoryTexts, text => exception.Message.Contains(text, StringComparison.Ordinal));

    /// <summary>What libtorch says, without the native stack that follows it and without a full stop.</summary>
    public static string FirstLine(Exception exception) => exception.Message.Trim().Split('\n')[0].TrimEnd().TrimEnd('.');
}
