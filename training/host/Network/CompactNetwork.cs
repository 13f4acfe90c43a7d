using TorchSharp.Modules;
using static TorchSharp.torch;
using Layer = (string Name, TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor> Module);

namespace MnistAdder.Training.Network;

/// <summary>
/// A network for inference on a CPU: about as dear as the followed work's in ONNX Runtime, and far more accurate.
/// </summary>
/// <remarks>
/// ONNX Runtime computes convolutions in blocks of sixteen channels, so that every width is a multiple of sixteen. Pooling comes
/// before normalisation and ReLU, which then have a quarter of the work. The adder sees the digit's probabilities, which are
/// between 0 and 1 however sure the image branch is.
/// </remarks>
internal static class CompactNetwork
{
    /// <summary>Makes the network with fresh weights, drawn from torch's generator for the CPU.</summary>
    public static DigitSumNetwork Create() => new(ImageBranch(), Adder(), new SeededRandom(0), adderInput: nn.Softmax(1));

    private static Sequential ImageBranch()
    {
        var layers = new List<Layer> { ("layout", new ChannelsLast()) };
        Block(1, inputs: 1, outputs: 16, kernel: 5, padding: 0, pools: true);    // [N, 16, 12, 12]
        Block(2, inputs: 16, outputs: 32, kernel: 3, padding: 1, pools: true);   // [N, 32, 6, 6]
        Block(3, inputs: 32, outputs: 64, kernel: 3, padding: 1, pools: false);  // [N, 64, 6, 6]
        Block(4, inputs: 64, outputs: 64, kernel: 3, padding: 0, pools: false);  // [N, 64, 4, 4]
        layers.Add(("flatten", nn.Flatten()));                                   // [N, 1024]
        layers.Add(("linear", nn.Linear(64 * 4 * 4, ModelContract.DigitClasses))); // [N, 10]
        return nn.Sequential(layers);

        void Block(int index, int inputs, int outputs, int kernel, int padding, bool pools)
        {
            layers.Add(($"conv{index}", nn.Conv2d(inputs, outputs, kernel, padding: padding, bias: false)));
            if (pools)
                layers.Add(($"pool{index}", nn.MaxPool2d(2)));
            layers.Add(($"norm{index}", nn.BatchNorm2d(outputs)));
            layers.Add(($"relu{index}", nn.ReLU()));
        }
    }

    private static Sequential Adder() => nn.Sequential(
        ("linear1", nn.Linear(2 * ModelContract.DigitClasses, 128)),
        ("norm1", nn.BatchNorm1d(128)),
        ("relu1", nn.ReLU()),
        ("linear2", nn.Linear(128, ModelContract.SumClasses)));
}
