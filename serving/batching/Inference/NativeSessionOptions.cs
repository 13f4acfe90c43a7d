using Microsoft.ML.OnnxRuntime;

namespace MnistAdder.OnnxBatching.Inference;

/// <summary>The one place that calls native functions which only some packages of ONNX Runtime have.</summary>
internal static class NativeSessionOptions
{
    /// <summary>Session options for a provider.</summary>
    /// <param name="provider"><see cref="ExecutionProvider.Cuda"/> or <see cref="ExecutionProvider.Cpu"/>.</param>
    /// <param name="options">Threads and device.</param>
    /// <returns>Options that the caller disposes of.</returns>
    /// <exception cref="EntryPointNotFoundException">The native library has no CUDA provider.</exception>
    /// <exception cref="OnnxRuntimeException">The CUDA provider's libraries can't be loaded, or the device doesn't answer.</exception>
    public static SessionOptions Create(ExecutionProvider provider, InferenceOptions options)
    {
        if (options.CreateNative is { } create)
            return create();
        var native = new SessionOptions
        {
            IntraOpNumThreads = options.IntraOpThreads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
        };
        try
        {
            options.ConfigureNative?.Invoke(native);
            if (provider != ExecutionProvider.Cuda)
                return native;
            native.AppendExecutionProvider_CUDA(options.DeviceId);
            return native;
        }
        catch
        {
            native.Dispose();
            throw;
        }
    }
}
