namespace MnistAdder.OnnxBatching;

/// <summary>What runs a model: ONNX Runtime's word for a kind of device and its kernels.</summary>
public enum ExecutionProvider
{
    /// <summary>CUDA where this build has it and the device answers, else the CPU; a fallback is said once.</summary>
    Auto,

    /// <summary>An NVIDIA device, or an error that says what is missing.</summary>
    Cuda,

    /// <summary>The processor.</summary>
    Cpu,
}
