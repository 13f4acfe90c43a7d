using MnistAdder.Training.Base;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Layer = (string Name, TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor> Module);

namespace MnistAdder.Training.Network;

/// <summary>
/// The network of the work that this project follows: 7,840 parameters read the digit, 14,003 add.
/// </summary>
internal static class SeedNetwork
{
    /// <summary>Makes the network with fresh weights, drawn from torch's generator for the CPU.</summary>
    /// <param name="dropout">Share of activations dropped in training, 0…1 exclusive.</param>
    public static DigitSumNetwork Create(double dropout)
    {
        var masks = new SeededRandom(0);
        return new DigitSumNetwork([ImageBranch(dropout, masks)], Adder(dropout, masks), masks);
    }

    private static Sequential ImageBranch(double dropout, SeededRandom masks)
    {
        var layers = new List<Layer>();
        Block(1, inputs: 1, outputs: 10, kernel: 3);           // [N, 10, 26, 26]
        Block(2, inputs: 10, outputs: 10, kernel: 3);          // [N, 10, 24, 24]
        Block(3, inputs: 10, outputs: 15, kernel: 3, drops: false); // [N, 15, 22, 22]
        layers.Add(("pool3", nn.MaxPool2d(2)));                // [N, 15, 11, 11]
        Block(4, inputs: 15, outputs: 10, kernel: 1);          // [N, 10, 11, 11]
        Block(5, inputs: 10, outputs: 10, kernel: 3);          // [N, 10, 9, 9]
        Block(6, inputs: 10, outputs: 10, kernel: 3);          // [N, 10, 7, 7]
        Block(7, inputs: 10, outputs: 10, kernel: 3);          // [N, 10, 5, 5]
        layers.Add(("conv8", nn.Conv2d(10, ModelContract.DigitClasses, 5, bias: false))); // [N, 10, 1, 1]
        layers.Add(("flatten", nn.Flatten()));                 // [N, 10]
        return nn.Sequential(layers);

        void Block(int index, int inputs, int outputs, int kernel, bool drops = true)
        {
            layers.Add(($"conv{index}", nn.Conv2d(inputs, outputs, kernel, bias: false)));
            layers.Add(($"norm{index}", nn.BatchNorm2d(outputs)));
            layers.Add(($"relu{index}", nn.ReLU()));
            if (drops)
                layers.Add(($"dropout{index}", new SparseDropout(dropout, masks)));
        }
    }

    private static Sequential Adder(double dropout, SeededRandom masks)
    {
        int[] widths = [2 * ModelContract.DigitClasses, 32, 64, 128];
        var layers = new List<Layer>();
        for (int i = 1; i < widths.Length; i++)
        {
            layers.Add(($"linear{i}", nn.Linear(widths[i - 1], widths[i])));
            layers.Add(($"norm{i}", nn.BatchNorm1d(widths[i])));
            layers.Add(($"relu{i}", nn.ReLU()));
            layers.Add(($"dropout{i}", new SparseDropout(dropout, masks)));
        }

        layers.Add(($"linear{widths.Length}", nn.Linear(widths[^1], ModelContract.SumClasses)));
        return nn.Sequential(layers);
    }
}
