using MnistAdder.Training.Base;
using static TorchSharp.torch;

namespace MnistAdder.Training.Weights;

/// <summary>PyTorch's own files, in a build without TorchSharp.PyBridge: known by name, so that the error says what to do.</summary>
internal sealed class PyTorchFormat : IWeightsFormat
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Extensions { get; } = [".pt", ".pth"];

    /// <inheritdoc/>
    public SafetensorsContent Read(string path) => throw Unsupported(path, "read");

    /// <inheritdoc/>
    public void Write(string path, IReadOnlyDictionary<string, Tensor> state, IReadOnlyDictionary<string, string> texts) =>
        throw Unsupported(path, "write");

    private static TrainingException Unsupported(string path, string verb) => new(
        $"{path}: this build can't {verb} PyTorch's own files; take .safetensors, or build with -p:PyBridge=true, which adds TorchSharp.PyBridge.");
}
