using MnistAdder.OnnxExport;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.Training.Network;

/// <summary>Max-pooling over squares of two by two, [N, C, H, W] → [N, C, ⌊H/2⌋, ⌊W/2⌋].</summary>
/// <remarks>
/// Where no gradient will ask which of the four was greatest, two maxima of halves give the same on a CPU in a third of the time that
/// libtorch's pooling takes to note the places.
/// </remarks>
internal sealed class HalvingMaxPool() : nn.Module<Tensor, Tensor>(nameof(HalvingMaxPool)), IOnnxExportable
{
    /// <summary>Side of the squares, and distance between them.</summary>
    public const int Side = 2;

    private readonly MaxPool2d _pool = nn.MaxPool2d(Side);

    public override Tensor forward(Tensor input)
    {
        if (input.requires_grad || input.device_type != DeviceType.CPU)
            return _pool.call(input);
        using Tensor narrow = Halve(input, dimension: 3);
        return Halve(narrow, dimension: 2);
    }

    public IReadOnlyList<OnnxValue> Export(OnnxGraph graph, IReadOnlyList<OnnxValue> inputs) => [graph.Apply(_pool, inputs[0])];

    private static Tensor Halve(Tensor values, int dimension)
    {
        long length = values.shape[dimension] / Side * Side;
        using Tensor even = values.slice(dimension, 0, length, Side), odd = values.slice(dimension, 1, length, Side);
        return maximum(even, odd);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _pool.Dispose();
        base.Dispose(disposing);
    }
}
