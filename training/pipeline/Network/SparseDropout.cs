using System.Runtime.InteropServices;
using MnistAdder.OnnxExport;
using MnistAdder.Training.Base;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.Training.Network;

/// <summary>
/// Dropout for small probabilities: the same distribution and scaling as torch's, but only the dropped elements cost random
/// numbers.
/// </summary>
/// <remarks>
/// On the CPU torch's dropout draws a number for every activation, which makes it the dearest layer of the seed network. Here a
/// mask lives as long as the module. Each step sets last step's zeros back to 1/(1−p) and draws new ones by their gaps, which
/// are geometric. Other devices draw their masks themselves.
/// </remarks>
internal sealed class SparseDropout : nn.Module<Tensor, Tensor>, IOnnxExportable
{
    private readonly double _probability;
    private readonly SeededRandom _random;
    private readonly List<int> _zeros = [];
    private Tensor? _mask;

    /// <param name="probability">Share of activations set to zero in training, 0…1 exclusive.</param>
    /// <param name="random">The network's source of masks, reseeded by the trainer.</param>
    public SparseDropout(double probability, SeededRandom random)
        : base(nameof(SparseDropout))
    {
        ArgumentOutOfRangeException.ThrowIfNegative(probability);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(probability, 1);
        _probability = probability;
        _random = random;
    }

    public override Tensor forward(Tensor input)
    {
        if (!training || _probability == 0)
            return input.alias();
        return input.device_type == DeviceType.CPU ? input.mul(DrawMask(input)) : nn.functional.dropout(input, _probability, training: true);
    }

    public IReadOnlyList<OnnxValue> Export(OnnxGraph graph, IReadOnlyList<OnnxValue> inputs) => inputs;

    // The mask is written behind autograd's back: the step that it served is over by then.
    private Tensor DrawMask(Tensor input)
    {
        int count = checked((int)input.numel());
        if (_mask is null || _mask.numel() < count)
        {
            _mask?.Dispose();
            _mask = full(count, 1 / (1 - _probability), dtype: ScalarType.Float32).DetachFromDisposeScope();
            _zeros.Clear();
        }

        Span<float> values = MemoryMarshal.Cast<byte, float>(_mask.bytes);
        float scale = (float)(1 / (1 - _probability));
        foreach (int zero in CollectionsMarshal.AsSpan(_zeros))
            values[zero] = scale;
        _zeros.Clear();

        double perLog = 1 / Math.Log(1 - _probability);
        for (double at = Gap(); at < count; at += 1 + Gap())
        {
            _zeros.Add((int)at);
            values[(int)at] = 0;
        }

        return _mask.narrow(0, 0, count).view(input.shape);

        double Gap() => Math.Floor(Math.Log(_random.NextUnit()) * perLog);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _mask?.Dispose();
        base.Dispose(disposing);
    }
}
