using Microsoft.ML.OnnxRuntime;

namespace MnistAdder.OnnxBatching.Inference;

/// <summary>A model as ONNX Runtime loads it.</summary>
/// <param name="Label">Its file, or what messages call it.</param>
/// <param name="Bytes">Its contents; null where ONNX Runtime is to read the file.</param>
/// <param name="Options">How it is run.</param>
internal sealed record LoadableModel(string Label, byte[]? Bytes, InferenceOptions Options)
{
    /// <summary>Starts a session.</summary>
    /// <param name="provider"><see cref="ExecutionProvider.Cuda"/> or <see cref="ExecutionProvider.Cpu"/>.</param>
    /// <exception cref="EntryPointNotFoundException">The native library has no CUDA provider.</exception>
    /// <exception cref="OnnxRuntimeException">
    /// It is no model, the CUDA provider's libraries can't be loaded, or the device doesn't answer.
    /// </exception>
    public InferenceSession Start(ExecutionProvider provider)
    {
        using SessionOptions native = Options.CreateNative?.Invoke() ?? NativeOptions();
        // Not every package of ONNX Runtime has this function.
        if (provider == ExecutionProvider.Cuda)
            native.AppendExecutionProvider_CUDA(Options.DeviceId);
        return Bytes is null ? new InferenceSession(Label, native) : new InferenceSession(Bytes, native);
    }

    private SessionOptions NativeOptions()
    {
        var native = new SessionOptions
        {
            IntraOpNumThreads = Options.IntraOpThreads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
        };
        if (Options.IsSilent)
            native.LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL;
        try
        {
            Options.ConfigureNative?.Invoke(native);
            return native;
        }
        catch
        {
            native.Dispose();
            throw;
        }
    }
}
