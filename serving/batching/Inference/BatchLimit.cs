using Microsoft.ML.OnnxRuntime;

namespace MnistAdder.OnnxBatching.Inference;

/// <summary>How many rows a run of a session may take: any number, until the device's memory runs out for the first time.</summary>
/// <remarks>
/// The batch is halved once. A model that doesn't fit then either would go on being halved while each try costs time, so that a
/// second failure is the caller's to answer. For any number of threads.
/// </remarks>
internal sealed class BatchLimit(Action<string>? onHalved)
{
    private readonly Lock _gate = new();
    private volatile int _rows = int.MaxValue;

    /// <summary>The most rows of a run, at least 1.</summary>
    public int Rows => _rows;

    /// <summary>What was said when the batch was halved, one sentence; else <see langword="null"/>.</summary>
    public string? Notice { get; private set; }

    /// <summary>Answers a run that was out of memory.</summary>
    /// <param name="rows">The rows that it had.</param>
    /// <returns>Whether the same rows are to be tried again in smaller runs.</returns>
    public bool TryHalve(int rows)
    {
        lock (_gate)
        {
            if (rows < 2)
                return false;
            // Other workers may have begun runs of the full size before the first of them failed.
            if (_rows < int.MaxValue)
                return rows > _rows;
            Notice = $"A batch of {rows} rows didn't fit into the device's memory; from now on a run takes at most {(rows + 1) / 2}.";
            _rows = (rows + 1) / 2;
        }

        onHalved?.Invoke(Notice);
        return true;
    }
}

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
