using MnistAdder.Training.Network;

namespace MnistAdder.Training.Weights;

/// <summary><c>weights.safetensors</c>: a network's state dict under the names that PyTorch gives it.</summary>
internal static class NetworkWeights
{
    /// <summary>Writes the file, whole or not at all.</summary>
    public static void Save(string path, DigitSumNetwork network) => SafetensorsFile.Write(path, TorchTensors.FromTorch(network.state_dict()));
}
