namespace MnistAdder.OnnxBatching.Devices;

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
