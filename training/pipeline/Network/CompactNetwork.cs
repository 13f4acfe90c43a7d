using MnistAdder.Training.Base;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Layer = (string Name, TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor> Module);

namespace MnistAdder.Training.Network;

/// <summary>
/// Networks for inference on a CPU: at most about as dear as the followed work's in ONNX Runtime, and far more accurate.
/// </summary>
/// <remarks>
/// ONNX Runtime computes convolutions in blocks of sixteen channels, so that every width is a multiple of sixteen. Pooling comes
/// before normalisation and activation, which then have a quarter of the work. The adder sees the digit's probabilities, which are
/// between 0 and 1 however sure the image branch is.
/// </remarks>
internal static class CompactNetwork
{
    /// <summary>The network of recipe <c>best</c>, with fresh weights from torch's generator for the CPU: more accurate.</summary>
    /// <remarks>
    /// Two columns that see an image differently, at full resolution and by strided kernels as <c>lean</c> does, make other mistakes, of which
    /// their mean makes fewer (L. K. Hansen, P. Salamon, "Neural Network Ensembles", 1990).
    /// The later layers of the first end in SiLU (S. Elfwing, E. Uchibe, K. Doya, arXiv:1702.03118), which on held-out images makes fewer mistakes
    /// than ReLU. Its first layer, which has more than a third of all values, keeps the cheaper ReLU.
    /// </remarks>
    public static DigitSumNetwork CreateBest()
    {
        var layers = new Layers();
        layers.Block(inputs: 1, outputs: 16, kernel: 3, padding: 1, pools: true);                  // [N, 16, 14, 14]
        layers.Block(inputs: 16, outputs: 32, kernel: 3, padding: 1, pools: true, smooth: true);   // [N, 32, 7, 7]
        layers.Block(inputs: 32, outputs: 48, kernel: 3, padding: 1, smooth: true);                // [N, 48, 7, 7]
        layers.Block(inputs: 48, outputs: 64, kernel: 3, smooth: true);                            // [N, 64, 5, 5]
        return ToNetwork(layers.ToColumn(values: 64 * 5 * 5, hidden: 64), StridedColumn(width: 48));
    }

    /// <summary>The network of recipe <c>fast</c>, with fresh weights from torch's generator for the CPU: a seventh of the inference.</summary>
    /// <remarks>A first kernel that moves by two pixels leaves a quarter of the values to everything behind it, and costs no pooling.</remarks>
    public static DigitSumNetwork CreateFast()
    {
        var layers = new Layers();
        layers.Block(inputs: 1, outputs: 16, kernel: 5, stride: 2);     // [N, 16, 12, 12]
        layers.Block(inputs: 16, outputs: 32, kernel: 3, stride: 2);    // [N, 32, 5, 5]
        layers.Block(inputs: 32, outputs: 48, kernel: 3);               // [N, 48, 3, 3]
        return ToNetwork(layers.ToColumn(values: 48 * 3 * 3));
    }

    /// <summary>The network of recipes <c>quick</c> and <c>lean</c>, with fresh weights from torch's generator for the CPU: a quarter of the inference.</summary>
    public static DigitSumNetwork CreateLean() => ToNetwork(StridedColumn(width: 64));

    private static Sequential StridedColumn(int width)
    {
        var layers = new Layers();
        layers.Block(inputs: 1, outputs: 32, kernel: 8, stride: 3);     // [N, 32, 7, 7]
        layers.Block(inputs: 32, outputs: width, kernel: 3);            // [N, width, 5, 5]
        layers.Block(inputs: width, outputs: width, kernel: 3);         // [N, width, 3, 3]
        return layers.ToColumn(values: width * 3 * 3);
    }

    private static DigitSumNetwork ToNetwork(params Sequential[] columns)
    {
        Sequential adder = nn.Sequential(
            ("linear1", nn.Linear(2 * ModelContract.DigitClasses, 128)),
            ("norm1", nn.BatchNorm1d(128)),
            ("relu1", nn.ReLU()),
            ("linear2", nn.Linear(128, ModelContract.SumClasses)));
        return new DigitSumNetwork(columns, adder, new SeededRandom(0), adderInput: nn.Softmax(1));
    }

    private sealed class Layers
    {
        private readonly List<Layer> _layers = [("layout", new ChannelsLast())];
        private int _blocks;

        public void Block(int inputs, int outputs, int kernel, int stride = 1, int padding = 0, bool pools = false, bool smooth = false)
        {
            _blocks++;
            _layers.Add(($"conv{_blocks}", nn.Conv2d(inputs, outputs, kernel, stride, padding, bias: false)));
            if (pools)
                _layers.Add(($"pool{_blocks}", new HalvingMaxPool()));
            _layers.Add(($"norm{_blocks}", nn.BatchNorm2d(outputs)));
            _layers.Add(smooth ? ($"silu{_blocks}", nn.SiLU()) : ($"relu{_blocks}", nn.ReLU()));
        }

        public Sequential ToColumn(int values, int? hidden = null)
        {
            _layers.Add(("flatten", nn.Flatten()));                                     // [N, values]
            if (hidden is { } width)
            {
                _layers.Add(("hidden", nn.Linear(values, width, hasBias: false)));      // [N, hidden]
                _layers.Add(("hidden_norm", nn.BatchNorm1d(width)));
                _layers.Add(("hidden_silu", nn.SiLU()));
            }

            _layers.Add(("linear", nn.Linear(hidden ?? values, ModelContract.DigitClasses)));   // [N, 10]
            return nn.Sequential(_layers);
        }
    }
}
