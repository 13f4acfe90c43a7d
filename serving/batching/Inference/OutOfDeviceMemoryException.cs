using Microsoft.ML.OnnxRuntime;

namespace MnistAdder.OnnxBatching.Inference;

/// <summary>A run for which the device's memory didn't suffice.</summary>
internal sealed class OutOfDeviceMemoryException(string message, Exception inner) : InvalidOperationException(message, inner)
{
    // ONNX Runtime has no error code for it (microsoft/onnxruntime#16307). Its arena's text, CUDA's ("CUDA failure 2: out of memory"),
    // those of cuBLAS and cuDNN, and C++'s own.
    private static readonly string[] s_texts =
        ["Failed to allocate memory for requested buffer of size", "out of memory", "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED", "bad_alloc", "bad allocation"];

    /// <summary>Whether an error of ONNX Runtime means that memory ran out.</summary>
    public static bool Is(OnnxRuntimeException exception) =>
        Array.Exists(s_texts, text => exception.Message.Contains(text, StringComparison.OrdinalIgnoreCase));
}
