namespace MnistAdder.Commands.Doctor;

/// <summary>The libraries that compute, by version; null where a program hasn't got one or it doesn't load.</summary>
/// <param name="MLNet">ML.NET.</param>
/// <param name="OnnxRuntime">The native ONNX Runtime.</param>
/// <param name="OnnxRuntimeProviders">The execution providers that it was built with, by its own names.</param>
/// <param name="TorchSharp">TorchSharp.</param>
/// <param name="Libtorch">The libtorch that TorchSharp was made for.</param>
internal sealed record RuntimeVersions(
    string MLNet, string? OnnxRuntime, IReadOnlyList<string> OnnxRuntimeProviders, string? TorchSharp = null, string? Libtorch = null);
