using MnistAdder.Training.Base;
using static TorchSharp.torch;

namespace MnistAdder.Training.Weights;

/// <summary>A kind of file that holds a network's state dict.</summary>
internal interface IWeightsFormat
{
    /// <summary>How its files' names end, with the dot, in lower case.</summary>
    IReadOnlyList<string> Extensions { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Copies of its tensors, and its texts where the format has a place for them.</returns>
    /// <exception cref="TrainingException">This build can't read such files.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It isn't a whole file of this format; the message names it.</exception>
    SafetensorsContent Read(string path);

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <param name="path">The file's final path.</param>
    /// <param name="state">A network's <c>state_dict()</c>, on any device.</param>
    /// <param name="texts">What the file says of itself, where the format has a place for it.</param>
    /// <exception cref="TrainingException">This build can't write such files.</exception>
    void Write(string path, IReadOnlyDictionary<string, Tensor> state, IReadOnlyDictionary<string, string> texts);
}

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
