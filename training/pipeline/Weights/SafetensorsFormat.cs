using static TorchSharp.torch;

namespace MnistAdder.Training.Weights;

/// <summary><see cref="SafetensorsFile"/> for a network's weights.</summary>
internal sealed class SafetensorsFormat : IWeightsFormat
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Extensions { get; } = [".safetensors"];

    /// <inheritdoc/>
    public SafetensorsContent Read(string path) => SafetensorsFile.Read(path);

    /// <inheritdoc/>
    public void Write(string path, IReadOnlyDictionary<string, Tensor> state, IReadOnlyDictionary<string, string> texts)
    {
        // Readers of the safetensors project's own library choose a framework by this word: pt is PyTorch.
        var metadata = new Dictionary<string, string>(texts) { ["format"] = "pt" };
        SafetensorsFile.Write(path, TorchTensors.FromTorch(state), metadata);
    }
}
